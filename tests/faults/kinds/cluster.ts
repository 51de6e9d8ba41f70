/** Brokers die, stand still, or hand their partitions over. @module */
import { alterPartitionReassignmentsV0 as reassignment } from "@platformatic/kafka";
import { delay } from "@std/async";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { assertClean } from "../check.ts";
import type { Kind } from "../kind.ts";
import type { Run } from "../run.ts";
import { patiently, reached, type World } from "../world.ts";
import { finish } from "./finish.ts";

/** Milliseconds to wait for a leader to move. */
const MOVE_MAX_MS = 300_000;

/** A worker and a producer are at work while `hurt` runs. */
async function underWork(run: Run, hurt: () => Promise<void>): Promise<void> {
  await run.produce({ messages: run.between(100, 300), bad: 0.01 });
  const ends = run.ends();
  const stop = new AbortController();
  const rollMs = run.pick([50, 300, 1_000]);
  const job = run.job({ ...ends, rollRecords: run.between(10, 60), rollMs, workMs: 90_000 });
  const working = run.work(job, { signal: stop.signal });
  await delay(run.between(0, 700));
  await Promise.all([hurt(), run.produceMore()]);
  await run.produceMore();
  stop.abort();
  assertClean(run, await working);
  await finish(run, ends);
}

function broker(
  name: string,
  weight: number,
  awayMs: readonly [least: number, most: number],
  hurt: (world: World, node: number, awayMs: number) => Promise<void>,
): Kind {
  return {
    name,
    weight,
    run: (run) =>
      underWork(run, async () => {
        const node = run.between(1, 3);
        const ms = run.between(...awayMs);
        run.note(`node ${node}, away for ${ms} ms`);
        const { world } = run;
        await world.strike({ seed: run.seed, what: name }, () => hurt(world, node, ms));
        run.struck(name);
      }),
  };
}

const leaderMoved: Kind = {
  name: "leader moved",
  weight: 4,
  run: (run) => underWork(run, () => moveLeaders(run)),
};

/** Takes the leader out of the replicas of each partition: another one must lead. */
async function moveLeaders(run: Run): Promise<void> {
  const { cluster } = run.world;
  const topic = run.prefix + ticks.topic;
  const leadersNow = () => patiently(async () => (await cluster.describe(topic, true)).leaders);
  const before = await leadersNow();
  const partitions = before.map((leader, partitionIndex) => ({
    partitionIndex,
    replicas: [1, 2, 3].filter((node) => node !== leader),
  }));
  // Any broker passes it on, and one that leads is there. kafkajs would first ask for all topics, and
  // fail while one of another run has no leader.
  await patiently(async () => {
    const { leaders: [leader = -1] } = await cluster.describe(topic, true);
    const connection = await cluster.connect(leader);
    await reassignment.api.async(connection, MOVE_MAX_MS, false, [{ name: topic, partitions }]);
  });
  await reached("led by others", MOVE_MAX_MS, async () => {
    const leaders = await leadersNow();
    return leaders.every((leader, i) => leader !== before[i]);
  });
  run.struck("leader moved");
}

/** Kinds that hurt brokers. */
export const clusterKinds: readonly Kind[] = [
  broker("broker killed and back", 2, [0, 3_000], async (world, node, awayMs) => {
    await world.endBroker(node, "kill");
    await delay(awayMs);
    await world.startBroker(node);
  }),
  broker("broker stopped and back", 1, [0, 1_000], async (world, node, awayMs) => {
    await world.endBroker(node, "stop");
    await delay(awayMs);
    await world.startBroker(node);
  }),
  broker("broker paused and back", 1, [500, 6_000], async ({ kafka }, node, awayMs) => {
    kafka.pause(node);
    await delay(awayMs);
    kafka.resume(node);
  }),
  leaderMoved,
];
