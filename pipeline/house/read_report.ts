/** What is said of a feed that was read. @module */
import type { Broker } from "../broker/broker.ts";
import { number } from "../console.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { countLetters } from "../dead/letters.ts";
import type { IngestReport } from "../stream/ingest.ts";

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

/** Whether all that came was refused. */
export function isRefusal({ accepted, refused }: IngestReport): boolean {
  return accepted === 0 && refused > 0;
}

/** The same in words, as a line; nothing if something was accepted. */
export function refusalOf(report: IngestReport): string[] {
  if (!isRefusal(report)) return [];
  return [`failed     nothing was accepted: all ${number(report.refused)} records were refused`];
}

/** How much was read; of what was refused the count, the first reasons, and what to do. */
export function readLines(
  { accepted, refused, skipped = 0, reasons = [], readBefore, refusedBefore = 0 }: IngestReport,
): string[] {
  if (readBefore) {
    const earlier = `refused    ${number(refusedBefore)} of it when it was read: ${HINT}`;
    const nothing = "read       nothing new: all of it was read before";
    return [nothing, ...(refusedBefore > 0 ? [earlier] : [])];
  }
  const read = `read       ${number(accepted)} records, ${number(refused)} refused` +
    (skipped > 0 ? `, ${number(skipped)} messages skipped as declared` : "");
  if (refused === 0) return [read];
  const more = refused - reasons.length;
  return [
    read,
    `refused    ${number(refused)}, kept with their reasons: ${HINT}`,
    ...reasons.map(({ at, reason }) => `           ${at}: ${reason}`),
    ...(more > 0 ? [`           and ${number(more)} more`] : []),
  ];
}
