import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { jsonCodec } from "../codec/json.ts";
import { ticks } from "../datasets/datasets.ts";
import { TickhouseError } from "../errors.ts";
import { DirectoryStore } from "../store/directory.ts";
import { batchOf, DeadLetterTrap, TempFolder, validBatch, validMessage } from "../testing.ts";
import { sinkConformance } from "../sink/conformance.ts";
import { FORMATS, lakeUnderTest } from "./fixture.ts";
import { chainOf, LakeSink } from "./lake.ts";
import type { LakeFormat } from "./layout.ts";

for (const format of FORMATS) {
  sinkConformance(`LakeSink ${format}`, async (dataset, trap) => {
    const folder = new TempFolder();
    const store = new DirectoryStore(join(folder.path, "lake"));
    const under = await lakeUnderTest(store, dataset, trap, { format });
    return {
      ...under,
      [Symbol.asyncDispose]: async () => {
        await under[Symbol.asyncDispose]();
        folder[Symbol.dispose]();
      },
    };
  });
}

async function withLake(
  run: (tools: {
    root: string;
    store: DirectoryStore;
    open: (format?: LakeFormat, now?: () => number) => Promise<LakeSink>;
  }) => Promise<void>,
): Promise<void> {
  using folder = new TempFolder();
  const root = join(folder.path, "lake");
  const store = new DirectoryStore(root);
  const deadLetters = new DeadLetterTrap().queue;
  const open = (format: LakeFormat = "parquet", now = Date.now) =>
    LakeSink.open({ store, dataset: ticks, codec: jsonCodec, deadLetters, format, now });
  await run({ root, store, open });
}

Deno.test("LakeSink: an object is named by topic, day, partition and first offset", () =>
  withLake(async ({ store, open }) => {
    await using sink = await open();
    await sink.write([validBatch(ticks, 3, 0, 2)]);
    await sink.write([validBatch(ticks, 3, 2, 5)]);
    const links = await Array.fromAsync(chainOf(store, "ticks"));
    assertEquals(links.map((l) => [l.key, l.startOffset, l.nextOffset, l.rows]), [
      ["ticks/date=2025-11-21/partition=3/00000000000000000000.parquet", 0, 2, 2],
      ["ticks/date=2025-11-21/partition=3/00000000000000000002.parquet", 2, 7, 5],
    ]);
  }));

Deno.test("LakeSink: days never fall along a chain, though the log's clock does", () =>
  withLake(async ({ store, open }) => {
    const day = 86_400_000;
    const noon = Date.UTC(2025, 10, 21, 12);
    await using sink = await open();
    for (const [start, at] of [[0, noon], [1, noon + day], [2, noon - 5 * day]] as const) {
      await sink.write([batchOf("ticks", 0, start, [validMessage(ticks, start)], at)]);
    }
    const days = (await Array.fromAsync(chainOf(store, "ticks"))).map((link) => link.date);
    assertEquals(days, ["2025-11-21", "2025-11-22", "2025-11-22"]);
    await using other = await open();
    assertEquals(await other.position("ticks", 0), 3);
  }));

Deno.test("LakeSink: two writers at midnight name one key", () =>
  withLake(async ({ store, open }) => {
    const midnight = Date.UTC(2026, 5, 2);
    await using before = await open("parquet", () => midnight - 1);
    await using after = await open("parquet", () => midnight + 1);
    // Nothing but the writer's clock tells the day of a record without a time.
    const batch = batchOf("ticks", 0, 0, [validMessage(ticks, 0)], -1);
    await before.write([batch]);
    const error = await assertRejects(() => after.write([batch]), TickhouseError);
    assertEquals(error.code, "POSITION_CONFLICT");
    assertEquals((await Array.fromAsync(chainOf(store, "ticks"))).length, 1);
  }));

Deno.test("LakeSink: two writers that see an offset's first record on two days name one key", () =>
  withLake(async ({ store, open }) => {
    const day = 86_400_000;
    const noon = Date.UTC(2025, 10, 21, 12);
    const message = (i: number) => validMessage(ticks, i);
    await using full = await open();
    await using late = await open();
    await full.write([batchOf("ticks", 0, 0, [message(0)], noon)]);
    assertEquals(await late.position("ticks", 0), 1);
    const whole = batchOf("ticks", 0, 1, [message(1), message(2)], noon + day);
    // The log dropped the record at offset 1 before this one read it.
    const rest = batchOf("ticks", 0, 2, [message(2)], noon + 2 * day);
    const results = await Promise.allSettled([
      full.write([whole]),
      late.write([{ ...rest, startOffset: 1, offsets: Float64Array.of(2) }]),
    ]);
    assertEquals(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    const links = await Array.fromAsync(chainOf(store, "ticks"));
    assertEquals(links.map((l) => [l.startOffset, l.nextOffset]), [[0, 1], [1, 3]]);
  }));

Deno.test("LakeSink: times that can't be are no days of objects", () =>
  withLake(async ({ store, open }) => {
    const noon = Date.UTC(2025, 10, 21, 12);
    const today = new Date().toISOString().slice(0, 10);
    const odd = [noon * 1000, noon * 1e6, Date.UTC(2099, 0, 1), -1, 0, NaN];
    await using sink = await open();
    for (const [partition, time] of odd.entries()) {
      for (const [start, at] of [time, noon, time, noon + 86_400_000].entries()) {
        await sink.write([batchOf("ticks", partition, start, [validMessage(ticks, start)], at)]);
      }
      assertEquals(await sink.position("ticks", partition), 4);
    }
    const links = await Array.fromAsync(chainOf(store, "ticks"));
    // Nothing tells the day of a chain's first object but the writer's clock.
    assertEquals(new Set(links.map(({ date }) => date)), new Set([today]));
    const first = await open();
    await using _first = first;
    await first.write([batchOf("ticks", 9, 0, [validMessage(ticks, 0)], noon)]);
    await first.write([batchOf("ticks", 9, 1, [validMessage(ticks, 1)], noon * 1000)]);
    await first.write([batchOf("ticks", 9, 2, [validMessage(ticks, 2)], noon + 86_400_000)]);
    const nine = (await Array.fromAsync(chainOf(store, "ticks"))).filter((l) => l.partition === 9);
    assertEquals(nine.map(({ date }) => date), ["2025-11-21", "2025-11-21", "2025-11-22"]);
  }));

Deno.test("LakeSink: another format on the same topic is refused", () =>
  withLake(async ({ open }) => {
    await using first = await open("parquet");
    await first.position("ticks", 0);
    const error = await assertRejects(() => open("ndjson"), TickhouseError, "parquet");
    assertEquals(error.code, "LAKE_FORMAT");
  }));

Deno.test("LakeSink: metadata names range, rows, dead letters, schema and checksum", () =>
  withLake(async ({ root, store, open }) => {
    await using sink = await open();
    await sink.write([batchOf("ticks", 0, 0, [validMessage(ticks, 0), "bad"])]);
    const [link] = await Array.fromAsync(chainOf(store, "ticks"));
    const bytes = Deno.readFileSync(join(root, link?.key ?? ""));
    const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    assertEquals([link?.nextOffset, link?.rows, link?.dead, link?.sha256], [2, 1, 1, sha256]);
    const info = await store.head(link?.key ?? "");
    assertEquals(info?.metadata["schema"]?.length, 16);
  }));

Deno.test("LakeSink: objects of several partitions travel at once, and one that fails harms none", async () => {
  using folder = new TempFolder();
  let now = 0;
  let most = 0;
  class SlowStore extends DirectoryStore {
    override async createFromFile(key: string, path: string, metadata: Record<string, string>) {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 20));
      now--;
      if (key.includes("partition=2/")) {
        throw new TickhouseError("STORE_UNAVAILABLE", "cut", { kind: "transient" });
      }
      return await super.createFromFile(key, path, metadata);
    }
  }
  const store = new SlowStore(join(folder.path, "lake"));
  const deadLetters = new DeadLetterTrap().queue;
  const spoolFolder = folder.path;
  const options = { store, dataset: ticks, codec: jsonCodec, deadLetters, spoolFolder };
  await using sink = await LakeSink.open(options);
  const batches = [0, 1, 2, 3, 4, 5].map((partition) => validBatch(ticks, partition, 0, 3));
  await assertRejects(() => sink.write(batches), TickhouseError, "cut");
  assertEquals([now, most > 1 && most <= 4], [0, true]);
  const held = new Map(
    (await Array.fromAsync(chainOf(store, "ticks"))).map((l) => [l.partition, 3]),
  );
  for (const { partition } of batches) {
    assertEquals(await sink.position("ticks", partition), held.get(partition) ?? 0);
  }
  assertEquals([held.get(0), held.get(1), held.get(2)], [3, 3, undefined]);
  const spools = [...Deno.readDirSync(folder.path)].filter(({ name }) => name !== "lake");
  const files = spools.flatMap(({ name }) => [...Deno.readDirSync(join(folder.path, name))]);
  assertEquals(files.map(({ name }) => name), ["lock"]);
});
