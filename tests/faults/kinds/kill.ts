/** A worker process dies by SIGKILL: before or after a step, or at a random moment. @module */
import { assertClean } from "../check.ts";
import type { Kind } from "../kind.ts";
import type { Run } from "../run.ts";
import type { Job, Step } from "../work.ts";
import { finish } from "./finish.ts";

const LAKE: readonly Step[] = ["claim", "upload"];
const WAREHOUSE: readonly Step[] = ["insert", "commit"];
/** Deaths before the worker that is left alone. */
const DEATHS_MAX = 2;

/** The process kills itself at a step, once or twice; then one is left alone. */
export function killAt(step: Step, weight: number): Kind {
  return {
    name: `kill at ${step}`,
    weight,
    async run(run) {
      await run.produce({ bad: step === "dead letter" ? 0.03 : 0.01 });
      const ends = endsFor(run, step);
      const deaths = run.between(1, DEATHS_MAX);
      for (let death = 0; death < deaths; death++) {
        const when = step === "read" ? "after" : run.pick(["before", "after"] as const);
        const crash = { step, when, nth: run.between(1, step === "claim" ? 2 : 3) };
        run.note(`dies ${when} ${step} ${crash.nth}`);
        const worker = await run.start();
        const job = run.job({ ...ends, crash, rollRecords: run.between(20, 90) });
        const end = await worker.run({ verb: "work", job });
        if (end.signal === "SIGKILL") run.struck(`SIGKILL ${when} ${step}`);
        else assertClean(run, end);
        if (end.signal !== "SIGKILL") break;
      }
      await finish(run, ends);
    },
  };
}

/** Killed from outside, after some milliseconds. */
export const killAtRandom: Kind = {
  name: "kill at any time",
  weight: 3,
  async run(run) {
    await run.produce();
    const ends = run.ends();
    const worker = await run.start();
    const ms = run.between(50, 1_500);
    run.note(`dies after ${ms} ms`);
    const timer = setTimeout(() => worker.kill(), ms);
    const job = run.job({ ...ends, rollRecords: run.between(10, 60) });
    const end = await worker.run({ verb: "work", job });
    clearTimeout(timer);
    if (end.signal === "SIGKILL") run.struck("SIGKILL");
    else assertClean(run, end);
    await finish(run, ends);
  },
};

function endsFor(run: Run, step: Step): Pick<Job, "store" | "warehouse"> {
  if (LAKE.includes(step)) return { store: run.lake() };
  if (WAREHOUSE.includes(step)) return { warehouse: run.warehouse };
  return run.ends();
}
