/** Times in pieces. @module */
import type { Range } from "../metadata/range.ts";

/** The range in pieces of at most `sizeUs` microseconds, in order of time. */
export function windowsOf({ fromUs, toUs }: Range, sizeUs: number): Range[] {
  if (!(toUs - fromUs > sizeUs)) return fromUs < toUs ? [{ fromUs, toUs }] : [];
  return Array.from({ length: Math.ceil((toUs - fromUs) / sizeUs) }, (_, i) => ({
    fromUs: fromUs + i * sizeUs,
    toUs: Math.min(toUs, fromUs + (i + 1) * sizeUs),
  }));
}
