/** The object store refuses, is slow, breaks off, or does what was asked in silence. @module */
import { delay } from "@std/async";
import { type Fault, FaultProxy } from "../../stores/fault_proxy.ts";
import { assertClean } from "../check.ts";
import { Gate } from "../gate.ts";
import type { Kind } from "../kind.ts";
import type { Run } from "../run.ts";
import { finish } from "./finish.ts";

/** Shorter than the pauses of a store that hangs. */
const REQUEST_MS = 700;

/** Strikes some of the requests from the first upload on. */
function requests(
  name: string,
  weight: number,
  choose: (run: Run) => Fault | { slowMs: number },
): Kind {
  return {
    name,
    weight,
    async run(run) {
      await run.produce();
      const proxy = run.use(await FaultProxy.start(run.world.minio.endpoint));
      const share = run.pick([0.2, 0.4, 0.7]);
      const hits = run.between(3, 12);
      const dice = Array.from({ length: 2000 }, () => run.random.next());
      const faults = Array.from({ length: hits }, () => choose(run));
      run.note(`${hits} faults, each request with ${share}`);
      let begun = false;
      proxy.plan = async ({ method, path }) => {
        begun ||= method === "PUT" && path.includes("/date");
        if (!begun || (dice.pop() ?? 1) >= share) return undefined;
        const fault = faults.pop();
        if (fault === undefined) return undefined;
        run.struck(name);
        if (typeof fault !== "object" || "status" in fault) return fault;
        await delay(fault.slowMs);
        return undefined;
      };
      const store = run.lake(proxy.url, { requestMs: REQUEST_MS });
      const rollRecords = run.between(20, 120);
      assertClean(run, await run.work(run.job({ store, rollRecords })));
      await finish(run, { store });
    },
  };
}

const retryAfter = { headers: { "retry-after": "1" } };

/** Kinds that hurt single requests. */
export const storeKinds: readonly Kind[] = [
  requests("store answers 503", 3, (run) => ({
    status: run.pick([503, 500, 429]),
    ...(run.random.next() < 0.1 ? retryAfter : {}),
  })),
  requests("store is slow", 2, (run) => ({ slowMs: run.between(50, 600) })),
  requests("store does it and says nothing", 4, () => "swallow"),
  requests("store breaks off", 3, (run) => run.pick(["cut before", "cut after", "cut answer"])),
  requests("store hangs", 2, () => "hang"),
];

/** Nothing listens for a while. */
export const storeRefuses: Kind = {
  name: "store refuses connections",
  weight: 3,
  async run(run) {
    await run.produce();
    const gate = run.use(await Gate.before(run.world.minio.endpoint));
    const store = run.lake(gate.through(run.world.minio.endpoint), { attemptsMax: 3 });
    const shutMs = run.between(100, 1_500);
    const write = run.between(1, 3);
    run.note(`shut for ${shutMs} ms after write ${write}`);
    let writes = 0;
    let shutting = Promise.resolve();
    const shut = async () => {
      await gate.shut();
      run.struck("store refused");
      await delay(shutMs);
      await gate.open();
    };
    const onWrite = () => {
      if (++writes === write) shutting = shut();
    };
    const job = run.job({ store, rollRecords: run.between(20, 90) });
    assertClean(run, await run.work(job, { onWrite }));
    await shutting;
    await finish(run, { store });
  },
};

/** The server stands still, or dies and comes back: for all runs at once. */
function server(name: string, weight: number, hurt: (run: Run) => Promise<void>): Kind {
  return {
    name,
    weight,
    async run(run) {
      await run.produce();
      const store = run.lake(undefined, { requestMs: 1_500 });
      const stop = new AbortController();
      const job = run.job({ store, rollRecords: run.between(10, 60), workMs: 60_000 });
      const working = run.work(job, { signal: stop.signal });
      await delay(run.between(0, 800));
      await run.world.strike({ seed: run.seed, what: name }, async () => {
        await hurt(run);
        run.struck(name);
      });
      stop.abort();
      assertClean(run, await working);
      await finish(run, { store });
    },
  };
}

/** Kinds that hurt the server. */
export const serverKinds: readonly Kind[] = [
  server("store paused and back", 2, async (run) => {
    run.world.minio.pause();
    await delay(run.between(300, 3_000));
    run.world.minio.resume();
  }),
  server("store killed and back", 2, async (run) => {
    await run.world.minio.kill();
    await delay(run.between(0, 500));
    await run.world.minio.start();
  }),
];
