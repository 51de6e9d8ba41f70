/** Dead letters can't be kept for a while: then nothing behind them may be written. @module */
import { assert } from "@std/assert";
import { delay } from "@std/async";
import { ConfigResourceTypes, IncrementalAlterConfigOperationTypes } from "@platformatic/kafka";
import { deadLetterTopic } from "tickhouse/datasets/dataset.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { lakePosition } from "tickhouse/lake/lake.ts";
import { assertClean, assertError, openStore } from "../check.ts";
import { API } from "../kafka_proxy.ts";
import type { Kind } from "../kind.ts";
import { latin1, type Run } from "../run.ts";
import { patiently } from "../world.ts";
import { finish } from "./finish.ts";

const DEAD = deadLetterTopic(ticks.topic);
/** So many that no run is without. */
const BAD = 0.05;

/** The lake must not have passed the first bad record of any partition. */
async function assertNotPassed(run: Run): Promise<void> {
  await using store = await openStore(run.lake());
  const log = await run.read(ticks.topic);
  for (let partition = 0; partition < run.partitions; partition++) {
    const bad = log.find((record) =>
      record.partition === partition && run.produced.get(latin1(record.bytes))?.trade === 0
    );
    const position = await patiently(() => lakePosition(store, ticks.topic, partition));
    const limit = bad?.offset ?? Infinity;
    assert(position <= limit, `the lake stands at ${partition}/${position}, past ${limit}`);
  }
}

/** `breakIt` ends in an error of the worker; `fix` makes the next one go on. */
function refused(
  name: string,
  weight: number,
  codes: readonly string[],
  breakIt: (run: Run) => Promise<void>,
  fix: (run: Run) => Promise<void>,
): Kind {
  return {
    name,
    weight,
    async run(run) {
      await run.produce({ bad: BAD });
      const store = run.lake();
      await breakIt(run);
      const job = run.job({ store, rollRecords: run.between(20, 200) });
      const end = await run.work(job);
      const isBad = [...run.produced.values()].some(({ trade }) => trade === 0);
      if (isBad) assertError(run, end, codes);
      else assertClean(run, end);
      if (isBad) run.struck(name);
      await assertNotPassed(run);
      await fix(run);
      await finish(run, { store });
    },
  };
}

async function setLargest(run: Run, bytes: string): Promise<void> {
  const resources = [{
    resourceType: ConfigResourceTypes.TOPIC,
    resourceName: run.prefix + DEAD,
    configs: [{
      name: "max.message.bytes",
      configOperation: IncrementalAlterConfigOperationTypes.SET,
      value: bytes,
    }],
  }];
  await patiently(() => run.world.cluster.admin.incrementalAlterConfigs({ resources }));
}

/** Its leader can't be reached; the worker waits, and goes on by itself. */
const unreachable: Kind = {
  name: "dead letters unreachable",
  weight: 3,
  async run(run) {
    await run.produce({ bad: BAD });
    const store = run.lake();
    const job = run.job({ store, rollRecords: run.between(20, 200) });
    const topic = run.prefix + DEAD;
    let isDown = true;
    const refused = Promise.withResolvers<void>();
    run.world.proxy.plans.set(job.clientId, ({ api, frame }) => {
      if (!isDown || api !== API.produce || !frame.includes(topic)) return undefined;
      run.struck("produce refused");
      refused.resolve();
      return "cut before";
    });
    const working = run.work(job);
    await Promise.race([refused.promise, working]);
    await delay(run.between(100, 2_000));
    await assertNotPassed(run);
    isDown = false;
    assertClean(run, await working);
    run.world.proxy.plans.delete(job.clientId);
    await finish(run, { store });
  },
};

/** Bad records that are larger than anything the dead-letter topic takes. */
const tooLarge: Kind = {
  name: "letter too large",
  weight: 3,
  async run(run) {
    const max = run.between(5_000, 50_000);
    run.note(`letters of ${max} bytes`);
    await setLargest(run, String(max));
    await run.produce({ messages: run.between(50, 150), bad: 0.06, badMax: 300_000 });
    const ends = run.ends();
    const job = run.job({ ...ends, rollRecords: run.between(20, 200) });
    assertClean(run, await run.work(job));
    const isLarge = [...run.produced.values()].some(({ text }) => text.length > max);
    if (isLarge) run.struck("letter in parts");
    await finish(run, ends);
  },
};

/** Kinds about dead letters. */
export const letterKinds: readonly Kind[] = [
  refused(
    "dead-letter topic deleted",
    2,
    ["TOPIC_UNKNOWN"],
    async ({ world, prefix }) => {
      await world.deleteTopics([prefix + DEAD]);
    },
    async ({ broker }) => {
      await patiently(() => broker.createTopic({ name: DEAD, partitions: 1 }));
    },
  ),
  refused(
    "dead letters refused",
    2,
    ["RECORD_TOO_LARGE"],
    (run) => setLargest(run, "60"),
    (run) => setLargest(run, "1000000"),
  ),
  unreachable,
  tooLarge,
];
