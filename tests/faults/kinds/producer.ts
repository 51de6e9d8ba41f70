/** Producers with a cursor die in a transaction, are cut off, or meet another one. @module */
import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { assertClean, assertError } from "../check.ts";
import { API } from "../kafka_proxy.ts";
import type { Kind } from "../kind.ts";
import { produceFrom, type ProduceJob, recordOf } from "../produce_work.ts";
import { endOf, latin1, type Run } from "../run.ts";
import { finish } from "./finish.ts";

/** Starts until a producer that is cut off has come through. */
const STARTS_MAX = 8;

function jobOf(run: Run, more: Partial<ProduceJob> = {}): ProduceJob {
  const { clientId, brokers, prefix } = run.job();
  const job = {
    clientId,
    brokers,
    prefix,
    batches: run.between(5, 20),
    batchRecords: run.between(5, 40),
    keys: run.between(2, 7),
  };
  run.note(`${job.batches} batches of ${job.batchRecords}`);
  return { ...job, ...more };
}

/** Goes on from where the source stands, to its end. */
async function endWell(run: Run, job: ProduceJob): Promise<void> {
  const end = await endOf(() => produceFrom(job));
  if (run.isExcused(end)) await endWell(run, job);
  else assertEquals(end, {});
}

/** Each record of the source is in the log once; then they go to the ends as always. */
async function checkSource(run: Run, { batches, batchRecords, keys }: ProduceJob): Promise<void> {
  for (let i = 0; i < batches * batchRecords; i++) {
    const message = recordOf(i, keys);
    run.produced.set(latin1(new TextEncoder().encode(message.text)), message);
  }
  await finish(run, run.ends());
}

const STEPS = [API.addPartitions, API.produce, API.endTransaction];

/** Dies at a request of a transaction, before or after the broker has it. */
const killed: Kind = {
  name: "producer killed in a transaction",
  weight: 6,
  async run(run) {
    const job = jobOf(run);
    const worker = await run.start();
    const api = run.pick(STEPS);
    const nth = run.between(1, 6);
    const isSent = run.random.next() < 0.5;
    run.note(`dies ${isSent ? "after" : "before"} request ${nth} of api ${api}`);
    let seen = 0;
    run.world.proxy.plans.set(job.clientId, (request) => {
      if (request.api !== api || ++seen !== nth) return undefined;
      worker.kill();
      return isSent ? undefined : "cut before";
    });
    const end = await worker.run({ verb: "produce", job });
    run.world.proxy.plans.delete(job.clientId);
    if (end.signal === "SIGKILL") run.struck("SIGKILL");
    else assertClean(run, end);
    await endWell(run, job);
    await checkSource(run, job);
  },
};

/** Loses connections; started again when it gives up. */
const cut: Kind = {
  name: "producer cut in a transaction",
  weight: 4,
  async run(run) {
    const job = jobOf(run);
    const fates = Array.from(
      { length: 60 },
      () => run.random.next() < 0.15 ? run.pick(["cut before", "cut after"] as const) : undefined,
    );
    run.world.proxy.plans.set(job.clientId, ({ api }) => {
      const fate = STEPS.some((step) => step === api) ? fates.pop() : undefined;
      if (fate) run.struck(fate);
      return fate;
    });
    for (let start = 1;; start++) {
      const end = await endOf(() => produceFrom(job));
      if (end.code === undefined) break;
      assert(start < STARTS_MAX, JSON.stringify(end));
      assertError(run, end, ["KAFKA_UNREACHABLE", "KAFKA_ERROR"]);
      run.note(`start ${start}: ${end.code}`);
    }
    run.world.proxy.plans.delete(job.clientId);
    await checkSource(run, job);
  },
};

/** A second ingest of the source starts while the first one runs: one of them is fenced. */
const fenced: Kind = {
  name: "two ingests of one source",
  weight: 4,
  async run(run) {
    const job = jobOf(run, { paceMs: run.between(40, 120), batches: 25 });
    const first = endOf(() => produceFrom(job));
    await delay(run.between(200, 1_200));
    const other = { ...job, clientId: run.job().clientId, paceMs: 0 };
    const ends = await Promise.all([first, endOf(() => produceFrom(other))]);
    // Whoever came later goes on. One that was through before the other began is not fenced.
    const failed = ends.filter(({ code }) => code !== undefined);
    for (const end of failed) {
      assertError(run, end, ["SOURCE_FENCED"], /Another ingest of the same source/);
      run.struck("fenced");
    }
    const fenced = failed.filter(({ code }) => code === "SOURCE_FENCED");
    assert(fenced.length < 2, "both were fenced");
    if (failed.length === 2) await endWell(run, job);
    await checkSource(run, job);
  },
};

/** Kinds about producers. */
export const producerKinds: readonly Kind[] = [killed, cut, fenced];
