/** The digits of a number: what of them a column can hold. @module */

/** A JSON number as the message writes it: a double would hold about 16 of its digits. */
export class Numeral {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  toString(): string {
    return this.source;
  }

  /** As a double, for where it is only shown. */
  toJSON(): number {
    return Number(this.source);
  }
}

/** As DuckDB reads numbers from text, blanks around them aside, so that both say the same. */
const NUMERAL = /^([+-]?)(\d+(?:_\d+)*)?(?:\.(\d+(?:_\d+)*)?)?(?:[eE]([+-]?\d{1,4}))?$/;
/** No column has as many. */
const DIGITS_MAX = 400;
/** What doubles add to a number is this much smaller: 0.1 + 0.2 is 0.30000000000000004. */
export const NOISE = 10n ** 15n;

/** Whether the text is a number, of whatever size. */
export function isNumeral(text: string): boolean {
  return partsOf(text) !== undefined;
}

/**
 * A number times 10^scale as a whole number; undefined if it has more decimals than `scale`, zeros
 * at the end aside, or if the text is no number. With `smaller`, it is rounded if that changes it by
 * so many times less than it is; JSON numbers by `NOISE`, since such digits come of doubles.
 */
export function unscaledOf(text: string, scale: number, smaller = 0n): bigint | undefined {
  const parts = partsOf(text);
  if (!parts || parts.digits.length > DIGITS_MAX) return undefined;
  const { sign, digits, exponent } = parts;
  const magnitude = BigInt(digits);
  if (magnitude === 0n) return 0n;
  const shift = scale + exponent;
  if (Math.abs(shift) > 2 * DIGITS_MAX) return undefined;
  if (shift >= 0) return sign * magnitude * 10n ** BigInt(shift);
  const unit = 10n ** BigInt(-shift);
  const nearest = (magnitude + unit / 2n) / unit;
  const beyond = magnitude - nearest * unit;
  if (beyond === 0n) return sign * nearest;
  const small = (beyond < 0n ? -beyond : beyond) * smaller <= magnitude;
  return smaller > 0n && small ? sign * nearest : undefined;
}

/** Digits that a double surely keeps. */
const DOUBLE_DIGITS = 15;
/** Decimals that are meant wherever they are written, however many digits stand before them. */
const MEANT_DECIMALS = 8;

/** A plain decimal as JSON: a number, or, where a double would not keep all its digits, a text. */
export function jsonDecimal(text: string): string {
  // Few characters can't be many digits, and most numbers are short.
  if (text.length <= DOUBLE_DIGITS) return text;
  const digits = text.replace(/^-?0*\.?0*/, "").replace(".", "").length;
  return digits > DOUBLE_DIGITS ? `"${text}"` : text;
}

/**
 * As `unscaledOf` of a JSON number, without what a double added to it: a number of 15 digits that lies
 * so near is what was meant, 0.3 where it is 0.30000000000000004.
 */
export function meantOf(text: string, scale: number): bigint | undefined {
  const short = unscaledOf(text, Math.min(scale, MEANT_DECIMALS));
  if (scale <= MEANT_DECIMALS) return short ?? unscaledOf(text, scale, NOISE);
  if (short !== undefined) return short * 10n ** BigInt(scale - MEANT_DECIMALS);
  const { digits = "", exponent = 0 } = partsOf(text) ?? {};
  const excess = digits.replace(/^0+/, "").length - DOUBLE_DIGITS;
  const decimals = -exponent - Math.max(0, excess);
  if (excess > 0 && decimals >= MEANT_DECIMALS && decimals < scale) {
    const quiet = unscaledOf(text, decimals, NOISE);
    if (quiet !== undefined) return quiet * 10n ** BigInt(scale - decimals);
  }
  return unscaledOf(text, scale) ?? unscaledOf(text, scale, NOISE);
}

/**
 * A time, which is a whole number; undefined if the text is something else. A fraction that a double
 * can't hold beside it, below an eighth of a microsecond, counts as none.
 */
export function wholeOf(text: string): number | undefined {
  const number = isNumeral(text) ? Number(text.replaceAll("_", "")) : NaN;
  return Number.isInteger(number) ? number : undefined;
}

/** A whole number of 10^-scale as decimal text, without zeros at the end. */
export function decimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, "");
  return `${unscaled < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Sign, digits, and the power of ten that they are to be multiplied by. */
function partsOf(text: string) {
  const match = NUMERAL.exec(withoutBlanks(text));
  const [, sign = "", whole = "", fraction = "", power = "0"] = match ?? [];
  const digits = (whole + fraction).replaceAll("_", "");
  if (!match || digits === "") return undefined;
  const exponent = Number(power) - fraction.replaceAll("_", "").length;
  return { sign: sign === "-" ? -1n : 1n, digits, exponent };
}

/** Not by a pattern: one that allows blanks on both sides takes hours for a million of them. */
function withoutBlanks(text: string): string {
  const isBlank = (at: number) => {
    const code = text.charCodeAt(at);
    return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  };
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(from)) from++;
  while (to > from && isBlank(to - 1)) to--;
  return text.slice(from, to);
}

/** `JSON.parse`, with each number as it is written. */
export function parseNumerals(text: string): unknown {
  return JSON.parse(
    text,
    (_key, value, context?: { source?: string }) =>
      typeof value === "number" ? new Numeral(context?.source ?? String(value)) : value,
  );
}
