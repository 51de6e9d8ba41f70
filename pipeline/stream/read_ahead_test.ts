import { assert, assertEquals } from "@std/assert";
import { countOf } from "../batch.ts";
import type { Broker, Consumer, ConsumerOptions } from "../broker/broker.ts";
import { ticks } from "../datasets/datasets.ts";
import { TickhouseError } from "../errors.ts";
import type { Sink } from "../sink/sink.ts";
import { Random } from "../source/simulator/random.ts";
import { differencesOf, FlakySink, TestHouse } from "./fixture.ts";
import { stream } from "./stream.ts";

const FULL = { minRecords: 40, maxWaitMs: 100, maxRecords: 40 };

/** The broker, with a consumer that was passed through `change`. */
function withConsumer(
  broker: Broker,
  change: (consumer: Consumer, options: ConsumerOptions) => Consumer,
): Broker {
  const consumer = async (options: ConsumerOptions) =>
    change(await broker.consumer(options), options);
  return Object.create(broker, {
    consumer: { value: consumer },
    topic: { value: broker.topic.bind(broker) },
    offsets: { value: broker.offsets.bind(broker) },
    committed: { value: broker.committed.bind(broker) },
  });
}

/** The consumer with another `poll`. */
function withPoll(consumer: Consumer, poll: Consumer["poll"]): Consumer {
  return {
    assigned: () => consumer.assigned(),
    settled: () => consumer.settled(),
    poll,
    seek: (partition, offset) => consumer.seek(partition, offset),
    commit: (partition, offset) => consumer.commit(partition, offset),
    [Symbol.asyncDispose]: () => consumer[Symbol.asyncDispose](),
  };
}

/** The sink with another `write`. */
function withWrite(sink: Sink, write: Sink["write"], more: Partial<Sink> = {}): Sink {
  return {
    name: sink.name,
    claim: sink.claim.bind(sink),
    position: (topic, partition) => sink.position(topic, partition),
    write,
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
    ...more,
  };
}

/** Streams until so many rows are told of. */
async function streamRows(
  rows: number,
  options: { broker: Broker; sink: Sink },
): Promise<number> {
  const stop = new AbortController();
  let told = 0;
  const onWrite = (report: { rows: number; dead: number }) => {
    told += report.rows + report.dead;
    if (told >= rows) stop.abort();
  };
  const { signal } = stop;
  await stream({ topic: ticks.topic, policy: FULL, signal, onWrite, ...options });
  return told;
}

async function rowsIn(house: TestHouse): Promise<number[]> {
  const found = await house.warehouse.query(
    "SELECT count(*), count(DISTINCT (_partition, _offset)) FROM bronze.ticks",
  );
  return found.rows[0]?.map(Number) ?? [];
}

Deno.test("stream() reads the next batch during a write, and never more than maxRecords", async () => {
  await using house = await TestHouse.open();
  await house.send(400);
  let taken = 0;
  let written = 0;
  const ahead: number[] = [];
  const broker = withConsumer(house.broker, (consumer) =>
    withPoll(consumer, async (options) => {
      const batches = await consumer.poll(options);
      taken += batches.reduce((sum, batch) => sum + countOf(batch), 0);
      return batches;
    }));
  const sink = withWrite(house.rows(), async (batches) => {
    written += batches.reduce((sum, batch) => sum + countOf(batch), 0);
    for (let i = 0; i < 50 && taken - written < Math.min(20, 400 - written); i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    ahead.push(taken - written);
    return await house.rows().write(batches);
  });
  assertEquals(await streamRows(400, { broker, sink }), 400);
  // Reading pauses at half of maxRecords; a poll may bring more than was missing of that.
  const most = Math.max(...ahead);
  assert(most >= 20 && most <= 40, `${ahead}`);
  assertEquals(await rowsIn(house), [400, 400]);
});

Deno.test("stream() does not read ahead without a backlog", async () => {
  await using house = await TestHouse.open();
  await house.send(10);
  let isWriting = false;
  let polls = 0;
  const broker = withConsumer(house.broker, (consumer) =>
    withPoll(consumer, (options) => {
      if (isWriting) polls++;
      return consumer.poll(options);
    }));
  const sink = withWrite(house.rows(), async (batches) => {
    isWriting = true;
    const report = await house.rows().write(batches);
    isWriting = false;
    return report;
  });
  await streamRows(10, { broker, sink });
  assertEquals(polls, 0);
});

for (const seed of [1, 2, 3]) {
  Deno.test(`stream() drops what it read ahead when the write fails, seed ${seed}`, async () => {
    await using house = await TestHouse.open();
    await house.send(600, 50);
    const odds = { position: 0.05, before: 0.2, after: 0.2 };
    const sink = new FlakySink(house.rows(), Random.seeded(seed), odds);
    // What was written before its reply was lost is not told of.
    const stop = new AbortController();
    const { broker } = house;
    const running = stream({ broker, topic: ticks.topic, sink, policy: FULL, signal: stop.signal });
    for (let i = 0; i < 500 && (await rowsIn(house))[0] !== 588; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    stop.abort();
    await running;
    assert(sink.failures > 0, "the dice were kind");
    assertEquals(await rowsIn(house), [588, 588]);
    await using lake = await house.lake();
    await house.drain(lake);
    assertEquals(differencesOf(await house.prove()), []);
  });
}

Deno.test("stream() counts a write during which reading ahead failed, then recovers", async () => {
  await using house = await TestHouse.open();
  await house.send(200);
  let isWriting = false;
  let failures = 0;
  const broker = withConsumer(house.broker, (consumer) =>
    withPoll(consumer, (options) => {
      if (!isWriting || failures > 0) return consumer.poll(options);
      failures++;
      const error = new TickhouseError("TIMED_OUT", "the fetch timed out", { kind: "transient" });
      return Promise.reject(error);
    }));
  const sink = withWrite(house.rows(), async (batches) => {
    isWriting = true;
    const report = await house.rows().write(batches);
    isWriting = false;
    return report;
  });
  assertEquals(await streamRows(200, { broker, sink }), 200);
  assertEquals(failures, 1);
  assertEquals(await rowsIn(house), [200, 200]);
});

Deno.test("stream() asks for a position only once the write under way has ended", async () => {
  await using house = await TestHouse.open();
  await house.send(200);
  let isWriting = false;
  let isAsked = false;
  const broken: boolean[] = [];
  const broker = withConsumer(
    house.broker,
    (consumer, { position }) =>
      withPoll(consumer, async (options) => {
        // As when the group shares out again and gives the same partition again.
        if (isWriting && !isAsked) {
          isAsked = true;
          for (const partition of consumer.assigned()) {
            consumer.seek(partition, await position(partition));
          }
        }
        return await consumer.poll(options);
      }),
  );
  const own = house.rows();
  let conflicts = 0;
  const sink = withWrite(own, async (batches) => {
    isWriting = true;
    await new Promise((resolve) => setTimeout(resolve, 50));
    try {
      return await own.write(batches);
    } catch (error) {
      conflicts++;
      throw error;
    } finally {
      isWriting = false;
    }
  }, {
    position: (topic, partition) => {
      broken.push(isWriting);
      return own.position(topic, partition);
    },
  });
  assertEquals(await streamRows(200, { broker, sink }), 200);
  assertEquals([isAsked, broken.includes(true), conflicts], [true, false, 0]);
  assertEquals(await rowsIn(house), [200, 200]);
});
