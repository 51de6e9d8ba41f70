/** What is said of a feed that was read. @module */
import { number } from "../console.ts";
import type { IngestReport } from "../stream/ingest.ts";

/** Shows what was refused. */
export const HINT = "`deno task dead` shows them";

/** Whether all that came was refused. */
export function isRefusal({ accepted, refused }: IngestReport): boolean {
  return accepted === 0 && refused > 0;
}

/** How much was read; of what was refused the count, the first reasons, and what to do. */
export function readLines({ accepted, refused, reasons = [], readBefore }: IngestReport): string[] {
  if (readBefore) return ["read       nothing new: all of it was read before"];
  const read = `read       ${number(accepted)} records, ${number(refused)} refused`;
  if (refused === 0) return [read];
  const more = refused - reasons.length;
  return [
    read,
    `refused    ${number(refused)}, kept with their reasons: ${HINT}`,
    ...reasons.map(({ at, reason }) => `           ${at}: ${reason}`),
    ...(more > 0 ? [`           and ${number(more)} more`] : []),
  ];
}
