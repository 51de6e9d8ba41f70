/** Files of bars and of trades: understood and read alone, and into the log; DuckDB's own reader beside. */
import { join } from "node:path";
import { csvSource } from "tickhouse/source/csv/csv.ts";
import { DuckDbFile } from "tickhouse/duckdb/engine/file.ts";
import { literal } from "tickhouse/sql/names.ts";
import { createTopics, ingest } from "tickhouse/stream/ingest.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { type Figures, openRig } from "./rig.ts";

const SYMBOLS = 50;
const BLOCK = 20_000;

/** Rows a second, and milliseconds until a preview of the file of bars. */
export async function files(rows: number): Promise<Figures> {
  using folder = new TempFolder();
  const bars = join(folder.path, "bars.csv");
  const trades = join(folder.path, "trades.csv");
  const header = "symbol,timestamp,bar_interval,open,high,low,close,volume";
  await write(bars, header, rows, (i) => {
    const price = 100 + i % 997 / 100;
    const time = 1_577_923_200_000 + Math.floor(i / SYMBOLS) * 60_000;
    const prices = [price, price + 0.3, price - 0.3, price + 0.05].map((p) => p.toFixed(2));
    return `S${i % SYMBOLS},${time},1m,${prices.join(",")},${1 + i % 9_999_991}`;
  });
  await write(
    trades,
    "symbol,timestamp,price,size",
    rows,
    (i) =>
      `S${i % SYMBOLS},${1_577_923_200_000 + i * 7},${(100 + i % 997 / 100).toFixed(2)},${
        1 + i % 999
      }`,
  );
  const never = new AbortController().signal;
  const read = async (path: string) => {
    const startedAt = performance.now();
    for await (const _ of (await csvSource({ path })).read(undefined, never));
    return rows / (performance.now() - startedAt) * 1000;
  };
  const logged = async (path: string) => {
    await using rig = await openRig();
    const source = await csvSource({ path });
    await createTopics(rig.broker, source.dataset);
    const startedAt = performance.now();
    await ingest({ source, broker: rig.broker, signal: never });
    return rows / (performance.now() - startedAt) * 1000;
  };
  const previewAt = performance.now();
  await (await csvSource({ path: bars })).preview();
  return {
    preview: performance.now() - previewAt,
    bars: await read(bars),
    trades: await read(trades),
    bars_logged: await logged(bars),
    trades_logged: await logged(trades),
    ceiling: await ceiling(bars, rows),
  };
}

/** What DuckDB's reader makes of the file of bars on a thread, types told, into a table in memory. */
async function ceiling(path: string, rows: number): Promise<number> {
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  await session.run("SET threads = 1");
  const startedAt = performance.now();
  await session.run(`CREATE TABLE t AS FROM read_csv(${literal(path)}, header = true, columns = {
    symbol: 'VARCHAR', timestamp: 'BIGINT', bar_interval: 'VARCHAR', open: 'DECIMAL(18,8)',
    high: 'DECIMAL(18,8)', low: 'DECIMAL(18,8)', close: 'DECIMAL(18,8)', volume: 'DECIMAL(18,8)'})`);
  return rows / (performance.now() - startedAt) * 1000;
}

async function write(
  path: string,
  header: string,
  rows: number,
  line: (i: number) => string,
): Promise<void> {
  using file = await Deno.open(path, { create: true, write: true });
  const encoder = new TextEncoder();
  const put = async (text: string) => {
    for (let bytes = encoder.encode(text); bytes.length > 0;) {
      bytes = bytes.subarray(await file.write(bytes));
    }
  };
  await put(`${header}\n`);
  for (let from = 0; from < rows; from += BLOCK) {
    const count = Math.min(BLOCK, rows - from);
    await put(Array.from({ length: count }, (_, i) => `${line(from + i)}\n`).join(""));
  }
}
