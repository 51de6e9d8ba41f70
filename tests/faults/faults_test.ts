/**
 * The fault suite as a test: planted defects must be found, and nothing else may be.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import net from "node:net";
import { Packed } from "tickhouse/batch.ts";
import { KafkaBroker } from "tickhouse/broker/kafka/kafka.ts";
import { Random } from "tickhouse/source/simulator/random.ts";
import { makeSends } from "./data.ts";
import { KINDS } from "./kinds/mod.ts";
import { failureText, reportText } from "./report.ts";
import { kindOf, MEMORY_MAX_MIB, runSuite } from "./suite.ts";
import type { Defect } from "./work.ts";
import { World } from "./world.ts";

/** At least as many as there are kinds, so that each comes; thousands are for `deno task faults`. */
const RUNS = Number(Deno.env.get("FAULT_RUNS") ?? 120);
const SEED = Number(Deno.env.get("FAULT_SEED") ?? 1);
/** Share of the runs in which the fault must really have struck. */
const STRUCK_MIN = 0.8;

let world: Promise<World> | undefined;
const shared = () => world ??= World.start();
Deno.test.afterAll(async () => {
  await (await world)?.[Symbol.asyncDispose]();
});

Deno.test("kindOf(): equal seeds choose equal kinds, and each as often as it weighs", () => {
  const deck = KINDS.reduce((sum, { weight }) => sum + weight, 0);
  const seeds = Array.from({ length: deck }, (_, i) => deck + 1 + i);
  const names = seeds.map((seed) => kindOf(seed).name);
  assertEquals(names, seeds.map((seed) => kindOf(seed).name));
  for (const { name, weight } of KINDS) {
    assertEquals(names.filter((one) => one === name).length, weight, name);
  }
});

Deno.test("kindOf(): the first seeds of a deck are one of each kind", () => {
  for (const deck of [0, 1]) {
    const first = 1 + deck * KINDS.reduce((sum, { weight }) => sum + weight, 0);
    const names = KINDS.map((_, i) => kindOf(first + i).name);
    assertEquals(names.sort(), KINDS.map(({ name }) => name).sort());
  }
});

Deno.test("makeSends(): equal seeds make equal messages", () => {
  const make = () => {
    const options = { messages: 300, keys: 5, bad: 0.05 };
    return makeSends(Random.seeded(7), new Map(), options, ["plain", "transaction", "aborted"]);
  };
  assertEquals(make(), make());
});

/** A defect, and a kind of fault that must bring it to light. */
const PLANTED: readonly (readonly [Defect, string])[] = [
  ["no fence", "workers fight for a lake"],
  ["lost letters", "dead letters unreachable"],
  ["lost upload", "store refuses connections"],
];

for (const [defect, only] of PLANTED) {
  Deno.test(`the suite finds a planted defect: ${defect}`, async () => {
    const { total, failed } = await runSuite({
      runs: 8,
      lanes: 8,
      only,
      defect,
      world: await shared(),
    });
    console.log(`      ${failed.length} of ${total.runs} runs failed, as they must`);
    assert(failed.length > 0, "nothing was found");
    // By a comparison of what is there with what must be, not by some error of a worker.
    const found = failed.filter(({ failure }) =>
      /at (async )?(checkAll|assertNotPassed)/.test(failure ?? "")
    );
    assert(found.length > 0, failed.map(({ failure }) => failure).join("\n"));
  });
}

Deno.test("KafkaBroker asks the next broker when the first one hangs up on it", async () => {
  const { kafka } = await shared();
  const server = net.createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  try {
    await using direct = await KafkaBroker.open({ brokers: kafka.brokers, prefix: "hangup." });
    await direct.createTopic({ name: "t", partitions: 2 });
    const brokers = [`127.0.0.1:${port}`, ...kafka.brokers];
    await using broker = await KafkaBroker.open({ brokers, prefix: "hangup." });
    await broker.produce("t", [{ key: "a", values: Packed.from(["1"]) }]);
    assertEquals(broker.deliveries.records, 1);
  } finally {
    server.close();
  }
});

Deno.test("runs with faults of every kind hold every record exactly once", async () => {
  const report = await runSuite({
    runs: RUNS,
    seed: SEED,
    world: await shared(),
    onOutcome: (outcome) => {
      if (outcome.failure !== undefined) console.log(failureText(outcome));
    },
  });
  console.log(reportText(report));
  assertEquals(report.rows.map(({ kind }) => kind), KINDS.map(({ name }) => name));
  assertEquals(report.failed.map(({ seed, kind }) => `seed ${seed} ${kind}`), []);
  assert(report.total.struck >= RUNS * STRUCK_MIN, `only ${report.total.struck} runs were struck`);
  assert(report.peakMib <= MEMORY_MAX_MIB, `a worker process held ${report.peakMib} MiB`);
});
