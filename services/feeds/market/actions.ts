/**
 * Splits and dividends.
 * @module
 */
import { dayOf, readSeed } from "./calendar.ts";
import type { FeedInstrument } from "./instruments.ts";

/** A split or dividend. */
export interface Action {
  /** First day without it, counted from 1970. */
  readonly day: number;
  readonly kind: "split" | "dividend";
  /** New shares for an old one, or money for a share as it was paid. */
  readonly amount: number;
  /** It was not known beforehand: a test made it happen. */
  readonly made?: boolean;
}

/** The actions of all instruments, in order of their days. */
export class Actions {
  readonly #known = new Map<string, Action[]>();
  readonly #made = new Map<string, Action[]>();

  constructor() {
    for (const { instrument = "", ex_date = "", action, amount } of readSeed(FILE)) {
      const kind = action === "split" ? "split" : "dividend";
      const all = this.#known.get(instrument) ?? [];
      this.#known.set(instrument, [...all, { day: dayOf(ex_date), kind, amount: Number(amount) }]);
    }
  }

  /** All of an instrument. */
  of({ symbol, instrument = symbol }: FeedInstrument): readonly Action[] {
    const all = [...this.#known.get(instrument) ?? [], ...this.#made.get(symbol) ?? []];
    return all.sort((a, b) => a.day - b.day);
  }

  /** Makes one happen. */
  add({ symbol }: FeedInstrument, action: Action): void {
    this.#made.set(symbol, [...this.#made.get(symbol) ?? [], { ...action, made: true }]);
  }
}

const FILE = "ref_corporate_actions.csv";

/** How many shares of after `untilDay` one of `day` became: what prices are divided by. */
export function splitFactor(actions: readonly Action[], day: number, untilDay: number): number {
  return actions.reduce(
    (factor, one) =>
      one.kind === "split" && one.day > day && one.day <= untilDay ? factor * one.amount : factor,
    1,
  );
}
