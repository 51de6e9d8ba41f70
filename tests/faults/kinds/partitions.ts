/** Topics that lie as a cluster of others may have them: all on one broker, or on none. @module */
import { delay } from "@std/async";
import { KafkaCluster } from "tickhouse/broker/kafka/cluster.ts";
import { isNamed } from "tickhouse/broker/kafka/errors.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { hasCode } from "tickhouse/errors.ts";
import { groupOf } from "tickhouse/stream/stream.ts";
import { assertClean, checkAll } from "../check.ts";
import type { Kind } from "../kind.ts";
import type { Run } from "../run.ts";
import type { Job } from "../work.ts";
import { patiently, reached } from "../world.ts";
import { finish, settled } from "./finish.ts";

/** Milliseconds until a state of the cluster, or of a sink, counts as never reached. */
const WAIT_MAX_MS = 300_000;

/** All nodes, this one first. */
function from(node: number): number[] {
  return [0, 1, 2].map((i) => (node - 1 + i) % 3 + 1);
}

/** One answer of a broker wakes the readers of many partitions while the next is asked for. */
const oneBroker: Kind = {
  name: "many partitions on one broker",
  weight: 2,
  async run(run) {
    const { admin } = run.world.cluster;
    const topic = run.prefix + ticks.topic;
    run.partitions = run.between(14, 20);
    const brokers = from(run.between(1, 3));
    run.note(`${run.partitions} partitions, led by ${brokers[0]}`);
    await run.world.deleteTopics([topic]);
    const assignments = Array.from({ length: run.partitions }, (_, partition) => ({
      partition,
      brokers,
    }));
    const configs = [{ name: "message.timestamp.type", value: "LogAppendTime" }];
    await patiently(() =>
      admin.createTopics({ topics: [topic], partitions: -1, replicas: -1, assignments, configs })
    );
    // Each tells the producer that it asks whether there is such a topic.
    for (const broker of run.world.kafka.brokers) {
      await reached("known to all", WAIT_MAX_MS, () => isKnown(broker, topic));
    }
    // As long as it remembers the topic before, keys go to the partitions of that one.
    await patiently(() => run.broker.topic(ticks.topic));
    const keys = 2 * run.partitions;
    await run.produce({ keys });
    const mark = run.world.mark();
    const ends = run.ends();
    const stop = new AbortController();
    const job = run.job({ ...ends, rollRecords: run.between(10, 60), workMs: 90_000 });
    const working = run.work(job, { signal: stop.signal });
    // Little at a time: each answer is followed by the next fetch.
    for (let round = 0; round < 15; round++) {
      await run.produce({ messages: run.between(1, 8), keys, bad: 0 });
      await delay(run.between(0, 100));
    }
    await settled(run);
    stop.abort();
    assertClean(run, await working);
    run.struck("all on one broker");
    // By itself: a worker that had stopped reading would be helped by the one that follows.
    if (!run.world.isHurtSince(mark)) await checkAll(run, ends);
    await finish(run, ends);
  },
};

/** Its only broker is away; the run's own topics have others. */
const foreignOffline: Kind = {
  name: "foreign topic offline",
  weight: 2,
  async run(run) {
    const { world } = run;
    const node = run.between(1, 3);
    const foreign = `others-of-${run.name}`;
    await patiently(() =>
      world.cluster.admin.createTopics({
        topics: [foreign],
        partitions: -1,
        replicas: -1,
        assignments: [{ partition: 0, brokers: [node] }],
      })
    );
    const ends = run.ends();
    const stop = new AbortController();
    await run.produce({ bad: 0.01 });
    const working = run.work(run.job({ ...ends, workMs: 90_000 }), { signal: stop.signal });
    await world.strike({ seed: run.seed, what: "foreign topic offline" }, async () => {
      await world.endBroker(node, "stop");
      try {
        await reached("offline", WAIT_MAX_MS, () => isOffline(run, foreign));
        run.struck("foreign topic offline");
        await run.produceMore();
        await reached("taken meanwhile", WAIT_MAX_MS, () => isTaken(run, ends));
      } finally {
        await world.startBroker(node);
      }
    });
    stop.abort();
    assertClean(run, await working);
    await world.deleteTopics([foreign]);
    await finish(run, ends);
  },
};

/** Whether the broker has heard of the topic; one that is away will, before it answers again. */
async function isKnown(broker: string, topic: string): Promise<boolean> {
  // One that knows the others would ask any of them.
  await using look = new KafkaCluster({ brokers: [broker], clientId: "faults-look" });
  try {
    const found = await look.find(topic, true);
    return found?.leaders.every((leader) => leader >= 0) ?? false;
  } catch (error) {
    if (hasCode(error, "KAFKA_UNREACHABLE")) return true;
    throw error;
  }
}

async function isOffline({ world }: Run, topic: string): Promise<boolean> {
  try {
    await world.cluster.admin.metadata({ topics: [topic], forceUpdate: true, retries: 0 });
    return false;
  } catch (error) {
    return isNamed(error, "LEADER_NOT_AVAILABLE");
  }
}

/** Whether the sinks' groups are as far as the last record: true, or the first that is not. */
async function isTaken(run: Run, ends: Partial<Job>): Promise<true | string> {
  const sinks = [...(ends.store ? ["lake"] : []), ...(ends.warehouse ? ["warehouse"] : [])];
  const log = await run.read(ticks.topic);
  for (let partition = 0; partition < run.partitions; partition++) {
    const last = log.findLast((record) => record.partition === partition)?.offset ?? -1;
    for (const sink of sinks) {
      const group = groupOf(sink, ticks.topic);
      const taken = await run.broker.committed(group, ticks.topic, partition) ?? 0;
      if (taken <= last) return `${sink} is at ${taken} of ${partition}, whose last is ${last}`;
    }
  }
  return true;
}

/** Kinds about where partitions lie. */
export const partitionKinds: readonly Kind[] = [oneBroker, foreignOffline];
