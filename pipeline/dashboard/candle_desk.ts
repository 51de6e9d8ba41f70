/** Candles for the pages that ask for them: shared, in turn, so many at once, and while they wait. @module */
import { TickhouseError } from "../errors.ts";
import { Allowance } from "../read/allowance.ts";
import { loadCandles } from "./candles.ts";
import { type InstrumentKey, Queries, type Query } from "./queries.ts";
import type { Candles, Interval } from "./wire.ts";

/** Milliseconds for which pages that ask for the same share one answer. */
const KEPT_MS = 500;
/** Different answers that are waited for. */
const WAITING_MAX = 16;
/** Characters of a name that can be an instrument's. */
const NAME_MAX = 256;
/** Part of the time that is read for candles, while many ask. */
const SHARE = 1 / 6;

interface Answer {
  readonly candles: Promise<Candles>;
  /** Breaks it off. */
  readonly stop: AbortController;
  askers: number;
}

/** Answers pages. */
export class CandleDesk {
  readonly #query: Query;
  readonly #answers = new Map<string, Answer>();
  readonly #allowance: Allowance;
  #waiting = 0;

  constructor(query: Query, allowance = new Allowance({ share: () => SHARE })) {
    this.#query = query;
    this.#allowance = allowance;
  }

  /** Throws `CANDLES_BUSY`, and the signal's reason: what nobody waits for any more is not read. */
  async ask(
    key: InstrumentKey,
    interval: Interval | undefined,
    signal: AbortSignal,
  ): Promise<Candles> {
    const name = JSON.stringify([key, interval ?? ""]);
    if (name.length > NAME_MAX) {
      throw new TickhouseError("INSTRUMENT_UNKNOWN", "no such instrument");
    }
    const answer = this.#answers.get(name) ?? this.#load(name, key, interval);
    answer.askers++;
    const leave = () => {
      if (--answer.askers > 0) return;
      this.#answers.delete(name);
      answer.stop.abort(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    try {
      const candles = await answer.candles;
      signal.throwIfAborted();
      return candles;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  #load(name: string, key: InstrumentKey, interval: Interval | undefined): Answer {
    if (this.#waiting >= WAITING_MAX) throw busy();
    const stop = new AbortController();
    this.#waiting++;
    let waits = true;
    const leave = () => {
      if (waits) this.#waiting--;
      waits = false;
    };
    stop.signal.addEventListener("abort", leave, { once: true });
    const queries = new Queries((sql, binds) => {
      stop.signal.throwIfAborted();
      return this.#query(sql, binds);
    });
    const candles = this.#allowance.spend(stop.signal, () => loadCandles(queries, key, interval));
    const answer = { candles, stop, askers: 0 };
    this.#answers.set(name, answer);
    const forget = () => this.#answers.get(name) === answer && this.#answers.delete(name);
    candles.then(() => Deno.unrefTimer(setTimeout(forget, KEPT_MS)), forget)
      .finally(leave);
    return answer;
  }
}

function busy(): TickhouseError {
  return new TickhouseError("CANDLES_BUSY", `${WAITING_MAX} others are waited for already`, {
    kind: "transient",
    fix: "ask again in a moment",
  });
}
