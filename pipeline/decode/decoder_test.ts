import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { widenBatch } from "../batch.ts";
import { jsonCodec } from "../codec/json.ts";
import { ticks } from "../datasets/datasets.ts";
import { batchOf, TempFolder, texts, validBatch, validMessage } from "../testing.ts";
import { DuckDbFile, type DuckDbSession } from "../duckdb/engine/file.ts";
import type { SqlSession } from "../sql/session.ts";
import { Decoder } from "./decoder.ts";
import { Spool } from "./spool.ts";

async function withDecoder(
  run: (decoder: Decoder, session: DuckDbSession, spool: Spool) => Promise<void>,
): Promise<void> {
  using folder = new TempFolder();
  using spool = new Spool(folder.path);
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  await run(new Decoder(ticks, jsonCodec, spool), session, spool);
  assertEquals([...Deno.readDirSync(spool.folder)].map((e) => e.name), ["lock"], "files are left");
}

/** A session whose every query fails with that message. */
function failing(message: string): SqlSession {
  const fail = () => Promise.reject(new Error(message));
  return { query: fail, run: fail, [Symbol.asyncDispose]: () => Promise.resolve() };
}

Deno.test("Decoder: spool() gives every valid row its partition and offset", () =>
  withDecoder(async (decoder, session) => {
    const batches = [validBatch(ticks, 2, 40, 3), validBatch(ticks, 0, 7, 2)];
    using spooled = await decoder.spool(batches, 1_763_700_000_000_000);
    assert(spooled);
    assertEquals(spooled.count, 5);
    const { rows } = await session.query(
      `SELECT _topic, _partition, _offset, epoch_us(_ingest_time) FROM (${spooled.rows})
       ORDER BY ALL`,
    );
    const at = 1_763_700_000_000_000;
    assertEquals(rows, [
      ["ticks", 0, 7, at],
      ["ticks", 0, 8, at],
      ["ticks", 2, 40, at],
      ["ticks", 2, 41, at],
      ["ticks", 2, 42, at],
    ]);
  }));

Deno.test("Decoder: spool() keeps the offsets of a log with gaps", () =>
  withDecoder(async (decoder, session) => {
    const batch = validBatch(ticks, 0, 500, 2);
    const gappy = { ...widenBatch(batch, 0), offsets: Float64Array.of(501, 9_007_199_254_740_000) };
    using spooled = await decoder.spool([gappy], 0);
    assert(spooled);
    const { rows } = await session.query(`SELECT _offset FROM (${spooled.rows}) ORDER BY 1`);
    assertEquals(rows, [[501], [9_007_199_254_740_000]]);
  }));

Deno.test("Decoder: separate() names the bad ones, and leaves a batch of the others", () =>
  withDecoder(async (decoder, session) => {
    const messages = [validMessage(ticks, 0), "{", "}", "", validMessage(ticks, 4), `{"price":-1}`];
    const { batch, dead } = await decoder.separate(session, batchOf("ticks", 1, 10, messages));
    assertEquals(dead.map((letter) => letter.offset), [11, 12, 13, 15]);
    assertEquals(texts(batch.values)[1], "null");
    using spooled = decoder.spoolSeparated([batch], 0);
    const { rows } = await session.query(`SELECT _offset FROM (${spooled.rows}) ORDER BY 1`);
    assertEquals(rows, [[10], [14]]);
  }));

for (
  const message of [
    "IO Error: No files found that match the pattern",
    "IO Error: Could not write file: No space left on device",
    "Out of Memory Error: failed to allocate data",
    "FATAL Error: database has been invalidated because of a previous fatal error",
    "INTERRUPT Error: Interrupted!",
  ]
) {
  Deno.test(`Decoder: separate() makes no dead letters of "${message.slice(0, 28)}"`, () =>
    withDecoder(async (decoder) => {
      const batch = validBatch(ticks, 0, 0, 4);
      await assertRejects(() => decoder.separate(failing(message), batch), Error, message);
    }));
}

Deno.test("Decoder: a file of any name is quoted", async () => {
  using folder = new TempFolder();
  const parent = join(folder.path, "it's a folder");
  Deno.mkdirSync(parent);
  using spool = new Spool(parent);
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  using spooled = await new Decoder(ticks, jsonCodec, spool)
    .spool([validBatch(ticks, 0, 0, 2)], 0);
  assert(spooled);
  assertEquals((await session.query(`SELECT count(*) FROM (${spooled.rows})`)).rows, [[2]]);
});
