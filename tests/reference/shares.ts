/** Shares after a split for those before it. @module */
import { decimal, ONE, quotient } from "./decimal.ts";

/** So many shares after a split for so many before it. */
export interface Shares {
  readonly after: bigint;
  readonly before: bigint;
}

/** The greatest number in a fraction that a table's decimals stand for. */
const GREATEST = 30;

/** Of a table's amount, of 8 decimals: 1.33333333 is 4 for 3, and 0.02 is 1 for 50. */
export function sharesOf(amount: string): Shares {
  const told = decimal(amount);
  const numbers = Array.from({ length: GREATEST }, (_, i) => BigInt(i + 1));
  for (const before of numbers) {
    for (const after of numbers) {
      if (quotient(after, before, 8) === told) return { after, before };
    }
  }
  const before = quotient(ONE, told, 0) / ONE;
  if (quotient(1n, before, 8) === told) return { after: 1n, before };
  return { after: told, before: ONE };
}
