/** `demo` and `stream`: a run, watched on the terminal. @module */
import { note, number, print, printJson, status } from "../console.ts";
import type { House } from "../house/house.ts";
import { isRefusal, readLines, refusalOf } from "../house/read_report.ts";
import { ENDS } from "../house/registry.ts";
import type { Run, RunProgress } from "../house/run.ts";
import type { RunReport } from "../house/run_report.ts";
import type { StreamOptions } from "../house/feeds.ts";
import { Interrupt } from "./interrupt.ts";

/** What the command line adds to the options of a run. */
export interface StreamFlags {
  readonly json: boolean;
  /** Whether the status line is shown from the start, or only when nothing more is read. */
  readonly quiet?: boolean;
}

/** Streams until Ctrl-C, prints what was done and proves it. Exit status 1 if not proven. */
export async function runStream(
  house: House,
  options: StreamOptions,
  { json, quiet = false }: StreamFlags,
): Promise<number> {
  using interrupt = new Interrupt();
  const run = house.stream({ ...options, signal: interrupt.signal });
  await run.started;
  if (run.url) note(`dashboard  ${run.url}`);
  await watch(run, quiet);
  const report = await run.report;
  if (json) printJson(asJson(report));
  else print(String(report));
  return report.proven ? 0 : 1;
}

/** Streams into the log only, until Ctrl-C, the end of the feed or of its seconds. */
export async function runIntoLog(
  house: House,
  { seconds, ...options }: StreamOptions,
  { json }: StreamFlags,
): Promise<number> {
  using interrupt = new Interrupt();
  const timer = seconds && setTimeout(() => interrupt.stop(), seconds * 1000);
  const report = await house.streamIntoLog({
    ...options,
    signal: interrupt.signal,
    onProgress: (now) => status.show(`read ${number(now.accepted)}`),
  });
  if (timer) clearTimeout(timer);
  status.clear();
  if (json) printJson(report);
  else print([...readLines(report), ...refusalOf(report)].join("\n"));
  return isRefusal(report) ? 1 : 0;
}

/** Each end by its name, null where it had no part. */
function asJson({ read, ends, ...rest }: RunReport): Record<string, unknown> {
  const none = ENDS.map(({ name }) => [name, null]);
  const taken = ends.map(({ name, spoken: _, took: __, ...counts }) => [name, counts]);
  return { read, ...Object.fromEntries([...none, ...taken]), ...rest };
}

/** Shows how far it is, until it has ended. */
async function watch(run: Run, quiet: boolean): Promise<void> {
  const last = () =>
    run.query(
      `SELECT symbol, price::DOUBLE FROM bronze.ticks
       WHERE _ingest_time >= now()::TIMESTAMP - INTERVAL 10 SECONDS
       ORDER BY event_time DESC LIMIT 1`,
    );
  for await (const now of run.progress()) {
    if (!run.running) break;
    if (quiet && now.ending === null) continue;
    // What ails the warehouse ends the run, which says so.
    const found = now.ending === null ? await last().catch(() => undefined) : undefined;
    const [symbol, price] = found?.rows[0] ?? [];
    const price_ = symbol === undefined ? [] : [`${symbol} ${Number(price).toFixed(2)}`];
    if (run.running) status.show(describe(now, price_));
  }
  status.clear();
}

/** One line: what flows, and the last price that came; at the end, what is left to do. */
function describe(now: RunProgress, price: readonly string[]): string {
  const stalled = [
    ...(now.stalled === null ? [] : [`STALLED: ${now.stalled}`]),
    ...(now.failing === null ? [] : [`FAILED: ${now.failing}`]),
  ];
  if (now.ending !== null) return [now.ending, ...stalled].join("   ");
  return [
    `${now.what} ${number(now.records)}`,
    `${number(now.ratePerSecond, 1)}/s`,
    `lag ${number(now.lag)}`,
    ...(now.latencyMsP50 === null ? [] : [`latency ${number(now.latencyMsP50)} ms`]),
    ...price,
    ...stalled,
  ].join("   ");
}
