import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { countOf, type RecordBatch } from "../batch.ts";
import type { Broker, ConsumerOptions } from "../broker/broker.ts";
import { EmbeddedBroker } from "../broker/embedded/embedded.ts";
import { type Clock, VirtualClock } from "../clock.ts";
import { ticks } from "../datasets/datasets.ts";
import { PositionConflict, TickhouseError } from "../errors.ts";
import type { Sink, WriteReport } from "../sink/sink.ts";
import { Random } from "../source/simulator/random.ts";
import { TempFolder, validBatch } from "../testing.ts";
import { differencesOf, FlakySink, STANDING, TestHouse } from "./fixture.ts";
import { createTopics } from "./ingest.ts";
import { groupOf, LIVE, stream, type StreamOptions, type StreamReport } from "./stream.ts";

const PATIENT = { minRecords: 1_000_000, maxWaitMs: 3_600_000, maxRecords: 1_000_000 };

/** Streams until `enough` of the records are in the sink, then drains. */
async function streamUntil(
  house: TestHouse,
  sink: Sink,
  enough: (rows: number) => boolean,
  options: Partial<StreamOptions> = {},
): Promise<StreamReport> {
  const stop = new AbortController();
  let rows = 0;
  return await stream({
    broker: house.broker,
    topic: ticks.topic,
    sink,
    policy: LIVE,
    signal: stop.signal,
    ...options,
    onWrite: (report, batches) => {
      options.onWrite?.(report, batches);
      rows += report.rows + report.dead;
      if (enough(rows)) stop.abort();
    },
  });
}

async function rowsIn(house: TestHouse): Promise<number[]> {
  const found = await house.warehouse.query(
    "SELECT count(*), count(DISTINCT (_partition, _offset)) FROM bronze.ticks",
  );
  return found.rows[0]?.map(Number) ?? [];
}

Deno.test("stream() starts where the sink stands", async () => {
  await using house = await TestHouse.open();
  await house.send(100);
  assertEquals(await house.drain(house.rows()), { rows: 100, dead: 0, left: 0 });
  await house.send(40);
  assertEquals(await house.drain(house.rows()), { rows: 40, dead: 0, left: 0 });
  assertEquals(await rowsIn(house), [140, 140]);
});

Deno.test("stream() ignores what the group committed: the sink owns the position", async () => {
  await using house = await TestHouse.open();
  await house.send(100);
  const position = () => Promise.resolve(0);
  const group = groupOf("warehouse", ticks.topic);
  {
    await using consumer = await house.broker.consumer({ group, topic: ticks.topic, position });
    for (let p = 0; p < ticks.partitions; p++) await consumer.commit(p, 5);
  }
  assertEquals(await house.drain(house.rows()), { rows: 100, dead: 0, left: 0 });
});

Deno.test("stream() commits how far it is, for monitoring", async () => {
  await using house = await TestHouse.open();
  await house.send(100);
  await house.drain(house.rows());
  for (let p = 0; p < ticks.partitions; p++) {
    const { next } = await house.broker.offsets(ticks.topic, p);
    const committed = await house.broker.committed(
      groupOf("warehouse", ticks.topic),
      ticks.topic,
      p,
    );
    assertEquals(committed ?? 0, next);
  }
});

Deno.test("stream() writes what it holds when the signal aborts", async () => {
  await using house = await TestHouse.open();
  await house.send(50);
  const stop = new AbortController();
  const sink = new FlakySink(house.rows(), Random.seeded(1), {});
  const { broker } = house;
  const running = stream({
    broker,
    topic: ticks.topic,
    sink,
    policy: PATIENT,
    signal: stop.signal,
  });
  await house.send(25);
  stop.abort();
  assertEquals(await running, { rows: 75, dead: 0, left: 0 });
  assertEquals(sink.writes.length, 1);
});

Deno.test("stream() ends though another process goes on appending", async () => {
  await using house = await TestHouse.open();
  await house.send(10);
  let feeding = true;
  const sink = house.rows();
  // Each write brings more: the log is never read to its end.
  const feed = async () => {
    if (feeding) await house.send(10);
  };
  const fed: Sink = {
    claim: () => Promise.resolve(),
    name: sink.name,
    position: (topic, partition) => sink.position(topic, partition),
    write: async (batches) => {
      await feed();
      return await sink.write(batches);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const report = await house.drain(fed, { minRecords: 1, maxWaitMs: 0, maxRecords: 8 });
  feeding = false;
  assert(report.rows >= 10, `${report.rows} rows`);
});

Deno.test("stream() lets offsets without records wait for the next record, and still ends", async () => {
  const batch = (start: number, count: number, next: number): RecordBatch => ({
    ...validBatch(ticks, 0, start, count),
    nextOffset: next,
  });
  const polls = [[batch(0, 2, 3)], [batch(3, 0, 4)], [batch(4, 1, 5)], [batch(5, 0, 6)], []];
  const broker = {
    topic: () => Promise.resolve(undefined),
    topics: () => Promise.resolve([]),
    offsets: () => Promise.resolve({ earliest: 0, next: 6 }),
    committed: () => Promise.resolve(undefined),
    consumer: async ({ position }: ConsumerOptions) => {
      await position(0);
      return {
        assigned: () => [0],
        settled: () => true,
        poll: () => Promise.resolve(polls.shift() ?? []),
        commit: () => Promise.resolve(),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    },
  } as unknown as Broker;
  await using house = await TestHouse.open();
  const sink = new FlakySink(house.rows(), Random.seeded(1), {});
  const signal = AbortSignal.abort();
  await stream({ broker, topic: ticks.topic, sink, policy: LIVE, signal });
  assertEquals(await rowsIn(house), [3, 3]);
  const ranges = sink.writes.flat().map((b) => [b.startOffset, b.nextOffset]);
  assertEquals(ranges, [[0, 3], [3, 5]]);
});

/** A log whose polls take a second by the clock and bring what `keep` lets through. */
function slowLog(house: TestHouse, keep: (batch: RecordBatch) => boolean): { clock: Clock } {
  let now = 0;
  const join = house.broker.consumer.bind(house.broker);
  house.broker.consumer = async (options) => {
    const consumer = await join(options);
    const poll = consumer.poll.bind(consumer);
    consumer.poll = async (options) => {
      const batches = await poll({ ...options, waitMs: 1 });
      now += 1_000;
      return batches.filter(keep);
    };
    return consumer;
  };
  return { clock: { now: () => now, sleep: () => Promise.resolve() } };
}

Deno.test("stream() says what it left when the time to drain has run out", async () => {
  await using house = await TestHouse.open();
  await house.send(80);
  const { next } = await house.broker.offsets(ticks.topic, 2);
  const { clock } = slowLog(house, ({ partition }) => partition !== 2);
  const report = await house.drain(house.rows(), LIVE, { clock });
  assert(next > 0);
  assertEquals(report, { rows: 80 - next, dead: 0, left: next });
});

Deno.test("stream() tells while it drains how much is left, down to nothing", async () => {
  await using house = await TestHouse.open();
  await house.send(1000);
  const lefts: number[] = [];
  const stop = new AbortController();
  stop.abort();
  const options = { policy: { ...LIVE, maxRecords: 100 }, signal: stop.signal };
  const onDrain = (left: number) => lefts.push(left);
  await streamUntil(house, house.rows(), () => true, { ...options, onDrain });
  assertEquals([lefts[0], lefts.at(-1)], [1000, 0]);
  assert(lefts.every((left, i) => left <= (lefts[i - 1] ?? Infinity)), lefts.join());
  assert(new Set(lefts).size >= 10, lefts.join());
});

Deno.test("stream() tells of a sink that takes nothing, and that it does again", async () => {
  await using house = await TestHouse.open();
  await house.send(40);
  let isOpen = false;
  const { clock } = slowLog(house, () => isOpen);
  const told: (string | undefined)[] = [];
  const stop = new AbortController();
  const patience = { everyMs: 1, quietMs: 10, endMs: Infinity };
  const onStall: StreamOptions["onStall"] = (stall) => {
    told.push(stall && `${stall.sink} ${stall.topic} ${stall.behind}`);
    if (told.length === 3) isOpen = true;
    if (!stall) stop.abort();
  };
  // What was withheld is read again after the restart that its absence causes.
  const { broker } = house;
  const options = { broker, topic: ticks.topic, sink: house.rows(), policy: LIVE, patience, clock };
  const running = stream({ ...options, signal: stop.signal, onStall });
  await untilTrue(() => Promise.resolve(isOpen));
  await house.send(40);
  await untilTrue(() => Promise.resolve(told.includes(undefined))).finally(() => stop.abort());
  assertEquals(told[0], "warehouse ticks 40");
  await running.catch(() => {});
});

Deno.test("stream() ends when a sink has taken nothing for too long, reading or writing", async () => {
  await using house = await TestHouse.open();
  await house.send(40);
  const sink = house.rows();
  const hanging: Sink = {
    name: "hanging",
    claim: sink.claim.bind(sink),
    position: sink.position.bind(sink),
    write: () =>
      new Promise((_, reject) => {
        const timer = setInterval(() => {
          if (++turns < TURNS_MAX) return;
          clearInterval(timer);
          reject(new Error("it was waited for"));
        }, 1);
      }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const patience = { everyMs: 1, quietMs: 10, endMs: 100 };
  // Not by the clock: whoever watches may have stopped, and with it the clock.
  const TURNS_MAX = 5000;
  let turns = 0;
  const WAITED_MS = 1_000_000;
  let now = 0;
  const clock: Clock = { now: () => now += 1, sleep: () => Promise.resolve() };
  const { broker } = house;
  const options = { broker, topic: ticks.topic, policy: LIVE, patience, clock };
  const { signal } = new AbortController();
  const error = await assertRejects(
    () => stream({ ...options, sink: hanging, signal }),
    TickhouseError,
    "hanging has taken nothing of ticks for 0 s while 40 records wait",
  );
  assertEquals(error.code, "SINK_STALLED");
  now = 0;
  const keep = () => {
    now += 100;
    if (now > WAITED_MS) throw new Error("it was waited for");
    return false;
  };
  slowLog(house, keep);
  await assertRejects(() => stream({ ...options, sink, signal }), TickhouseError, "taken nothing");
  turns = TURNS_MAX;
});

Deno.test("stream() tells the group of a partition that was written while another was refused", async () => {
  await using house = await TestHouse.open();
  await house.send(80);
  await using lake = await house.lake();
  await using rival = await house.lake();
  let raced = 0;
  const racing: Sink = {
    name: lake.name,
    claim: lake.claim.bind(lake),
    position: lake.position.bind(lake),
    write: async (batches) => {
      // The rival is first with one of the partitions, and has more of it.
      const own = batches.find(({ partition }) => partition === 2);
      if (own && raced++ === 0) await rival.write([own]);
      return await lake.write(batches);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  await house.drain(racing);
  assertEquals(raced > 0, true);
  for (let p = 0; p < ticks.partitions; p++) {
    const { next } = await house.broker.offsets(ticks.topic, p);
    const committed = await house.broker.committed(groupOf("lake", ticks.topic), ticks.topic, p);
    assertEquals([p, committed ?? 0], [p, next]);
  }
});

Deno.test("stream() waits for minRecords", async () => {
  await using house = await TestHouse.open();
  const sink = new FlakySink(house.rows(), Random.seeded(1), {});
  const policy = { ...PATIENT, minRecords: 30 };
  const running = streamUntil(house, sink, (rows) => rows >= 30, { policy });
  for (let i = 0; i < 3; i++) await house.send(10);
  assertEquals((await running).rows, 30);
  assertEquals(sink.writes.length, 1);
});

Deno.test("stream() writes fewer than minRecords after maxWaitMs", async () => {
  await using house = await TestHouse.open();
  await house.send(7);
  const policy = { ...PATIENT, maxWaitMs: 20 };
  assertEquals((await streamUntil(house, house.rows(), (rows) => rows >= 7, { policy })).rows, 7);
});

Deno.test("stream() staggered writes each partition when its turn comes, by the clock", async () => {
  await using house = await TestHouse.open();
  await house.send(80);
  let now = 0;
  const clock: Clock = { now: () => now, sleep: () => Promise.resolve() };
  const join = house.broker.consumer.bind(house.broker);
  house.broker.consumer = async (options) => {
    const consumer = await join(options);
    const poll = consumer.poll.bind(consumer);
    consumer.poll = async (options) => {
      const batches = await poll({ ...options, waitMs: 0 });
      now += 30;
      return batches;
    };
    return consumer;
  };
  const writes: number[][] = [];
  const policy = { ...PATIENT, maxWaitMs: 400, staggered: true };
  const onWrite: StreamOptions["onWrite"] = (_, batches) =>
    void writes.push(batches.map(({ partition }) => partition));
  const options = { clock, policy, onWrite };
  await streamUntil(house, house.rows(), (rows) => rows >= 80, options);
  // By the golden ratio, partition 2 has the first quarter of each 400 ms; 0 has no keys.
  assertEquals(writes, [[2], [1], [3]]);
  assertEquals(await rowsIn(house), [80, 80]);
});

Deno.test("stream() never holds more than maxRecords", async () => {
  await using house = await TestHouse.open();
  await house.send(1000);
  const sink = new FlakySink(house.rows(), Random.seeded(1), {});
  await house.drain(sink, { ...PATIENT, maxRecords: 64 });
  const sizes = sink.writes.map((batches) => batches.reduce((sum, b) => sum + countOf(b), 0));
  assertEquals(Math.max(...sizes) <= 64, true, `${sizes}`);
  assertEquals(await rowsIn(house), [1000, 1000]);
});

Deno.test("stream() tells of each write, with the batches that are in the sink", async () => {
  await using house = await TestHouse.open();
  await house.send(200, 10);
  const told: [WriteReport, readonly RecordBatch[]][] = [];
  const policy = { minRecords: 1, maxWaitMs: 0, maxRecords: 50 };
  const onWrite: StreamOptions["onWrite"] = (report, batches) => void told.push([report, batches]);
  const total = await house.drain(house.rows(), policy, { onWrite });
  assertEquals(total, { rows: 180, dead: 20, left: 0 });
  const sum = (of: (entry: typeof told[number]) => number) => told.map(of).reduce((a, b) => a + b);
  assertEquals(sum(([report]) => report.rows + report.dead), 200);
  assertEquals(sum(([, batches]) => batches.reduce((all, b) => all + countOf(b), 0)), 200);
});

for (const seed of [1, 2, 3, 4, 5]) {
  Deno.test(`stream() retries a sink that fails before and after its work, seed ${seed}`, async () => {
    await using house = await TestHouse.open();
    await using lake = await house.lake();
    const random = Random.seeded(seed);
    const odds = { position: 0.1, before: 0.2, after: 0.2 };
    const policy = { minRecords: 1, maxWaitMs: 0, maxRecords: 40 };
    for (
      const sink of [new FlakySink(house.rows(), random, odds), new FlakySink(lake, random, odds)]
    ) {
      await house.send(300, 50);
      await house.drain(sink, policy, { clock: STANDING, attemptsMax: 100 });
      assert(sink.failures > 0, "the dice were kind");
    }
    await house.drain(house.rows());
    const proof = await house.prove();
    assertEquals(differencesOf(proof), []);
    const taken = proof.partitions.flatMap((p) => p.sides).map((side) => side.lag);
    assertEquals(taken.every((lag) => lag === 0), true);
  });
}

/** A sink that runs out of memory for its writes from one to another. */
function starving(house: TestHouse, from: number, to: number): Sink {
  const rows = house.rows();
  let writes = 0;
  return {
    name: rows.name,
    claim: (...claim) => rows.claim(...claim),
    position: (...of) => rows.position(...of),
    write: (batches) => {
      const at = writes++;
      if (at < from || at >= to) return rows.write(batches);
      const cause = new Error("Out of Memory Error: failed to allocate");
      throw new TickhouseError("WAREHOUSE_WRITE", cause.message, { kind: "transient", cause });
    },
    [Symbol.asyncDispose]: () => rows[Symbol.asyncDispose](),
  };
}

Deno.test("stream() waits for memory, longer than for others, and says so once", async () => {
  await using house = await TestHouse.open();
  await house.send(100);
  const told: unknown[] = [];
  const policy = { ...LIVE, maxRecords: 40 };
  const onStarved = (error: unknown) => told.push(error);
  await house.drain(starving(house, 1, 31), policy, { clock: STANDING, onStarved });
  assertEquals([(await rowsIn(house))[0], told.length], [100, 1]);
});

Deno.test("stream() does not wait long for memory that was never enough", async () => {
  await using house = await TestHouse.open();
  await house.send(5);
  const drain = house.drain(starving(house, 0, 31), LIVE, { clock: STANDING });
  assertEquals((await assertRejects(() => drain, TickhouseError)).code, "WAREHOUSE_WRITE");
});

Deno.test("stream() gives up after attemptsMax failures in a row", async () => {
  await using house = await TestHouse.open();
  await house.send(5);
  for (const odds of [{ before: 1 }, { position: 1 }] as const) {
    const sink = new FlakySink(house.rows(), Random.seeded(1), odds);
    const options = { clock: new VirtualClock(0), attemptsMax: 4 };
    const error = await assertRejects(() => house.drain(sink, LIVE, options), TickhouseError);
    assertEquals([error.code, sink.failures], ["TIMED_OUT", 4]);
  }
  assertEquals(await rowsIn(house), [0, 0]);
});

Deno.test("stream() counts failures in a row: a success between them starts again", async () => {
  await using house = await TestHouse.open();
  await house.send(400);
  const sink = new FlakySink(house.rows(), Random.seeded(3), { before: 0.4 });
  const policy = { minRecords: 1, maxWaitMs: 0, maxRecords: 8 };
  await house.drain(sink, policy, { clock: STANDING, attemptsMax: 9 });
  assert(sink.failures > 9);
  assertEquals(await rowsIn(house), [400, 400]);
});

Deno.test("stream() throws a terminal error at once", async () => {
  await using house = await TestHouse.open();
  await house.send(5);
  for (const odds of [{ before: 1 }, { position: 1 }] as const) {
    const sink = new FlakySink(house.rows(), Random.seeded(1), odds, "terminal");
    await assertRejects(() => house.drain(sink), TickhouseError, "timed out");
    assertEquals(sink.failures, 1);
  }
});

Deno.test("stream() gives up on a sink that refuses its own position", async () => {
  await using house = await TestHouse.open();
  await house.send(5);
  let writes = 0;
  const refusing: Sink = {
    claim: () => Promise.resolve(),
    name: "contrary",
    position: () => Promise.resolve(0),
    write: () =>
      Promise.reject(
        ++writes > 99
          ? new Error("tried for ever")
          : new PositionConflict("contrary", ticks.topic, 0, 0, 3),
      ),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const options = { clock: new VirtualClock(0), attemptsMax: 5 };
  const error = await assertRejects(() => house.drain(refusing, LIVE, options), PositionConflict);
  assertEquals(error.code, "POSITION_CONFLICT");
});

for (const seed of [1, 2, 3]) {
  Deno.test(`stream() twice at once on one sink loses and repeats nothing, seed ${seed}`, async () => {
    await using house = await TestHouse.open();
    const random = Random.seeded(seed);
    await using lake = await house.lake();
    await using sameLake = await house.lake();
    const stop = new AbortController();
    const policy = { minRecords: 1, maxWaitMs: 0, maxRecords: 1 + random.below(60) };
    // Different groups: both hold all partitions all the time, so every write is contested.
    const named = (sink: Sink, name: string): Sink => ({
      claim: sink.claim.bind(sink),
      name,
      position: (topic, partition) => sink.position(topic, partition),
      write: (batches) => sink.write(batches),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
    const { broker } = house;
    const start = (sink: Sink) =>
      stream({ broker, topic: ticks.topic, sink, policy, signal: stop.signal });
    const runs = [
      start(named(lake, "lake-a")),
      start(named(sameLake, "lake-b")),
      start(named(house.rows(), "rows-a")),
      start(named(house.rows(), "rows-b")),
    ];
    for (let i = 0; i < 20; i++) await house.send(1 + random.below(40), 25);
    stop.abort();
    await Promise.all(runs);
    const proof = await house.prove();
    assertEquals(differencesOf(proof), []);
    assertEquals(proof.partitions.flatMap((p) => p.sides).some((side) => side.lag > 0), false);
  });
}

Deno.test("stream() goes on when a partition is lost with records held, and comes back", async () => {
  await using house = await TestHouse.open();
  const stop = new AbortController();
  const { broker } = house;
  const policy = { ...PATIENT, minRecords: 400 };
  const sink = new FlakySink(house.rows(), Random.seeded(1), {});
  const running = stream({ broker, topic: ticks.topic, sink, policy, signal: stop.signal });
  await house.send(100);
  await using other = new EmbeddedBroker({ path: `${house.folder.path}/broker.sqlite` });
  const position = (p: number) => house.warehouse.position(ticks.topic, p);
  const group = groupOf("warehouse", ticks.topic);
  {
    await using consumer = await other.consumer({ group, topic: ticks.topic, position });
    await untilTrue(async () => {
      await consumer.poll({ maxRecords: 1, waitMs: 20 });
      return consumer.assigned().length === 2;
    });
    // Longer than the first one's look at the group.
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
  await new Promise((resolve) => setTimeout(resolve, 700));
  await house.send(300);
  await untilTrue(async () => (await rowsIn(house))[0] === 400);
  stop.abort();
  await running;
  assertEquals(await rowsIn(house), [400, 400]);
});

Deno.test("stream() refuses a log that is shorter than the sink", async () => {
  await using house = await TestHouse.open();
  await house.send(10);
  await house.drain(house.rows());
  await house.warehouse.query("UPDATE bronze._positions SET next_offset = 500");
  const error = await assertRejects(() => house.drain(house.rows()), TickhouseError);
  assertEquals(error.code, "LOG_SHORTER");
  assertEquals(/ticks\/\d offset 500, the log ends at \d/.test(error.message), true, error.message);
});

Deno.test("stream() refuses a topic that was recreated, however long it is", async () => {
  await using house = await TestHouse.open();
  await house.send(10);
  await house.drain(house.rows());
  await using lake = await house.lake();
  await house.drain(lake);
  using folder = new TempFolder();
  await using broker = new EmbeddedBroker({ path: join(folder.path, "broker.sqlite") });
  await createTopics(broker, ticks);
  await house.send(100, Infinity, broker);
  for (const sink of [house.rows(), lake]) {
    const error = await assertRejects(() => house.drain(sink, LIVE, { broker }), TickhouseError);
    assertEquals(error.code, "LOG_REPLACED");
  }
  assertEquals(await rowsIn(house), [10, 10]);
});

Deno.test("stream() and ingest ask for their own topics, whatever is wrong with those of others", async () => {
  await using house = await TestHouse.open();
  const broker = Object.create(house.broker, {
    topics: { value: () => Promise.reject(new Error("a topic of others has no leader")) },
    topic: { value: house.broker.topic.bind(house.broker) },
    retention: { value: house.broker.retention.bind(house.broker) },
    consumer: { value: house.broker.consumer.bind(house.broker) },
    offsets: { value: house.broker.offsets.bind(house.broker) },
    committed: { value: house.broker.committed.bind(house.broker) },
  });
  await createTopics(broker, ticks);
  await house.send(10);
  await house.drain(house.rows(), LIVE, { broker });
  assertEquals((await rowsIn(house))[0], 10);
});

Deno.test("stream() notices a topic that is recreated while it reads", async () => {
  await using house = await TestHouse.open();
  const clock = new VirtualClock(0);
  const stop = new AbortController();
  await house.send(10);
  let id = "first";
  const broker = Object.create(house.broker, {
    topic: { value: () => Promise.resolve({ name: ticks.topic, partitions: 4, id }) },
    consumer: { value: house.broker.consumer.bind(house.broker) },
    offsets: { value: house.broker.offsets.bind(house.broker) },
    committed: { value: house.broker.committed.bind(house.broker) },
  });
  const running = stream({
    broker,
    topic: ticks.topic,
    sink: house.rows(),
    policy: LIVE,
    signal: stop.signal,
    clock,
  });
  await untilTrue(async () => (await rowsIn(house))[0] === 10);
  id = "second";
  await clock.sleep(6_000);
  await house.send(10);
  // One that does not notice takes them, and must end here rather than go on for ever.
  let isOver = false;
  Promise.allSettled([running]).then(() => isOver = true);
  await untilTrue(async () => isOver || (await rowsIn(house))[0] === 20);
  stop.abort();
  const error = await assertRejects(() => running, TickhouseError);
  assertEquals(error.code, "LOG_REPLACED");
  assertEquals((await rowsIn(house))[0], 10);
});

Deno.test("stream() says what became of the log when retention passes it while it reads", async () => {
  await using house = await TestHouse.open();
  house.weather.nowMs = 1_000_000;
  await house.send(80);
  const sink = house.rows();
  const slow: Sink = {
    name: sink.name,
    claim: sink.claim.bind(sink),
    position: (topic, partition) => sink.position(topic, partition),
    write: async (batches) => {
      const report = await sink.write(batches);
      // All that is left goes while the first batch is written.
      house.weather.nowMs = 2_000_000;
      await house.broker.retain({ maxAgeMs: 500_000 });
      return report;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const policy = { minRecords: 1, maxWaitMs: 0, maxRecords: 8 };
  const error = await assertRejects(() => house.drain(slow, policy), TickhouseError);
  assertEquals(error.code, "RETENTION_PASSED");
});

Deno.test("stream() refuses to leave out what retention dropped behind the sink", async () => {
  await using house = await TestHouse.open();
  house.weather.nowMs = 1_000_000;
  await house.send(80);
  await house.drain(house.rows(), LIVE);
  await house.send(80);
  house.weather.nowMs = 2_000_000;
  await house.send(80);
  await house.broker.retain({ maxAgeMs: 500_000 });
  const error = await assertRejects(() => house.drain(house.rows()), TickhouseError);
  assertEquals(error.code, "RETENTION_PASSED");
});

Deno.test("stream() refuses to leave out what the log dropped after a sink claimed it, at 0 too", async () => {
  await using house = await TestHouse.open();
  await using lake = await house.lake();
  for (const sink of [house.rows(), lake]) await house.drain(sink);
  house.weather.nowMs = 1_000_000;
  await house.send(80);
  house.weather.nowMs = 2_000_000;
  await house.send(80);
  assertEquals(await house.broker.retain({ maxAgeMs: 500_000 }), 80);
  for (const sink of [house.rows(), lake]) {
    const error = await assertRejects(() => house.drain(sink), TickhouseError);
    assertEquals(error.code, "RETENTION_PASSED");
  }
  assertEquals(await rowsIn(house), [0, 0]);
});

for (const odds of [{}, { before: 0.5 }, { after: 0.5 }] as const) {
  Deno.test(`stream() takes a log whose beginning is gone, failing ${JSON.stringify(odds)}`, async () => {
    await using house = await TestHouse.open();
    house.weather.nowMs = 1_000_000;
    await house.send(80);
    house.weather.nowMs = 2_000_000;
    await house.send(80);
    await house.broker.retain({ maxAgeMs: 500_000 });
    const options = { clock: new VirtualClock(0), attemptsMax: 50 };
    await house.drain(new FlakySink(house.rows(), Random.seeded(8), odds), LIVE, options);
    await using lake = await house.lake();
    await house.drain(new FlakySink(lake, Random.seeded(9), odds), LIVE, options);
    assertEquals(await rowsIn(house), [80, 80]);
    assertEquals(differencesOf(await house.prove()), []);
  });
}

Deno.test("stream() stops when dead letters can't be kept, and goes on when they can", async () => {
  await using house = await TestHouse.open();
  await house.send(20, 5);
  house.weather.deadLettersFail = new TickhouseError("BROKER_FAILED", "the topic is down");
  const error = await assertRejects(() => house.drain(house.rows()), TickhouseError);
  assertEquals(error.code, "BROKER_FAILED");
  assertEquals(await rowsIn(house), [0, 0]);
  delete house.weather.deadLettersFail;
  assertEquals(await house.drain(house.rows()), { rows: 16, dead: 4, left: 0 });
  assertEquals(differencesOf(await house.prove()), []);
});

async function untilTrue(check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("it never became true");
}

Deno.test("stream() in three processes shares the partitions; one killed, the others go on", async () => {
  await using house = await TestHouse.open();
  const script = `
    import { EmbeddedBroker } from ${
    JSON.stringify(import.meta.resolve("../broker/embedded/embedded.ts"))
  };
    import { jsonCodec } from ${JSON.stringify(import.meta.resolve("../codec/json.ts"))};
    import { ticks } from ${JSON.stringify(import.meta.resolve("../datasets/datasets.ts"))};
    import { deadLetterQueue } from ${
    JSON.stringify(import.meta.resolve("../sink/dead_letters.ts"))
  };
    import { LakeSink } from ${JSON.stringify(import.meta.resolve("../lake/lake.ts"))};
    import { DirectoryStore } from ${JSON.stringify(import.meta.resolve("../store/directory.ts"))};
    import { stream } from ${JSON.stringify(import.meta.resolve("./stream.ts"))};
    const broker = new EmbeddedBroker({ path: ${
    JSON.stringify(`${house.folder.path}/broker.sqlite`)
  } });
    const store = new DirectoryStore(${JSON.stringify(house.lakeRoot)});
    const sink = await LakeSink.open({
      store, dataset: ticks, codec: jsonCodec, deadLetters: deadLetterQueue(broker, "lake"),
    });
    await stream({
      broker, topic: ticks.topic, sink, signal: new AbortController().signal,
      policy: { minRecords: 20, maxWaitMs: 30, maxRecords: 200 },
    });`;
  const children = Array.from(
    { length: 3 },
    () => new Deno.Command(Deno.execPath(), { args: ["eval", script] }).spawn(),
  );
  const taken = async () => {
    const { partitions } = await house.prove();
    return partitions.flatMap((p) => p.sides).filter((side) => side.side === "lake")
      .reduce((sum, side) => sum + side.position, 0);
  };
  try {
    await house.send(200, 30);
    await untilTrue(async () => await taken() === 200);
    for (let i = 0; i < 10; i++) {
      await house.send(60, 30);
      if (i === 4) children[1]?.kill("SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await untilTrue(async () => await taken() === 800);
    assertEquals(differencesOf(await house.prove()), []);
  } finally {
    children[0]?.kill("SIGKILL");
    children[2]?.kill("SIGKILL");
    for (const child of children) await child.status;
  }
});
