/** `demo`, `stream` and `ingest`: the journey on the command line. @module */
import type { Config } from "../config.ts";
import { DATASETS } from "../datasets/datasets.ts";
import { serveDashboard } from "../dashboard/server.ts";
import type { LiveStatus } from "../dashboard/status.ts";
import type { Source } from "../source/source.ts";
import type { IngestProgress } from "../stream/ingest.ts";
import type { Bind, SqlSession } from "../warehouse/warehouse.ts";
import { openBroker, openSimulator, openStore, openWarehouse } from "./adapters.ts";
import { note, number, print, printJson, status } from "./console.ts";
import { Interrupt } from "./interrupt.ts";
import { Journey, type JourneyReport } from "./journey.ts";
import { openModels } from "./models.ts";
import { beginning, prove, records, showProof } from "./proof.ts";

/** What the verbs of this file may be told. */
export interface StreamFlags {
  /** Serve the dashboard. */
  readonly dashboard: boolean;
  /** Build the models while streaming. */
  readonly models: boolean;
  /** End after this many seconds. */
  readonly seconds?: number;
  /** End when the source is exhausted. */
  readonly untilExhausted?: boolean;
  /** Port given on the command line: it must be free. */
  readonly port?: number;
  readonly json: boolean;
  /** Told of each batch; default: nobody. */
  readonly onIngest?: (progress: IngestProgress) => void;
}

/** Milliseconds between status lines. */
const STATUS_MS = 500;

/** Runs the journey until Ctrl-C, prints what was done and proves it. Exit status 1 if not proven. */
export async function runStream(
  config: Config,
  source: Source | undefined,
  flags: StreamFlags,
): Promise<number> {
  using interrupt = new Interrupt();
  await using broker = openBroker(config);
  await using warehouse = await openWarehouse(config, broker, "stream");
  await using models = flags.models ? await openModels(warehouse) : null;
  const store = openStore(config);
  const from = await beginning(broker, store, warehouse);
  const startedAt = Date.now();
  const journey = new Journey({
    config,
    broker,
    warehouse,
    store,
    datasets: DATASETS,
    signal: interrupt.signal,
    ...(source ? { source } : {}),
    ...(models ? { models } : {}),
    ...(flags.untilExhausted ? { untilExhausted: true } : {}),
    ...(flags.onIngest ? { onIngest: flags.onIngest } : {}),
  });
  const closing = new AbortController();
  await using session = await warehouse.session();
  const query = (sql: string, binds?: readonly Bind[]) => session.query(sql, binds);
  const port = flags.port ?? config.port;
  const dashboard = flags.dashboard
    ? await serveDashboard({
      query,
      status: () => liveStatus(journey, source, startedAt),
      signal: closing.signal,
      ...(port === undefined ? {} : { port }),
    })
    : undefined;
  if (dashboard) note(`dashboard  ${dashboard.url}`);
  const timer = flags.seconds && setTimeout(() => interrupt.stop(), flags.seconds * 1000);
  await using watch = await warehouse.session();
  // What ails the warehouse ends the journey, which says so: here it only ends the status line.
  const showNext = () => showStatus(journey, watch).catch(() => clearInterval(ticker));
  const ticker = flags.onIngest ? undefined : setInterval(showNext, STATUS_MS);
  let report: JourneyReport;
  try {
    report = await journey.run();
  } finally {
    clearInterval(ticker);
    if (timer) clearTimeout(timer);
    status.clear();
    closing.abort();
    await dashboard?.finished;
  }
  const proof = await prove(config, broker, (sql, binds) => warehouse.query(sql, binds), [], from);
  if (flags.json) printJson({ ...report, proof });
  else {
    print(
      `read       ${number(report.read.accepted)} records, ${number(report.read.refused)} refused`,
    );
    print(`stored     ${number(report.lake.rows)} rows in the lake`);
    print(`loaded     ${number(report.warehouse.rows)} rows into the warehouse`);
    const dead = report.warehouse.dead;
    if (dead > 0) print(`dead       ${number(dead)} records, kept with their reasons`);
    print(
      proof.proven
        ? `proven     ${number(records(proof))} records of this run, each exactly once in both`
        : showProof(proof),
    );
  }
  return proof.proven ? 0 : 1;
}

/** The simulator on the journey. */
export function runSimulator(
  config: Config,
  flags: StreamFlags & { limit?: number },
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
  };
}

/** One line: what flows, and the last price that came. */
async function showStatus(journey: Journey, session: SqlSession): Promise<void> {
  const { records, ratePerSecond, latencyMsP50 } = journey.meter.read();
  const last = await session.query(
    `SELECT symbol, price::DOUBLE FROM bronze.ticks
     WHERE _ingest_time >= now()::TIMESTAMP - INTERVAL 10 SECONDS
     ORDER BY event_time DESC LIMIT 1`,
  );
  const [symbol, price] = last.rows[0] ?? [];
  const parts = [
    `ticks ${number(records)}`,
    `${number(ratePerSecond, 1)}/s`,
    `lag ${number(journey.lag)}`,
    ...(latencyMsP50 === null ? [] : [`latency ${number(latencyMsP50)} ms`]),
    ...(symbol === undefined ? [] : [`${symbol} ${Number(price).toFixed(2)}`]),
  ];
  status.show(parts.join("   "));
}
