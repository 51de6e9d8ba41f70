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

/** Sendings that are kept. */
const SENT_MAX = 5_000_000;

/** All sendings of the socket. */
export class Sends {
  readonly #clock: Clock;
  readonly #sent = new Map<string, Map<number, Sending[]>>();
  readonly lies: Lie[] = [];
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes one, by the instrument's name here. */
  note(symbol: string, trade: Happened, connection: number, lie: boolean): void {
    const at = this.#clock.now();
    const { timeMs, price, size, twin } = trade;
    if (lie) return void this.lies.push({ symbol, timeMs, price, size, at });
    if (++this.#count > SENT_MAX) {
      this.#sent.clear();
      this.#count = 1;
    }
    const trades = this.#sent.get(symbol) ?? new Map<number, Sending[]>();
    this.#sent.set(symbol, trades);
    const key = timeMs * 2 + twin;
    const sendings = trades.get(key) ?? [];
    trades.set(key, sendings);
    sendings.push({ at, connection });
  }

  /** The sendings of a trade. */
  of(symbol: string, { timeMs, twin }: Happened): readonly Sending[] {
    return this.#sent.get(symbol)?.get(timeMs * 2 + twin) ?? [];
  }
}
