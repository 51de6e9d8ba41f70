/** `demo`, `stream` and `ingest`: the journey on the command line. @module */
import type { Config } from "../config/config.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { TickhouseError } from "../errors.ts";
import { serveDashboard } from "../dashboard/server.ts";
import type { LiveStatus } from "../dashboard/status.ts";
import type { Source } from "../source/source.ts";
import type { IngestProgress } from "../stream/ingest.ts";
import type { Warehouse } from "../warehouse/warehouse.ts";
import type { SqlSession } from "../sql/session.ts";
import { openBroker, openDatasets, openSimulator, openStore, openWarehouse } from "./adapters.ts";
import { note, number, print, printJson, status } from "./console.ts";
import { Interrupt } from "./interrupt.ts";
import { Journey, type JourneyReport } from "./journey.ts";
import { modelsLeft, openModels } from "./models.ts";
import { beginning, prove } from "./proof.ts";
import { openSnowflake } from "../ends/snowflake.ts";
import { describeRun, isProven } from "./stream_report.ts";

/** What the verbs of this file may be told. */
export interface StreamFlags {
  /** Serve the dashboard. */
  readonly dashboard: boolean;
  /** Build the models while streaming. */
  readonly models: boolean;
  /** End after this many seconds. */
  readonly seconds?: number | undefined;
  /** End when the source is exhausted. */
  readonly untilExhausted?: boolean;
  /** Port given on the command line: it must be free. */
  readonly port?: number | undefined;
  readonly json: boolean;
  /** Told of each batch; default: nobody. */
  readonly onIngest?: (progress: IngestProgress) => void;
  /** Told when nothing more is read: only then the status line is shown, if `onIngest` is given. */
  readonly onDrain?: () => void;
}

/** Milliseconds to close what is open after a sink has stalled. */
const CLOSING_MS = 10_000;
/** Milliseconds between status lines. */
const STATUS_MS = 500;

/** Runs the journey until Ctrl-C, prints what was done and proves it. Exit status 1 if not proven. */
export async function runStream(
  config: Config,
  source: Source | undefined,
  flags: StreamFlags,
): Promise<number> {
  using interrupt = new Interrupt();
  checkFlags(config, flags);
  await using broker = await openBroker(config);
  await using warehouse = config.sinks.includes("warehouse")
    ? await openWarehouse(config, broker, "stream")
    : null;
  await using store = config.sinks.includes("lake") ? await openStore(config) : null;
  await using snowflake = config.sinks.includes("snowflake")
    ? await openSnowflake(config, broker)
    : null;
  const models = flags.models && warehouse ? await openModels(warehouse) : null;
  const datasets = openDatasets(config);
  checkSource(config, source, datasets);
  const ends = {
    store: store ?? undefined,
    warehouse: warehouse ?? undefined,
    snowflake: snowflake ?? undefined,
  };
  const from = await beginning(broker, datasets, ends);
  const journey = new Journey({
    config,
    broker,
    datasets,
    signal: interrupt.signal,
    ...(warehouse ? { warehouse } : {}),
    ...(store ? { store } : {}),
    ...(snowflake ? { snowflake } : {}),
    ...(source ? { source } : {}),
    ...(models && warehouse ? { models, modelsLeft: () => modelsLeft(warehouse) } : {}),
    ...(flags.untilExhausted ? { untilExhausted: true } : {}),
    ...(flags.onIngest ? { onIngest: flags.onIngest } : {}),
    ...(flags.onDrain ? { onDrain: flags.onDrain } : {}),
  });
  const timer = flags.seconds && setTimeout(() => interrupt.stop(), flags.seconds * 1000);
  let report: JourneyReport;
  try {
    report = await watched(journey, config, source, warehouse, flags);
  } catch (error) {
    if (error instanceof TickhouseError && error.code === "SINK_STALLED") endSoon(error);
    throw error;
  } finally {
    if (timer) clearTimeout(timer);
  }
  const proof = await prove(config, broker, datasets, ends, from);
  const { deliveries } = broker;
  const proven = isProven(report, proof);
  if (flags.json) printJson({ ...report, ...(deliveries ? { deliveries } : {}), proof, proven });
  else print(describeRun(report, proof, deliveries));
  return proven ? 0 : 1;
}

/** A write that hangs can't be closed either. Ending in the midst of it is what a kill does. */
function endSoon(error: TickhouseError): void {
  const end = () => {
    note(`error ${error.code}: ${error.message}`);
    Deno.exit(2);
  };
  Deno.unrefTimer(setTimeout(end, CLOSING_MS));
}

function checkFlags(config: Config, flags: StreamFlags): void {
  if (!flags.dashboard || config.sinks.includes("warehouse")) return;
  throw new TickhouseError("OPTION_INVALID", "the page shows what the warehouse holds", {
    field: "--dashboard",
    mend: "leave it out, or let TICKHOUSE_SINKS name the warehouse",
  });
}

function checkSource(
  { route }: Config,
  source: Source | undefined,
  datasets: readonly Dataset[],
): void {
  if (!source || datasets.some(({ name }) => name === source.dataset.name)) return;
  throw new TickhouseError("OPTION_INVALID", `the route ${route} does not carry it`, {
    field: "dataset",
    value: source.dataset.name,
    mend: `feed it ${datasets.map(({ name }) => name).join(", ")}, or leave the route out`,
  });
}

/** Runs the journey; meanwhile the page is served and the status line shown. */
async function watched(
  journey: Journey,
  config: Config,
  source: Source | undefined,
  warehouse: Warehouse | null,
  flags: StreamFlags,
): Promise<JourneyReport> {
  const startedAt = Date.now();
  const closing = new AbortController();
  const query = warehouse && queryOf(warehouse);
  const port = flags.port ?? config.port;
  const dashboard = flags.dashboard && query
    ? await serveDashboard({
      query,
      status: () => liveStatus(journey, source, startedAt),
      signal: closing.signal,
      ...(port === undefined ? {} : { port }),
    })
    : undefined;
  if (dashboard) note(`dashboard  ${dashboard.url}`);
  // What ails the warehouse ends the journey, which says so: here it only ends the status line.
  let showing = Promise.resolve();
  const showNext = () => {
    if (flags.onIngest && journey.ending === null) return;
    showing = showing.then(() => showStatus(journey, source, query))
      .catch(() => clearInterval(ticker));
  };
  const ticker = setInterval(showNext, STATUS_MS);
  try {
    return await journey.run();
  } finally {
    clearInterval(ticker);
    // A connection must not be closed under a query.
    await showing;
    status.clear();
    closing.abort();
    await dashboard?.finished;
  }
}

/** Beside what is written, and in a session of its own each time: see `DuckDbFile.renew`. */
function queryOf(warehouse: Warehouse): SqlSession["query"] {
  return async (sql, binds) => {
    await using session = await warehouse.session();
    return await session.query(sql, binds);
  };
}

/** The simulator on the journey. */
export function runSimulator(
  config: Config,
  flags: StreamFlags & { readonly limit?: number | undefined },
): Promise<number> {
  return runStream(config, openSimulator(config, flags.limit), {
    ...flags,
    untilExhausted: flags.limit !== undefined,
  });
}

function liveStatus(journey: Journey, source: Source | undefined, startedAt: number): LiveStatus {
  const { records, ...rest } = journey.meter.read();
  return {
    ticks: records,
    ...rest,
    lagRecords: journey.lag,
    startedAt,
    source: source?.name ?? null,
    stalled: journey.stalled,
  };
}

/** One line: what flows, and the last price that came; at the end, what is left to do. */
async function showStatus(
  journey: Journey,
  source: Source | undefined,
  query: SqlSession["query"] | null,
): Promise<void> {
  const { ending, stalled } = journey;
  if (ending !== null) return status.show([ending, ...shownStall(stalled)].join("   "));
  const { records, ratePerSecond, latencyMsP50 } = journey.meter.read();
  const last = await query?.(
    `SELECT symbol, price::DOUBLE FROM bronze.ticks
     WHERE _ingest_time >= now()::TIMESTAMP - INTERVAL 10 SECONDS
     ORDER BY event_time DESC LIMIT 1`,
  );
  const [symbol, price] = last?.rows[0] ?? [];
  const parts = [
    `${source?.dataset.name ?? "records"} ${number(records)}`,
    `${number(ratePerSecond, 1)}/s`,
    `lag ${number(journey.lag)}`,
    ...(latencyMsP50 === null ? [] : [`latency ${number(latencyMsP50)} ms`]),
    ...(symbol === undefined ? [] : [`${symbol} ${Number(price).toFixed(2)}`]),
    ...shownStall(stalled),
  ];
  status.show(parts.join("   "));
}

function shownStall(stalled: string | null): string[] {
  return stalled === null ? [] : [`STALLED: ${stalled}`];
}
