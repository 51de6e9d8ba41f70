/** Exact decimals: whole numbers of units of 10^-18. @module */

/** A number of units of 10^-18. */
export type Decimal = bigint;

const DIGITS = 18;
export const ONE: Decimal = 10n ** BigInt(DIGITS);

/** Of text such as `-12.5`. */
export function decimal(text: string): Decimal {
  const negative = text.startsWith("-");
  const [whole = "", fraction = ""] = text.replace("-", "").split(".");
  if (fraction.length > DIGITS) throw new Error(`${text} has more than ${DIGITS} decimals`);
  const units = BigInt(whole + fraction.padEnd(DIGITS, "0"));
  return negative ? -units : units;
}

/** Without zeros at its end. */
export function textOf(value: Decimal): string {
  const digits = String(value < 0n ? -value : value).padStart(DIGITS + 1, "0");
  const fraction = digits.slice(-DIGITS).replace(/0+$/, "");
  const whole = digits.slice(0, -DIGITS);
  return (value < 0n ? "-" : "") + (fraction === "" ? whole : `${whole}.${fraction}`);
}

/** The product, which must have no more than 18 decimals. */
export function times(a: Decimal, b: Decimal): Decimal {
  const product = a * b;
  if (product % ONE !== 0n) throw new Error("the product has more than 18 decimals");
  return product / ONE;
}

/** The quotient to `decimals` places, halves away from zero. */
export function quotient(a: Decimal, b: Decimal, decimals = DIGITS): Decimal {
  const unit = 10n ** BigInt(DIGITS - decimals);
  const [over, under] = b < 0n ? [-a * ONE, -b] : [a * ONE, b];
  const step = under * unit;
  const rounded = (over * 2n + (over < 0n ? -step : step)) / (step * 2n);
  return rounded * unit;
}

/** The sum. */
export function sum(values: readonly Decimal[]): Decimal {
  return values.reduce((a, b) => a + b, 0n);
}
