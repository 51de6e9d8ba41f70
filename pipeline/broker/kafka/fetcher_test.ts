import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { type Connection, createRecordsBatch } from "@platformatic/kafka";
import { Random } from "../../source/simulator/random.ts";
import { texts } from "../../testing.ts";
import type { Fetched, FetchRequest } from "./fetch.ts";
import { KafkaFetcher, type KafkaFetcherOptions } from "./fetcher.ts";

const TOPIC = { name: "t", id: "id" };
const EMPTY = Buffer.alloc(0);

/** A fetch that no broker has answered yet. */
interface Pending {
  readonly request: FetchRequest;
  readonly answer: PromiseWithResolvers<Fetched>;
}

/** Brokers whose answers come when the test says so. */
class FakeBrokers implements AsyncDisposable {
  readonly cluster = this;
  readonly leaders: readonly number[];
  /** The values of each partition; the offset is the index. */
  readonly logs: string[][];
  readonly pending: Pending[] = [];
  /** Resolves at the next fetch. */
  asked = Promise.withResolvers<void>();

  constructor(partitions: number, nodes: number) {
    this.leaders = Array.from({ length: partitions }, (_, i) => i % nodes);
    this.logs = Array.from({ length: partitions }, () => []);
  }

  readonly describe = () => Promise.resolve({ id: TOPIC.id, leaders: this.leaders });
  readonly find = this.describe;
  readonly connect = () => Promise.resolve({} as Connection);
  readonly fetchesById = () => Promise.resolve(true);

  readonly fetch = (_: Connection, request: FetchRequest): Promise<Fetched> => {
    const answer = Promise.withResolvers<Fetched>();
    this.pending.push({ request, answer });
    this.asked.resolve();
    return answer.promise;
  };

  /** Answers one of the fetches under way with what the logs hold now. */
  complete(index: number): void {
    const [pending] = this.pending.splice(index, 1);
    const answers = pending?.request.partitions.map(({ partition, offset }) => {
      const values = this.logs[partition]?.slice(offset) ?? [];
      const bytes = values.length === 0 ? EMPTY : stored(offset, values);
      const end = this.logs[partition]?.length ?? 0;
      return { partition, error: 0, stableOffset: end, startOffset: 0, aborted: [], bytes };
    });
    pending?.answer.resolve({ answers: answers ?? [], throttleMs: 0 });
  }

  /** Answers one as a broker does that throttles its client. */
  throttle(index: number, throttleMs: number): void {
    const [pending] = this.pending.splice(index, 1);
    pending?.answer.resolve({ answers: [], throttleMs });
  }

  [Symbol.asyncDispose](): Promise<void> {
    while (this.pending.length > 0) this.complete(0);
    return Promise.resolve();
  }
}

/** A record batch as a broker stores it. */
function stored(baseOffset: number, values: readonly string[]): Buffer {
  const messages = values.map((value) => ({
    topic: TOPIC.name,
    key: Buffer.from("k"),
    value: Buffer.from(value),
    timestamp: 1_763_700_000_000n,
  }));
  const bytes = Buffer.from(createRecordsBatch(messages, {}).buffer);
  bytes.writeBigInt64BE(BigInt(baseOffset), 0);
  return bytes;
}

function optionsOf(change: Partial<KafkaFetcherOptions>): KafkaFetcherOptions {
  return {
    connection: { brokers: ["localhost:1"] },
    topic: TOPIC.name,
    partitionBytesMax: 2 ** 19,
    bytesMax: 32 * 2 ** 20,
    log: () => {},
    onArrival: () => {},
    ...change,
  };
}

/** Lets what is under way come to rest: nothing here waits for time. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}
/** Far more than any answer takes on its way. */
const REST = 2_000;

/** Appends, answers and takes in an order that the seed decides; all records must arrive. */
async function readAll(partitions: number, nodes: number, seed: number): Promise<void> {
  const random = Random.seeded(seed * 1000 + partitions);
  const brokers = new FakeBrokers(partitions, nodes);
  const received = Array.from({ length: partitions }, (): string[] => []);
  const takeAll = () => {
    for (let p = 0; p < partitions; p++) {
      const batch = fetcher.take(p, 100, Infinity);
      if (batch) received[p]?.push(...texts(batch.values));
    }
  };
  const options = optionsOf({
    // As a consumer does that was waiting: some turns later.
    onArrival: () => void turns(random.below(2 * partitions + 4)).then(takeAll),
  });
  await using fetcher = new KafkaFetcher(options, brokers);
  for (let p = 0; p < partitions; p++) fetcher.set(p, 0);
  for (let appended = 0; appended < 4 * partitions;) {
    const log = brokers.logs[random.below(partitions)];
    if (random.next() < 0.5) log?.push(`${appended++}`);
    else if (brokers.pending.length > 0) brokers.complete(random.below(brokers.pending.length));
    await turns(random.below(4 * partitions));
  }
  const count = (of: readonly string[][]) => of.reduce((sum, { length }) => sum + length, 0);
  while (count(received) < count(brokers.logs)) {
    await turns(REST);
    if (count(received) === count(brokers.logs)) break;
    const state = `${count(received)} of ${count(brokers.logs)} records, nothing asked for`;
    assert(brokers.pending.length > 0, `${partitions} partitions, seed ${seed}: ${state}`);
    brokers.complete(random.below(brokers.pending.length));
  }
  assertEquals(received, brokers.logs);
  while (brokers.pending.length > 0) brokers.complete(0);
}

for (const nodes of [1, 3]) {
  Deno.test(`KafkaFetcher: of 1 to 64 partitions on ${nodes} brokers all arrives, in any order`, async () => {
    for (let partitions = 1; partitions <= 64; partitions++) {
      for (let seed = 0; seed < 3; seed++) await readAll(partitions, nodes, seed);
    }
  });
}

Deno.test("KafkaFetcher: a partition that is dropped makes room for those that wait", async () => {
  const brokers = new FakeBrokers(2, 2);
  await using fetcher = new KafkaFetcher(optionsOf({ bytesMax: 100 }), brokers);
  brokers.logs[0]?.push("x".repeat(200));
  fetcher.set(0, 0);
  await turns(REST);
  brokers.complete(0);
  await turns(REST);
  fetcher.set(1, 0);
  await turns(REST);
  assertEquals(brokers.pending.length, 0);
  fetcher.delete(0);
  await turns(REST);
  assertEquals(brokers.pending.map(({ request }) => request.partitions.length), [1]);
  brokers.complete(0);
});

Deno.test("KafkaFetcher: a broker that throttles is left alone for a while, and then read on", async () => {
  const brokers = new FakeBrokers(1, 1);
  const { promise: arrival, resolve: onArrival } = Promise.withResolvers<void>();
  await using fetcher = new KafkaFetcher(optionsOf({ onArrival }), brokers);
  brokers.logs[0]?.push("a");
  fetcher.set(0, 0);
  await turns(REST);
  brokers.asked = Promise.withResolvers();
  brokers.throttle(0, 1);
  await turns(REST);
  assertEquals(brokers.pending.length, 0);
  await brokers.asked.promise;
  brokers.complete(0);
  await arrival;
  assertEquals(fetcher.take(0, 10, Infinity)?.nextOffset, 1);
  await turns(REST);
  brokers.complete(0);
});

Deno.test("KafkaFetcher: an answer to what was asked before a seek is dropped", async () => {
  const brokers = new FakeBrokers(1, 1);
  await using fetcher = new KafkaFetcher(optionsOf({}), brokers);
  brokers.logs[0]?.push("a", "b", "c");
  fetcher.set(0, 0);
  await turns(REST);
  fetcher.set(0, 2);
  brokers.complete(0);
  await turns(REST);
  assertEquals(fetcher.take(0, 10, Infinity), undefined);
  brokers.complete(0);
  await turns(REST);
  assertEquals(fetcher.take(0, 10, Infinity)?.startOffset, 2);
  await turns(REST);
  brokers.complete(0);
});
