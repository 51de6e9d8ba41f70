/** Workers share partitions out again, or fight for them. @module */
import { delay } from "@std/async";
import { assertClean } from "../check.ts";
import type { Kind } from "../kind.ts";
import { finish } from "./finish.ts";

/** Others join and leave while the first one holds records. */
const rebalance: Kind = {
  name: "rebalance in mid-flush",
  weight: 5,
  async run(run) {
    await run.produce();
    const store = run.lake();
    const stop = new AbortController();
    const rollMs = run.pick([100, 400, 1_000]);
    const job = () =>
      run.job({ store, rollRecords: run.between(20, 2_000), rollMs, workMs: 60_000 });
    const first = run.work(job(), { signal: stop.signal });
    const others = run.between(1, 2);
    run.note(`${others} more, roll ${rollMs} ms`);
    for (let i = 0; i < others; i++) {
      await delay(run.between(100, 900));
      const leaving = new AbortController();
      const other = run.work(job(), { signal: leaving.signal });
      await run.produceMore();
      await delay(run.between(200, 1_500));
      await run.produceMore();
      leaving.abort();
      assertClean(run, await other);
      run.struck("rebalance");
    }
    stop.abort();
    assertClean(run, await first);
    await finish(run, { store });
  },
};

/** One of two members dies while it holds records. */
const death: Kind = {
  name: "member dies in mid-flush",
  weight: 3,
  async run(run) {
    await run.produce();
    const store = run.lake();
    const stop = new AbortController();
    const rollMs = run.pick([100, 800]);
    const job = () => run.job({ store, rollRecords: run.between(20, 400), rollMs, workMs: 60_000 });
    const worker = await run.start();
    const dying = worker.run({ verb: "work", job: job() });
    const living = run.work(job(), { signal: stop.signal });
    await delay(run.between(800, 2_000));
    await run.produceMore();
    await delay(run.between(0, rollMs));
    worker.kill();
    const { signal } = await dying;
    if (signal === "SIGKILL") run.struck("SIGKILL of a member");
    await run.produceMore();
    stop.abort();
    assertClean(run, await living);
    await finish(run, { store });
  },
};

/** Workers of different groups write the same partitions of one lake. */
const fight: Kind = {
  name: "workers fight for a lake",
  weight: 5,
  async run(run) {
    await run.produce({ messages: run.between(400, 900) });
    const store = run.lake();
    const workers = run.between(2, 3);
    const ends = await Promise.all(Array.from({ length: workers }, (_, i) => {
      const rollRecords = run.between(5, 70);
      const job = run.job({ store, rollRecords, group: `rival${i}-`, workMs: 1_500 });
      return run.work(job);
    }));
    for (const end of ends) assertClean(run, end);
    run.struck(`${workers} workers`);
    await finish(run, { store });
  },
};

/** Streams of different groups write one warehouse. */
const fightForWarehouse: Kind = {
  name: "streams fight for a warehouse",
  weight: 2,
  async run(run) {
    await run.produce({ messages: run.between(400, 900) });
    const { warehouse } = run;
    const rivals = run.between(2, 3);
    const job = run.job({ warehouse, rivals, rollRecords: run.between(5, 70), workMs: 1_500 });
    assertClean(run, await run.work(job));
    run.struck(`${rivals} streams`);
    await finish(run, { warehouse });
  },
};

/** Kinds about groups. */
export const groupKinds: readonly Kind[] = [rebalance, death, fight, fightForWarehouse];
