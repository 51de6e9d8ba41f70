import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { batchOf, DeadLetterTrap, TempFolder, validBatch, validMessage } from "../testing.ts";
import { countOf, type RecordBatch, widenBatch } from "../batch.ts";
import { jsonCodec } from "../codec/json.ts";
import { ticks } from "../datasets/datasets.ts";
import { PositionConflict, TickhouseError } from "../errors.ts";
import { DirectoryStore } from "../store/directory.ts";
import type { ObjectStore } from "../store/store.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { chainOf, LakeSink } from "../lake/lake.ts";
import { inParts } from "./parts.ts";
import type { LakeSinkOptions } from "../lake/encoder.ts";

const OUT_OF_MEMORY = new Error("Out of Memory Error: failed to allocate data of size 8.0 MiB");

/** As many records as the lake gathers by default. */
const ROLL = 75_000;

/** Ticks of characters of four bytes, as many as the columns allow. */
function wideBatch(count: number): RecordBatch {
  const messages = Array.from({ length: count }, (_, i) => ({
    ...validMessage(ticks, i),
    symbol: "🚀".repeat(32),
    source: "🪐".repeat(32),
    trade_id: `${"🛰".repeat(50)}${i}`,
  }));
  return batchOf(ticks.topic, 0, 0, messages);
}

async function withLake(
  options: Partial<LakeSinkOptions>,
  run: (sink: LakeSink, store: ObjectStore, root: string) => Promise<void>,
  makeStore = (root: string) => new DirectoryStore(root),
): Promise<void> {
  using folder = new TempFolder();
  const root = join(folder.path, "lake");
  const store = makeStore(root);
  const deadLetters = new DeadLetterTrap().queue;
  const common = { store, dataset: ticks, codec: jsonCodec, deadLetters };
  await using sink = await LakeSink.open({ ...common, spoolFolder: folder.path, ...options });
  await run(sink, store, root);
}

/** What the chain covers, as [start, end) pairs. */
async function ranges(store: ObjectStore): Promise<[number, number][]> {
  const links = await Array.fromAsync(chainOf(store, ticks.topic));
  return links.map((link) => [link.startOffset, link.nextOffset]);
}

Deno.test("inParts() halves what is too much, and keeps the order", async () => {
  const written: number[][] = [];
  const batches = [widenBatch(validBatch(ticks, 0, 10, 5), 4), validBatch(ticks, 1, 0, 1)];
  const counts = await inParts(batches, (part) => {
    const records = part.reduce((sum, batch) => sum + countOf(batch), 0);
    if (records > 2) return Promise.reject(OUT_OF_MEMORY);
    for (const b of part) written.push([b.partition, b.startOffset, b.nextOffset, countOf(b)]);
    return Promise.resolve(records);
  });
  assertEquals(counts, [2, 1, 2, 1]);
  assertEquals(written, [[0, 4, 12, 2], [0, 12, 13, 1], [0, 13, 15, 2], [1, 0, 1, 1]]);
});

Deno.test("inParts() passes on what is no want of memory, and what a single record needs", async () => {
  let calls = 0;
  const fail = (error: Error) => () => {
    calls++;
    return Promise.reject(error);
  };
  const batch = validBatch(ticks, 0, 0, 4);
  await assertRejects(() => inParts([batch], fail(new Error("disk"))), Error, "disk");
  assertEquals(calls, 1);
  const wrapped = new TickhouseError("LAKE_ENCODE", "no", { cause: OUT_OF_MEMORY });
  assertEquals(await assertRejects(() => inParts([batch], fail(wrapped))), wrapped);
  assertEquals(calls, 1 + 3);
});

Deno.test("LakeSink: a full roll of characters of four bytes fits, in parts", async () => {
  await withLake({}, async (sink, store, root) => {
    const batch = wideBatch(ROLL);
    assertEquals(await sink.write([batch]), { rows: ROLL, dead: 0 });
    assertEquals(await sink.position(ticks.topic, 0), ROLL);
    const found = await ranges(store);
    assert(found.length > 1, "it was not too much: the test shows nothing");
    found.reduce((end, [start, next]) => {
      assertEquals(start, end);
      return next;
    }, 0);
    await using file = await DuckDbFile.open(":memory:");
    await using session = await file.session();
    const { rows } = await session.query(
      `SELECT count(*), count(DISTINCT _offset), min(_offset), max(_offset), max(trade_id)
       FROM read_parquet('${root}/ticks/*/*/*.parquet')`,
    );
    assertEquals(rows[0]?.slice(0, 4), [ROLL, ROLL, 0, ROLL - 1]);
  });
});

Deno.test("LakeSink: one record that is more than the memory names the setting", async () => {
  await withLake({ memoryLimit: "8MiB" }, async (sink) => {
    const error = await assertRejects(() => sink.write([wideBatch(3)]), TickhouseError);
    assertEquals([error.code, error.field], ["LAKE_ENCODE", "memoryLimit"]);
    assertEquals(await sink.position(ticks.topic, 0), 0);
  });
});

/** A directory in which the second object can't be made, or is another writer's. */
class SecondFails extends DirectoryStore {
  #objects = 0;
  outcome: "cut" | "taken" = "cut";

  override createFromFile(key: string, path: string, metadata: Record<string, string>) {
    if (!key.endsWith(".parquet") || ++this.#objects !== 2) {
      return super.createFromFile(key, path, metadata);
    }
    if (this.outcome === "taken") return Promise.resolve(false);
    return Promise.reject(new TickhouseError("STORE_UNAVAILABLE", "cut", { kind: "transient" }));
  }
}

for (const outcome of ["cut", "taken"] as const) {
  Deno.test(`LakeSink: after a second part that is ${outcome} the position is where the first ends`, async () => {
    let failing: SecondFails | undefined;
    await withLake(
      {},
      async (sink, store) => {
        const batch = wideBatch(ROLL);
        const error = await assertRejects(() => sink.write([batch]), TickhouseError);
        const [first, ...others] = await ranges(store);
        assertEquals(others, []);
        const end = first?.[1] ?? 0;
        assert(end > 0 && end < ROLL);
        assertEquals(await sink.position(ticks.topic, 0), end);
        assertEquals(
          error instanceof PositionConflict && error.position,
          outcome === "taken" && end,
        );
        const rest = validBatch(ticks, 0, end, 3);
        assertEquals(await sink.write([rest]), { rows: 3, dead: 0 });
        assertEquals((await ranges(store)).at(-1), [end, end + 3]);
      },
      (root) => {
        failing = new SecondFails(root);
        failing.outcome = outcome;
        return failing;
      },
    );
  });
}
