/**
 * What must hold after every run. Rows are compared with what the harness produced, without
 * `reconcile`, which must come to the same end.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import type { RecordBatch } from "tickhouse/batch.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { deadLetterTopic } from "tickhouse/datasets/dataset.ts";
import { reconcile } from "tickhouse/reconcile/reconcile.ts";
import { DEAD_LETTER_HEADERS, type KeptLetter, lettersOf } from "tickhouse/sink/dead_letters.ts";
import { S3Store } from "tickhouse/store/s3/s3.ts";
import type { ObjectStore } from "tickhouse/store/store.ts";
import { DuckDbFile } from "tickhouse/duckdb/engine/file.ts";
import type { DuckDbWarehouse } from "tickhouse/duckdb/warehouse.ts";
import type { End, Finished } from "./process.ts";
import { latin1, type LogRecord, type Run } from "./run.ts";
import { patiently } from "./world.ts";
import { codecOf, type Job, openWarehouse, type StorePlace } from "./work.ts";
import { lakeSide } from "tickhouse/lake/side.ts";
import { warehouseSide } from "tickhouse/warehouse/side.ts";

/** The run's ends are empty until then. */
type Ends = Pick<Job, "store" | "warehouse" | "registryUrl">;

/** Asserts that it ended well, or by another run's blow: then whoever comes next does the rest. */
export function assertClean(run: Run, end: End): void {
  if (!run.isExcused(end)) assertEquals(end, {});
}

/** Asserts that it ended with one of these errors, whose message says what to do. */
export function assertError(
  run: Run,
  end: End,
  codes: readonly string[],
  says = /\S/,
): void {
  if (run.isExcused(end)) return;
  assert(end.code !== undefined && codes.includes(end.code), `${codes}: ${JSON.stringify(end)}`);
  assert(says.test(end.message ?? ""), `${says} is not in: ${end.message}`);
}

/** Asserts how a process of the command line ended: its status, and what it says on stderr. */
export function assertExit(finished: Finished, status: number, says = /^/): void {
  const { err, out } = finished;
  assertEquals(finished.status, status, err + out);
  assert(says.test(err), `${says} is not in\n${err}`);
  assert(!/^\s+at .*[:(]/m.test(err), `a stack trace helps nobody:\n${err}`);
}

/** What differs from the usual. */
export interface CheckOptions {
  /** The log as it was, where it is not whole any more. */
  readonly log?: readonly LogRecord[];
  /** Sinks that must have dead letters. Default: all that there are. */
  readonly lettersOf?: readonly string[];
}

/** Everything that was produced is in all ends exactly once, in order; the rest is dead letters. */
export async function checkAll(run: Run, ends: Ends, options: CheckOptions = {}): Promise<void> {
  const log = options.log ?? await run.read(ticks.topic);
  checkLog(run, log);
  const good: string[] = [];
  const bad: string[] = [];
  for (const record of log) {
    const message = run.produced.get(latin1(record.bytes));
    if (message?.trade) good.push(rowText(record, message.key, message.trade));
    else bad.push(`${record.partition}/${record.offset}`);
  }
  await using opened = new AsyncDisposableStack();
  const codec = codecOf(ends);
  const store = ends.store && opened.use(await openStore(ends.store));
  const warehouse = ends.warehouse === undefined
    ? undefined
    : opened.use(await openWarehouse(ends.warehouse, codec, () => Promise.reject(new Error())));
  if (store) assertRows("lake", await lakeRows(run, store), good);
  if (warehouse) assertRows("warehouse", await warehouseRows(warehouse), good);
  const all = [...(store ? ["lake"] : []), ...(warehouse ? ["warehouse"] : [])];
  await checkDeadLetters(run, log, bad, options.lettersOf ?? all);
  const proof = await patiently(() =>
    reconcile({
      broker: run.broker,
      codec,
      datasets: [{ ...ticks, partitions: run.partitions }],
      ends: [...(store ? [lakeSide(store)] : []), ...(warehouse ? [warehouseSide(warehouse)] : [])],
    })
  );
  assertEquals(proof.partitions.flatMap(({ differences }) => differences), [], "reconcile");
  assert(proof.proven, "reconcile did not prove it");
}

/** The log holds each produced message exactly once, those of a key in order. */
function checkLog(run: Run, log: readonly LogRecord[]): void {
  const seen = new Set<string>();
  const trades = new Map<string, number>();
  for (const { bytes, partition, offset } of log) {
    const text = latin1(bytes);
    const message = run.produced.get(text);
    assert(message, `log ${partition}/${offset} was never produced: ${text.slice(0, 200)}`);
    assert(!seen.has(text), `log ${partition}/${offset} is there twice: ${text.slice(0, 200)}`);
    seen.add(text);
    if (!message.trade) continue;
    assertEquals(message.trade, (trades.get(message.key) ?? 0) + 1, `order of ${message.key}`);
    trades.set(message.key, message.trade);
  }
  assertEquals(seen.size, run.produced.size, "records in the log");
}

/** The lake's store, which another run may have just killed. */
export function openStore(place: StorePlace): Promise<S3Store> {
  return patiently(() => S3Store.open(place));
}

/** The rows of the lake's objects, by position. */
export function lakeRows(run: Run, store: ObjectStore): Promise<string[]> {
  return patiently(() => readLake(run, store));
}

async function readLake(run: Run, store: ObjectStore): Promise<string[]> {
  await using file = await DuckDbFile.open(":memory:", { memoryLimit: "64MiB", threads: 1 });
  await using session = await file.session();
  const folder = Deno.makeTempDirSync({ dir: run.folder.path });
  const paths: string[] = [];
  for await (const key of store.list(`${ticks.topic}/date=`)) {
    const path = join(folder, `${paths.length}.parquet`);
    await store.download(key, path);
    paths.push(`'${path}'`);
  }
  if (paths.length === 0) return [];
  const { rows } = await session.query(
    `SELECT _partition, _offset, symbol, trade_id FROM read_parquet([${paths.join(", ")}])
     ORDER BY ALL`,
  );
  return rows.map(toText);
}

/** The rows of the warehouse, by position. */
export async function warehouseRows(warehouse: DuckDbWarehouse): Promise<string[]> {
  const { rows } = await warehouse.query(
    "SELECT _partition, _offset, symbol, trade_id FROM bronze.ticks ORDER BY ALL",
  );
  return rows.map(toText);
}

function toText([partition, offset, symbol, trade]: readonly unknown[]): string {
  return rowText({ partition: Number(partition), offset: Number(offset) }, String(symbol), trade);
}

function rowText(at: { partition: number; offset: number }, key: string, trade: unknown): string {
  return `${at.partition}/${at.offset} ${key} ${trade}`;
}

/** A short account of what differs, instead of hundreds of rows. */
function assertRows(side: string, found: readonly string[], expected: readonly string[]): void {
  const twice = found.filter((row, i) => found[i - 1] === row);
  const there = new Set(found);
  const wanted = new Set(expected);
  const missing = expected.filter((row) => !there.has(row));
  const extra = found.filter((row) => !wanted.has(row));
  assertEquals(
    { missing: missing.slice(0, 5), extra: extra.slice(0, 5), twice: twice.slice(0, 5) },
    { missing: [], extra: [], twice: [] },
    `${side}: ${found.length} rows of ${expected.length}; ${missing.length} are missing, ` +
      `${extra.length} are not expected, ${twice.length} are there twice`,
  );
  assertEquals(found, expected, `${side}: order`);
}

/** The dead letters of each sink are exactly the bad messages, byte for byte. */
async function checkDeadLetters(
  run: Run,
  log: readonly LogRecord[],
  bad: readonly string[],
  sinks: readonly string[],
): Promise<void> {
  const payloads = new Map(log.map((r) => [`${r.partition}/${r.offset}`, latin1(r.bytes)]));
  const letters = await patiently(() => readLetters(run));
  const found = new Map(sinks.map((sink) => [sink, new Set<string>()]));
  for (const { headers, value } of letters) {
    const { partition, offset, sink = "", reason } = DEAD_LETTER_HEADERS;
    const at = `${headers[partition]}/${headers[offset]}`;
    assertEquals(value && latin1(value), payloads.get(at), `payload of the dead letter ${at}`);
    assert(headers[reason], `the dead letter ${at} has no reason`);
    found.get(headers[sink] ?? "")?.add(at);
  }
  for (const [sink, offsets] of found) {
    assertEquals([...offsets].sort(), [...bad].sort(), `dead letters of ${sink}`);
  }
}

async function readLetters(run: Run): Promise<KeptLetter[]> {
  const topic = deadLetterTopic(ticks.topic);
  const batches: RecordBatch[] = [];
  for (let { earliest: at } = await run.broker.offsets(topic, 0);;) {
    const batch = await run.broker.read(topic, 0, at, 10_000);
    if (!batch) return lettersOf(batches);
    batches.push(batch);
    at = batch.nextOffset;
  }
}
