/** Trades that came in the last minutes, so that what is sent again is left out. @module */

/** How a trade stands to those that came. */
export type Standing =
  | "new"
  /** The same came already. */
  | "known"
  /** One of the same time, size and conditions came with another price. */
  | "other_price";

/**
 * The trades of the last minutes, in two halves: the older one is forgotten when the newer is full.
 */
export class Recent {
  readonly #spanMs: number;
  readonly #most: number;
  /** By symbol and all but the price: the price, or prices. */
  #newer = new Map<string, string | string[]>();
  #older = new Map<string, string | string[]>();
  #since = -Infinity;

  /** At least `spanMs` are remembered, but of no more than twice `most` trades. */
  constructor(spanMs: number, most: number) {
    this.#spanMs = spanMs;
    this.#most = most;
  }

  /** How the trade stands to those that came. */
  standing(symbol: string, rest: string, price: string): Standing {
    const key = `${symbol} ${rest}`;
    const [newer, older] = [this.#newer.get(key), this.#older.get(key)];
    if (newer === undefined && older === undefined) return "new";
    return has(newer, price) || has(older, price) ? "known" : "other_price";
  }

  /** Remembers the trade. */
  add(symbol: string, rest: string, price: string, nowMs: number): void {
    if (nowMs - this.#since > this.#spanMs || this.#newer.size >= this.#most) {
      this.#older = this.#newer;
      this.#newer = new Map();
      this.#since = nowMs;
    }
    const key = `${symbol} ${rest}`;
    const there = this.#newer.get(key);
    if (there === undefined) this.#newer.set(key, price);
    else if (!has(there, price)) this.#newer.set(key, [...pricesOf(there), price]);
  }

  /** The prices of what came with the same time, size and conditions. */
  prices(symbol: string, rest: string): string[] {
    const key = `${symbol} ${rest}`;
    return [...pricesOf(this.#newer.get(key)), ...pricesOf(this.#older.get(key))];
  }
}

function has(there: string | string[] | undefined, price: string): boolean {
  return there === price || Array.isArray(there) && there.includes(price);
}

function pricesOf(there: string | string[] | undefined): readonly string[] {
  return there === undefined ? [] : typeof there === "string" ? [there] : there;
}
