import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { Packed } from "../batch.ts";
import type { Broker, TopicSpec } from "../broker/broker.ts";
import { EmbeddedBroker } from "../broker/embedded/embedded.ts";
import { VirtualClock } from "../clock.ts";
import { deadLetterTopic } from "../datasets/dataset.ts";
import { bars, corporateActions, ticks } from "../datasets/datasets.ts";
import { TickhouseError } from "../errors.ts";
import { DEAD_LETTER_HEADERS } from "../sink/dead_letters.ts";
import type { Source, SourceBatch } from "../source/source.ts";
import { texts, validMessage } from "../testing.ts";
import { TestHouse } from "./fixture.ts";
import { createTopics, ingest, type IngestProgress } from "./ingest.ts";

/** Batches of ten ticks and, now and then, a refusal; the state is the next batch's number. */
class CountingSource implements Source {
  readonly name = "counting";
  readonly dataset = ticks;
  readonly #batches: number;

  constructor(batches: number) {
    this.#batches = batches;
  }

  async *read(state: string | undefined, signal: AbortSignal): AsyncIterable<SourceBatch> {
    for (let i = Number(state ?? 0); i < this.#batches && !signal.aborted; i++) {
      await Promise.resolve();
      const rows = Array.from({ length: 10 }, (_, n) => validMessage(ticks, i * 10 + n));
      yield {
        records: [{ key: "AAPL", values: Packed.from(rows.map((row) => JSON.stringify(row))) }],
        refused: i % 2 ? [{ at: `line ${i}`, reason: "odd", raw: bytes(`raw ${i}`) }] : [],
        state: String(i + 1),
        progress: (i + 1) / this.#batches,
      };
    }
  }
}

const never = () => new AbortController().signal;

async function idsIn(house: TestHouse): Promise<unknown[]> {
  const ids: unknown[] = [];
  for (let p = 0; p < ticks.partitions; p++) {
    const batch = await house.broker.read(ticks.topic, p, 0, 10_000);
    for (const text of batch ? texts(batch.values) : []) ids.push(JSON.parse(text).trade_id);
  }
  return ids;
}

/** The broker, refusing the n-th append to a topic before or after its work. */
function refusing(broker: Broker, topic: string, nth: number, when: "before" | "after"): Broker {
  let calls = 0;
  return new Proxy(broker, {
    get(target, property) {
      const value = Reflect.get(target, property, target);
      if (property !== "produce") return typeof value === "function" ? value.bind(target) : value;
      const produce: Broker["produce"] = async (to, records, cursor) => {
        const fails = to === topic && ++calls === nth;
        if (fails && when === "before") throw new TickhouseError("BROKER_FAILED", "refused");
        await target.produce(to, records, cursor);
        if (fails) throw new TickhouseError("BROKER_FAILED", "refused");
      };
      return produce;
    },
  });
}

Deno.test("ingest() appends all of a source, and a second time nothing", async () => {
  await using house = await TestHouse.open();
  const { broker } = house;
  const read = () => ingest({ source: new CountingSource(8), broker, signal: never() });
  const { reasons, ...counts } = await read();
  assertEquals(counts, { accepted: 80, refused: 4 });
  assertEquals(reasons?.map(({ at }) => at), ["line 1", "line 3", "line 5", "line 7"]);
  assertEquals(await read(), { accepted: 0, refused: 0, readBefore: true });
  assertEquals((await idsIn(house)).length, 80);
});

Deno.test("ingest() twice at once of one source appends each record once, and one is fenced", async () => {
  await using house = await TestHouse.open();
  await using other = new EmbeddedBroker({ path: join(house.folder.path, "broker.sqlite") });
  const results = await Promise.allSettled(
    [house.broker, other].map((broker) =>
      ingest({ source: new CountingSource(8), broker, signal: never() })
    ),
  );
  const failed = results.flatMap((r) => r.status === "rejected" ? [r.reason] : []);
  assertEquals(failed.map(({ code }) => code), ["SOURCE_FENCED"]);
  const ids = await idsIn(house);
  assertEquals([ids.length, new Set(ids).size], [80, 80]);
});

Deno.test("ingest() makes the topics it needs", async () => {
  await using house = await TestHouse.open();
  const { broker } = house;
  await ingest({ source: new CountingSource(1), broker, signal: never() });
  const names = (await broker.topics()).map((topic) => topic.name);
  assertEquals(names, [ticks.topic, deadLetterTopic(ticks.topic)]);
});

Deno.test("createTopics() keeps letters as long as the records of the topic that is there", async () => {
  await using house = await TestHouse.open();
  const made: TopicSpec[] = [];
  const there = new Set<string>();
  for (const known of [[], [ticks.topic], [ticks.topic, deadLetterTopic(ticks.topic)]]) {
    made.length = 0;
    there.clear();
    for (const name of known) there.add(name);
    const broker = Object.create(house.broker, {
      topic: { value: (name: string) => Promise.resolve(there.has(name) ? { name } : undefined) },
      retention: { value: () => Promise.resolve(there.has(ticks.topic) ? Infinity : undefined) },
      createTopic: { value: (spec: TopicSpec) => Promise.resolve(void made.push(spec)) },
    });
    await createTopics(broker, ticks, 5);
    const kept = made.map(({ name, retentionMs }) => [name, retentionMs]);
    const letters = [deadLetterTopic(ticks.topic), known.length === 0 ? 5 : Infinity];
    assertEquals(kept, [[[ticks.topic, 5], letters], [letters], []][known.length]);
  }
});

for (const when of ["before", "after"] as const) {
  for (const topic of [ticks.topic, deadLetterTopic(ticks.topic)]) {
    Deno.test(`ingest() goes on with nothing lost or twice when ${topic} fails ${when} its work`, async () => {
      await using house = await TestHouse.open();
      const broker = refusing(house.broker, topic, 3, when);
      const source = new CountingSource(8);
      await assertRejects(() => ingest({ source, broker, signal: never() }), TickhouseError);
      await ingest({ source, broker: house.broker, signal: never() });
      const ids = await idsIn(house);
      assertEquals([ids.length, new Set(ids).size], [80, 80]);
      const dead = await house.broker.read(deadLetterTopic(ticks.topic), 0, 0, 100);
      const values = new Set(dead ? texts(dead.values) : []);
      assertEquals([...values], ["raw 1", "raw 3", "raw 5", "raw 7"]);
    });
  }
}

Deno.test("ingest() keeps a refusal with place, reason and bytes before the state moves", async () => {
  await using house = await TestHouse.open();
  // The append of the records behind the first refusal fails: the refusal is there already.
  const broker = refusing(house.broker, ticks.topic, 2, "before");
  const source = new CountingSource(8);
  await assertRejects(() => ingest({ source, broker, signal: never() }), TickhouseError);
  assertEquals(await house.broker.cursor(source.name), "1");
  const dead = await house.broker.read(deadLetterTopic(ticks.topic), 0, 0, 100);
  assertEquals(dead && texts(dead.values), ["raw 1"]);
  const headers = dead?.runs[0]?.headers ?? {};
  assertEquals(headers[DEAD_LETTER_HEADERS.offset], "line 1");
  assertEquals(headers[DEAD_LETTER_HEADERS.reason], "odd");
  assertEquals(headers[DEAD_LETTER_HEADERS.sink], "source counting");
});

Deno.test("ingest() stops between batches when the signal aborts", async () => {
  await using house = await TestHouse.open();
  const stop = new AbortController();
  const { broker } = house;
  const onBatch = ({ accepted }: IngestProgress) => accepted >= 30 && stop.abort();
  const source = new CountingSource(8);
  const report = await ingest({ source, broker, signal: stop.signal, onBatch });
  assertEquals(report.accepted, 30);
  const { reasons: _, ...rest } = await ingest({ source, broker, signal: never() });
  assertEquals(rest, { accepted: 50, refused: 3 });
});

Deno.test("ingest() tells of each batch: counts, refusals and share", async () => {
  await using house = await TestHouse.open();
  const { broker } = house;
  const told: IngestProgress[] = [];
  const onBatch = (progress: IngestProgress) => void told.push(progress);
  await ingest({ source: new CountingSource(4), broker, signal: never(), onBatch });
  assertEquals(told.map((p) => p.accepted), [10, 20, 30, 40]);
  assertEquals(told.map((p) => p.refused.length), [0, 1, 0, 1]);
  assertEquals(told.map((p) => p.share), [0.25, 0.5, 0.75, 1]);
});

Deno.test("ingest() pauses while the sinks are behind", async () => {
  await using house = await TestHouse.open();
  const { broker } = house;
  let produced = 0;
  let taken = 0;
  let most = 0;
  const clock = new VirtualClock(0);
  const sleep = clock.sleep.bind(clock);
  clock.sleep = (ms) => {
    taken += 1; // The sinks work while it waits.
    return sleep(ms);
  };
  await ingest({
    source: new CountingSource(20),
    broker,
    signal: never(),
    clock,
    lagMax: 25,
    lag: () => produced - taken,
    onBatch: ({ accepted }) => {
      produced = accepted;
      most = Math.max(most, produced - taken);
    },
  });
  assert(most <= 35, `${most} records were on their way`);
  assert(clock.now() > 0);
});

Deno.test("ingest() ends while it pauses, when the signal aborts", async () => {
  await using house = await TestHouse.open();
  const { broker } = house;
  const stop = new AbortController();
  let asked = 0;
  const lag = () => {
    if (++asked === 5) stop.abort();
    return Infinity;
  };
  const source = new CountingSource(20);
  const clock = new VirtualClock(0);
  const report = await ingest({ source, broker, signal: stop.signal, lag, clock });
  assertEquals(report.accepted, 10);
});

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

Deno.test("ingest() of a group reads each part from its own state, and says which and how far", async () => {
  await using house = await TestHouse.open();
  const { broker } = house;
  const part = (name: string, line: string): Source => ({
    name,
    dataset: ticks,
    async *read(state) {
      if (state !== undefined) return;
      yield { records: [{ key: "k", values: Packed.from([line]) }], refused: [], state: name };
    },
  });
  const parts = [part("a", '{"n":1}'), part("b", '{"n":2}')];
  const source: Source = { ...part("all", "{}"), group: { parts } };
  const seen: unknown[] = [];
  const { signal } = new AbortController();
  const onBatch = ({ share, part }: IngestProgress) => seen.push([share, part]);
  assertEquals((await ingest({ source, broker, signal, onBatch })).accepted, 2);
  assertEquals(seen, [[0.5, "a"], [1, "b"]]);
  const states = await broker.states(["a", "b", "all"]);
  assertEquals([...states].sort(), [["a", "a"], ["b", "b"]]);
  // A second run finds nothing new of any of them.
  assertEquals(await ingest({ source, broker, signal }), {
    accepted: 0,
    refused: 0,
    readBefore: true,
  });
});

Deno.test("ingest() of a group that goes on reads its parts again and again, until it is stopped", async () => {
  await using house = await TestHouse.open();
  const { broker } = house;
  const stop = new AbortController();
  let rounds = 0;
  const part: Source = {
    name: "a",
    dataset: ticks,
    async *read(state) {
      if (++rounds === 3) stop.abort();
      const values = Packed.from([`{"n":${rounds}}`]);
      yield { records: [{ key: "k", values }], refused: [], state: `${state ?? ""}+` };
    },
  };
  const source: Source = { ...part, name: "all", group: { parts: [part], everyMs: 5_000 } };
  const clock = new VirtualClock(0);
  const report = await ingest({ source, broker, clock, signal: stop.signal });
  assertEquals([report.accepted, clock.now()], [3, 15_000]);
  assertEquals((await broker.states(["a"])).get("a"), "+++");
});

Deno.test("ingest() appends what comes beside to its own topic, before the state moves", async () => {
  await using house = await TestHouse.open();
  const { broker } = house;
  const source: Source = {
    name: "a",
    dataset: bars,
    async *read() {
      const values = Packed.from(['{"symbol":"IBM"}']);
      const beside = [{ dataset: corporateActions, records: [{ key: "IBM", values }] }];
      yield { records: [], refused: [], beside, state: "1" };
    },
  };
  const { signal } = new AbortController();
  await ingest({ source, broker, signal });
  assertEquals(await broker.offsets(corporateActions.topic, 0), { earliest: 0, next: 1 });
  assertEquals((await broker.states(["a"])).get("a"), "1");
});
