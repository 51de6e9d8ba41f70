/** Identities of trades whose feed gives none, or gives the same again each day. @module */
import { dayOf, midnightOf } from "./time.ts";

/** Trades of one generation that are remembered, to count those that are equal. */
const REMEMBERED_MAX = 1_000_000;

/**
 * Names a trade by time, price, size and its place among those that are equal: so a longer export of
 * the same day, or a copy, names the same trades alike.
 */
export class TradeIds {
  readonly #max: number;
  #recent = new Map<string, number>();
  #before = new Map<string, number>();

  constructor(max = REMEMBERED_MAX) {
    this.#max = max;
  }

  /** The next trade's. Time in microseconds, price and size as they are stored. */
  next(symbol: string, us: number, price: string, size: string): string {
    const trade = `${us}:${price}:${size}`;
    const key = `${symbol} ${trade}`;
    const place = (this.#recent.get(key) ?? this.#before.get(key) ?? 0) + 1;
    if (this.#recent.size >= this.#max) {
      this.#before = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, place);
    return place === 1 ? trade : `${trade}#${place}`;
  }
}

/** A number that a feed may give again the next day, with its day in UTC; other ids as they are. */
export function datedId(id: string, us: number): string {
  return /^\d+$/.test(id) ? `${dayOf(midnightOf(us))}/${id}` : id;
}
