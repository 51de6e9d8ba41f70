/**
 * What was sent, when and how often: the truth that tests compare with.
 * @module
 */
import type { Clock } from "tickhouse/clock.ts";
import type { Happened } from "../world/world.ts";

/** One sending of a trade. */
export interface Sending {
  /** Milliseconds since 1970, by the feeds' clock. */
  readonly at: number;
  /** Number of the connection. */
  readonly connection: number;
}

/** A trade that was sent though it never happened: another price in place of the true one. */
export interface Lie {
  readonly symbol: string;
  readonly timeMs: number;
  /** In the instrument's smallest units. */
  readonly price: number;
  readonly size: number;
  readonly at: number;
}

/** Trades whose sendings are kept: the latest. */
const TRADES_MAX = 2_000_000;

/** All sendings of the socket. */
export class Sends {
  readonly #clock: Clock;
  /** Time and connection of each sending, one behind the other, by symbol and trade. */
  readonly #sent = new Map<string, Map<number, number[]>>();
  readonly lies: Lie[] = [];
  #trades = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes one, by the instrument's name here. */
  note(symbol: string, trade: Happened, connection: number, lie: boolean): void {
    const at = this.#clock.now();
    const { timeMs, price, size, twin } = trade;
    if (lie) return void this.lies.push({ symbol, timeMs, price, size, at });
    const trades = this.#sent.get(symbol) ?? new Map<number, number[]>();
    this.#sent.set(symbol, trades);
    const key = timeMs * 2 + twin;
    const known = trades.get(key);
    if (known) return void known.push(at, connection);
    trades.set(key, [at, connection]);
    if (++this.#trades <= TRADES_MAX) return;
    const [oldest] = trades.keys();
    if (oldest !== undefined && trades.delete(oldest)) this.#trades--;
  }

  /** The sendings of a trade. */
  of(symbol: string, { timeMs, twin }: Happened): Sending[] {
    const flat = this.#sent.get(symbol)?.get(timeMs * 2 + twin) ?? [];
    return Array.from({ length: flat.length / 2 }, (_, i) => (
      { at: flat[2 * i] ?? 0, connection: flat[2 * i + 1] ?? 0 }
    ));
  }
}
