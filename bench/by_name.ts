/**
 * What it costs to find columns by name: INSERT BY NAME beside INSERT by position, and the rows of a
 * lake object with the declared columns beside those it holds. Both in one run, in turns, since the
 * machine is not quiet: `deno run -P=bench bench/by_name.ts`.
 * @module
 */
import { join } from "node:path";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { bronzeTable } from "tickhouse/datasets/tables.ts";
import { Decoder } from "tickhouse/decode/decoder.ts";
import { Spool } from "tickhouse/decode/spool.ts";
import { DuckDbFile } from "tickhouse/duckdb/engine/file.ts";
import { createSchema } from "tickhouse/duckdb/schema.ts";
import { objectRows } from "tickhouse/lake/layout.ts";
import { TempFolder, validBatch } from "tickhouse/testing.ts";

const ROUNDS = 7;

using folder = new TempFolder();
using spool = new Spool(folder.path);
await using file = await DuckDbFile.open(join(folder.path, "w.duckdb"));
await using session = await file.session();
await createSchema(session);
const table = bronzeTable(ticks);
const decoder = new Decoder(ticks, jsonCodec, spool);

/** Milliseconds of each way, the middle of the rounds; the ways take turns. */
async function measured(ways: readonly string[], times: number): Promise<number[]> {
  const took = ways.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, sql] of ways.entries()) {
      const start = performance.now();
      for (let n = 0; n < times; n++) await session.run(sql);
      // The first round warms up.
      if (round > 0) took[i]?.push((performance.now() - start) / times);
      await session.run(`TRUNCATE ${table}; CHECKPOINT`);
    }
  }
  return took.map((ms) => ms.sort((a, b) => a - b)[Math.floor(ms.length / 2)] ?? NaN);
}

function show(what: string, [one = NaN, other = NaN]: readonly number[], ways: string): void {
  const ratio = (other / one).toFixed(3);
  console.log(`${what}: ${one.toFixed(2)} ms, ${other.toFixed(2)} ms (${ways}), ratio ${ratio}`);
}

for (const [rows, times] of [[100, 100], [10_000, 10], [125_000, 1]] as const) {
  using spooled = await decoder.spool([validBatch(ticks, 0, 0, rows)], 0);
  if (!spooled) throw new Error("valid rows expected");
  const ways = [
    `INSERT INTO ${table} ${spooled.rows}`,
    `INSERT INTO ${table} BY NAME ${spooled.rows}`,
  ];
  show(`write of ${rows} ticks`, await measured(ways, times), "by position, by name");
}
const path = join(folder.path, "object.parquet");
using large = await decoder.spool([validBatch(ticks, 0, 0, 125_000)], 0);
await session.run(`COPY (${large?.rows}) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`);
const insert = (rows: string) =>
  `INSERT INTO ${table} BY NAME SELECT * FROM (${rows}) WHERE _offset >= 0`;
const ways = [
  insert(`SELECT * FROM read_parquet('${path}')`),
  insert(await objectRows(session, ticks, path)),
];
show("load of 125000 ticks", await measured(ways, 1), "as the object is, by declared columns");
