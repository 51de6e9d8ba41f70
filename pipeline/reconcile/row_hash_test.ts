import { assert, assertEquals } from "@std/assert";
import type { Dataset } from "../datasets/dataset.ts";
import { ticks } from "../datasets/datasets.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { addHashes, NO_HASH, rowHash, toHash } from "./row_hash.ts";

/** Two nullable texts beside a column of every other kind. */
const kinds: Dataset = {
  ...ticks,
  columns: [
    { name: "a", type: { kind: "text", maxLength: 9 }, nullable: true, meaning: "" },
    { name: "b", type: { kind: "text", maxLength: 9 }, nullable: true, meaning: "" },
    { name: "d", type: { kind: "decimal", precision: 28, scale: 8 }, nullable: true, meaning: "" },
    { name: "t", type: { kind: "timestamp", wireUnit: "us" }, nullable: true, meaning: "" },
    { name: "day", type: { kind: "date" }, nullable: true, meaning: "" },
  ],
};

/** Rows of which each two differ in what is easily taken for the same. */
const ROWS = [
  "0, 0, NULL, NULL, NULL, NULL, NULL",
  "0, 0, '', NULL, NULL, NULL, NULL",
  "0, 0, NULL, '', NULL, NULL, NULL",
  "0, 0, 'null', NULL, NULL, NULL, NULL",
  "0, 0, '-', NULL, NULL, NULL, NULL",
  "0, 0, '-;-', NULL, NULL, NULL, NULL",
  "0, 0, 'ab', 'c', NULL, NULL, NULL",
  "0, 0, 'a', 'bc', NULL, NULL, NULL",
  "0, 0, 'a;1:b', 'c', NULL, NULL, NULL",
  "0, 0, 'a', 'b;1:c', NULL, NULL, NULL",
  "0, 0, 'ü', '', NULL, NULL, NULL",
  "0, 0, 'u', '', NULL, NULL, NULL",
  "0, 0, '', '', 0, NULL, NULL",
  "0, 0, '', '', 0.00000001, NULL, NULL",
  "0, 0, '', '', -0.00000001, NULL, NULL",
  "0, 0, '', '', NULL, TIMESTAMP '1970-01-01', NULL",
  "0, 0, '', '', NULL, TIMESTAMP '1970-01-01 00:00:00.000001', NULL",
  "0, 0, '', '', NULL, TIMESTAMP '1969-12-31 23:59:59.999999', NULL",
  "0, 0, '', '', NULL, NULL, DATE '1970-01-01'",
  "0, 0, '', '', NULL, NULL, DATE '1969-12-31'",
  "0, 1, NULL, NULL, NULL, NULL, NULL",
];

async function hashesOf(rows: readonly string[]): Promise<string[]> {
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  await session.run(
    `CREATE TABLE kinds (_topic VARCHAR, _partition INTEGER, _offset BIGINT, _ingest_time TIMESTAMP,
       a VARCHAR, b VARCHAR, d DECIMAL(28,8), t TIMESTAMP, day DATE)`,
  );
  for (const row of rows) {
    const [partition, offset, ...cells] = row.split(", ");
    await session.run(
      `INSERT INTO kinds VALUES ('ticks', ${partition}, ${offset}, now()::TIMESTAMP, ${cells})`,
    );
  }
  const sql = `SELECT CAST(${rowHash(kinds, "duckdb")} AS VARCHAR) FROM kinds ORDER BY rowid`;
  return (await session.query(sql)).rows.map(([hash]) => toHash(String(hash)));
}

Deno.test("rowHash() differs between null, empty and alike texts, cells, signs and days", async () => {
  const hashes = await hashesOf(ROWS);
  const same = hashes.flatMap((hash, i) => {
    const first = hashes.indexOf(hash);
    return first < i ? [`${ROWS[first]} = ${ROWS[i]}`] : [];
  });
  assertEquals([hashes.length, same], [ROWS.length, []]);
  assert(!hashes.includes(NO_HASH));
});

Deno.test("rowHash() is the first half of the MD5 of the columns with their lengths", async () => {
  const [hash] = await hashesOf(["3, 7, 'a:b', NULL, -1.5, TIMESTAMP '1970-01-02', '1970-01-03'"]);
  // By md5sum of: 7;3:a:b;-;-1.50000000;86400000000;2
  assertEquals(hash, "631e925e9bda56d6");
});

Deno.test("addHashes() wraps, and is the sum in whatever order", () => {
  assertEquals(addHashes("ffffffffffffffff", "0000000000000002"), "0000000000000001");
  assertEquals(addHashes(NO_HASH, "00000000000000ab"), "00000000000000ab");
  assertEquals(toHash(String(2n ** 70n + 16n)), "0000000000000010");
});
