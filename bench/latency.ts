/** From the creation of a tick until a query on another connection sees it. @module */
import { warehouseOver } from "tickhouse/duckdb/end.ts";
import { streamContextOf } from "tickhouse/house/adapters.ts";
import { Journey } from "tickhouse/house/journey.ts";
import { openModels } from "tickhouse/house/models.ts";
import { lakeOver } from "tickhouse/lake/end.ts";
import type { Environment } from "tickhouse/config/config.ts";
import { DATASETS } from "tickhouse/datasets/datasets.ts";
import { Simulator } from "tickhouse/source/simulator/simulator.ts";
import type { SqlSession } from "tickhouse/sql/session.ts";
import { type Figures, Memory, openRig } from "./rig.ts";

/** Ticks a second. */
export const RATE = 10_000;
/** Seconds before measuring: the first batches compile code and make tables. */
export const WARM_UP_S = 5;

/** The whole journey, models and lake too, at a pace; an observer queries all the while. */
export async function latency(
  seconds: number,
  withModels: boolean,
  variables: Environment = {},
): Promise<Figures> {
  await using rig = await openRig(variables);
  await using observer = await rig.warehouse.session();
  const stop = new AbortController();
  const journey = await paced(rig, withModels, stop.signal);
  const memory = new Memory();
  const run = journey.run();
  await observe(observer, WARM_UP_S);
  const latencies = await observe(observer, seconds);
  stop.abort();
  await run;
  return { rate: latencies.length / seconds, ...quantiles(latencies), ...memory.stop() };
}

/** The whole journey at the pace, over what a rig opened. */
export async function paced(
  { config, broker, warehouse, store }: Awaited<ReturnType<typeof openRig>>,
  withModels: boolean,
  signal: AbortSignal,
): Promise<Journey> {
  const context = (name: string) => streamContextOf(config, DATASETS, broker, name);
  const lake = lakeOver(store, context("lake"));
  const { codec } = context("lake");
  return new Journey({
    ...{ config, broker, codec, signal, onNote: console.error },
    ends: [
      { name: "lake", spoken: "the lake", end: lake },
      { name: "warehouse", spoken: "the warehouse", end: warehouseOver(warehouse) },
    ],
    datasets: DATASETS,
    source: new Simulator({ rate: RATE }),
    ...(withModels ? { models: await openModels(warehouse) } : {}),
  });
}

/** Of some latencies, in milliseconds. */
export function quantiles(latencies: readonly number[]): Figures {
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? NaN;
  return {
    seen: sorted.length,
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    worst: sorted.at(-1) ?? NaN,
  };
}

/**
 * Asks for the rows written since it last asked, again and again; the age of each when its query
 * returned.
 */
export async function observe(session: SqlSession, seconds: number): Promise<number[]> {
  const ages: number[] = [];
  let sinceUs = Date.now() * 1000;
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    const { rows } = await session.query(
      `SELECT epoch_us(event_time), epoch_us(_ingest_time) FROM bronze.ticks
       WHERE _ingest_time > make_timestamp(${sinceUs})`,
    );
    const now = performance.timeOrigin + performance.now();
    for (const [createdUs, writtenUs] of rows) {
      ages.push(now - Number(createdUs) / 1000);
      sinceUs = Math.max(sinceUs, Number(writtenUs));
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return ages;
}
