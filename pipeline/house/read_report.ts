/** What is said of a feed that was read. @module */
import type { Broker } from "../broker/broker.ts";
import { number } from "../console.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { countLetters } from "../dead/letters.ts";
import { seriesLine } from "../history/report.ts";
import type { SeriesReport } from "../source/series.ts";
import type { IngestReport } from "../stream/ingest.ts";

/** Series that a report names one by one. */
const SERIES_SHOWN = 40;
/** Shows what was refused. */
export const HINT = "`deno task dead` shows them";

/** The report; of a feed that was read before, with how much of it was refused then. */
export async function withEarlier(
  broker: Broker,
  dataset: Dataset | undefined,
  source: string,
  report: IngestReport,
): Promise<IngestReport> {
  if (!report.readBefore || !dataset) return report;
  const refusedBefore = await countLetters(broker, dataset, source);
  return refusedBefore > 0 ? { ...report, refusedBefore } : report;
}

/** The report of a stream, which is read until it is stopped. */
export function untilStopped({ interrupted: _, ...report }: IngestReport): IngestReport {
  return report;
}

/** Whether not all was read, all that came was refused, or a provider did not give what was asked. */
export function isRefusal(report: IngestReport): boolean {
  return refusalOf(report).length > 0;
}

/** The same in words, a line each; nothing if there was none of it. */
export function refusalOf(
  { accepted, refused, interrupted, series = [] }: IngestReport,
): string[] {
  const cut = "failed     interrupted before all of it was read: the same command goes on";
  const all = `failed     nothing was accepted: all ${number(refused)} records were refused`;
  // A provider that failed is no failure where another one stood in for it.
  const isWhole = (one: SeriesReport) =>
    series.some((other) =>
      other.symbol === one.symbol && other.interval === one.interval && !other.failure
    );
  const failures = series.flatMap((one) =>
    one.failure && !isWhole(one)
      ? [`failed     ${one.symbol} ${one.interval}: ${one.failure.message}`]
      : []
  );
  return [
    ...interrupted ? [cut] : [],
    ...accepted === 0 && refused > 0 ? [all] : [],
    ...failures,
  ];
}

/** What became of each series, a line each; those that had nothing new together. */
function seriesLines(series: readonly SeriesReport[]): string[] {
  const isSilent = ({ added, revised, cancelled, refused, missing, failure }: SeriesReport) =>
    !failure && added + revised + cancelled + refused + missing === 0;
  const told = series.filter((one) => !isSilent(one));
  const quiet = series.filter((one) => isSilent(one) && one.ended).length;
  const unread = series.filter(({ ended }) => !ended).length;
  const missing = told.reduce((sum, one) => sum + one.missing, 0);
  return [
    ...told.slice(0, SERIES_SHOWN).map((one) => `fetched    ${seriesLine(one)}`),
    ...(told.length > SERIES_SHOWN
      ? [`           and ${number(told.length - SERIES_SHOWN)} more`]
      : []),
    ...(quiet > 0 ? [`fetched    nothing new of ${number(quiet)} series`] : []),
    ...(unread > 0
      ? [`not read   ${number(unread)} of ${number(series.length)} series to their end`]
      : []),
    ...(missing > 0
      ? [`missing    ${number(missing)} bars, with their reasons: \`deno task gaps\``]
      : []),
  ];
}

/** How much was read; of what was refused the count, the first reasons, and what to do. */
export function readLines(
  { series = [], ...report }: IngestReport,
): string[] {
  return [...recordLines(report), ...seriesLines(series)];
}

function recordLines(
  report: IngestReport,
): string[] {
  const { accepted, refused, skipped = 0, reasons = [], readBefore, refusedBefore = 0 } = report;
  const { skippedAs = "messages skipped as declared", beside = {} } = report;
  if (readBefore) {
    const earlier = `refused    ${number(refusedBefore)} of it when it was read: ${HINT}`;
    const nothing = "read       nothing new: all of it was read before";
    return [nothing, ...(refusedBefore > 0 ? [earlier] : [])];
  }
  const others = Object.entries(beside).map(([name, count]) => ` and ${number(count)} ${name}`);
  const read =
    `read       ${number(accepted)} records${others.join("")}, ${number(refused)} refused` +
    (skipped > 0 ? `, ${number(skipped)} ${skippedAs}` : "");
  if (refused === 0) return [read];
  const more = refused - reasons.length;
  return [
    read,
    `refused    ${number(refused)}, kept with their reasons: ${HINT}`,
    ...reasons.map(({ at, reason }) => `           ${at}: ${reason}`),
    ...(more > 0 ? [`           and ${number(more)} more`] : []),
  ];
}
