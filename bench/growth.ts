/**
 * What a step of new ticks costs as the tables grow, and a full build: in processor time, since the
 * machine is not quiet.
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import { DuckDbFile } from "tickhouse/duckdb/engine/file.ts";
import { createSchema } from "tickhouse/duckdb/schema.ts";
import { MODELS_FOLDER } from "tickhouse/house/models.ts";
import type { SqlSession } from "tickhouse/sql/session.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { Project, transform } from "tickhouse/transform/transform.ts";
import type { Figures } from "./rig.ts";

/** Memory that DuckDB may take; beyond it, it writes to the disk. */
const MEMORY = "8GiB";
const SYMBOLS = ["AAPL", "AMZN", "AVGO", "BRK.B", "COST", "GOOGL", "HD", "JNJ", "JPM", "KO"]
  .concat(["LLY", "META", "MSFT", "NVDA", "ORCL", "PG", "TSLA", "V", "WMT", "XOM"]);
/** Ticks a second: two a symbol. */
const RATE = 2 * SYMBOLS.length;
/** A session: 14:30 to 20:00 UTC, which is open in New York all the year. */
const [OPEN_S, SESSION_S] = [52_200, 19_800];
const DAY_S = 86_400;
const STEP = 100;
/** Steps before those that are measured. */
const WARM_UP = 3;
const INSERT = 10_000_000;

/** What is measured. */
export interface GrowthOptions {
  /** Ticks before the steps, ascending. */
  readonly sizes: readonly number[];
  /** Steps whose median is taken. */
  readonly steps: number;
  /** Ticks of the full build. */
  readonly full: number;
  /** Another checkout's `models`, beside this one's. */
  readonly models?: string | undefined;
}

/**
 * Processor time of a step of 100 ticks behind so many others, of the same appended alone, and of
 * the full build; milliseconds, under `<own|other>_step_<ticks>`, `…_floor_…`, `…_full` and the wall
 * time `…_full_wall`.
 */
export async function growth(options: GrowthOptions): Promise<Figures> {
  const { sizes, full, models } = options;
  const folders = { own: MODELS_FOLDER, ...(models === undefined ? {} : { other: models }) };
  const found: Figures = { full };
  const largest = sizes.at(-1);
  // Those of the same size stand beside each other, in whatever the machine does besides.
  for (const size of new Set([...sizes, full])) {
    for (const [whose, folder] of Object.entries(folders)) {
      const measured = await grown(folder, size, sizes.includes(size) ? options.steps : 0);
      if (size === full) {
        found[`${whose}_full`] = measured.cpu;
        found[`${whose}_full_wall`] = measured.wall;
      }
      if (!sizes.includes(size)) continue;
      found[`${whose}_step_${size}`] = median(measured.steps);
      found[`${whose}_floor_${size}`] = median(measured.floors);
      show(`${whose}, ${size} ticks`, measured);
    }
  }
  return { ...found, smallest: sizes[0] ?? NaN, largest: largest ?? NaN };
}

interface Measured {
  /** Of the full build, in milliseconds. */
  readonly cpu: number;
  readonly wall: number;
  /** Processor time of each step, of its append alone, and of each model in it. */
  readonly steps: number[];
  readonly floors: number[];
  readonly byModel: Map<string, number[]>;
}

async function grown(models: string, size: number, steps: number): Promise<Measured> {
  using folder = new TempFolder();
  await using file = await DuckDbFile.open(join(folder.path, "models.duckdb"), {
    memoryLimit: MEMORY,
  });
  await using session = await file.session();
  await createSchema(session);
  await session.run(`SET temp_directory = '${join(folder.path, "spill")}'`);
  const rows = size + (WARM_UP + steps) * STEP;
  for (let from = 0; from < size; from += INSERT) {
    await session.run(ticks(from, Math.min(size, from + INSERT), rows));
  }
  await session.run("CHECKPOINT");
  // As the builder beside a stream loads them.
  const project = await Project.load(models, { moved_within_seconds: 3600 });
  const startedAt = performance.now();
  const [, cpu] = await timed(() => transform({ project, session, checks: false }));
  const wall = performance.now() - startedAt;
  const measured: Measured = { cpu, wall, steps: [], floors: [], byModel: new Map() };
  for (let step = 0; steps > 0 && step < WARM_UP + steps; step++) {
    const from = size + step * STEP;
    const one = await measuredStep(project, session, ticks(from, from + STEP, rows, true));
    if (step < WARM_UP) continue;
    measured.floors.push(one.floor);
    measured.steps.push(one.step);
    for (const [name, ms] of one.byModel) {
      measured.byModel.set(name, [...measured.byModel.get(name) ?? [], ms]);
    }
  }
  return measured;
}

async function measuredStep(project: Project, session: SqlSession, insert: string) {
  const [, floor] = await timed(() => session.run(insert));
  const byModel = new Map<string, number>();
  let before = cpuMs();
  const [, step] = await timed(() =>
    transform({
      ...{ project, session, checks: false },
      onModel: ({ name }) => {
        const now = cpuMs();
        byModel.set(name, now - before);
        before = now;
      },
    })
  );
  return { floor, step, byModel };
}

/**
 * Inserts the ticks `from` up to `to` of `rows` in all, of which the last is of yesterday or the
 * weekday before. Of `news`, one in a hundred is sent again by the feed half a minute later, and one
 * comes ten seconds late.
 */
export function ticks(from: number, to: number, rows: number, news = false): string {
  const perDay = RATE * SESSION_S;
  const days = weekdays(Math.ceil(rows / perDay));
  const id = news ? `CASE i % 100 WHEN 7 THEN i - ${30 * RATE} ELSE i END` : "i";
  const slot = news ? `CASE n % 100 WHEN 13 THEN n - ${10 * RATE} ELSE n END` : "n";
  const us = (slot: string) =>
    `([${days.join(",")}]::BIGINT[])[1 + (${slot}) // ${perDay}] * 1000000
      + (${slot}) % ${perDay} * ${1_000_000 / RATE}`;
  return `
INSERT INTO bronze.ticks (_topic, _partition, _offset, _ingest_time, symbol, price, size,
  event_time, source, trade_id)
SELECT 'ticks', i % 4, i // 4, make_timestamp(${us("i")} + 50000),
  ([${SYMBOLS.map((symbol) => `'${symbol}'`).join(",")}])[1 + n % ${SYMBOLS.length}],
  (20000 + n % 997)::DECIMAL(18, 8) / 100, 1 + n % 300, make_timestamp(${us("slot")}),
  'finnhub', n::VARCHAR
FROM (SELECT i, n, greatest(${slot}, 0) AS slot
  FROM (SELECT i, greatest(${id}, 0) AS n FROM range(${from}, ${to}) r(i)))`;
}

/** Seconds since 1970 at which the sessions of the last `count` weekdays before today begin. */
function weekdays(count: number): number[] {
  const found: number[] = [];
  for (let day = Math.floor(Date.now() / 1000 / DAY_S) - 1; found.length < count; day--) {
    const weekday = new Date(day * DAY_S * 1000).getUTCDay();
    if (weekday !== 0 && weekday !== 6) found.unshift(day * DAY_S + OPEN_S);
  }
  return found;
}

/** Processor time of the whole process, DuckDB's threads included, in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const before = cpuMs();
  const result = await work();
  return [result, cpuMs() - before];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** Each model's share of a step, the dearest first, if `TICKHOUSE_BENCH_SHOW` asks for it. */
function show(what: string, { steps, byModel }: Measured): void {
  if (!Deno.env.get("TICKHOUSE_BENCH_SHOW")) return;
  const shares = [...byModel].map(([name, ms]) => [name, median(ms)] as const)
    .toSorted(([, a], [, b]) => b - a);
  console.error(`${what}: a step takes ${median(steps).toFixed(1)} ms of processor`);
  for (const [name, ms] of shares) console.error(`  ${ms.toFixed(1).padStart(8)} ms  ${name}`);
}
