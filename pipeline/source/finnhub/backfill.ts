/** What was missed is fetched by REST, as soon as the plan and its quota allow. @module */
import type { Clock } from "../../clock.ts";
import type { Gap } from "../../metadata/gaps.ts";
import type { Range } from "../../metadata/range.ts";
import type { ProviderClient } from "../../provider/client.ts";
import { ProviderError } from "../../provider/errors.ts";
import type { Hearing } from "./hearing.ts";
import type { Hours } from "./hours.ts";
import type { TradeLedger } from "./ledger.ts";
import { Nap } from "./nap.ts";
import type { Outbox } from "./outbox.ts";
import { ticksOf } from "./ticks.ts";

/** What backfilling needs. */
export interface BackfillOptions {
  readonly symbols: readonly string[];
  readonly clock: Clock;
  readonly client: ProviderClient;
  readonly hours: Hours;
  readonly ledger: TradeLedger;
  readonly outbox: Outbox;
  readonly hearing: Hearing;
  readonly lateMs: number;
  readonly noteOnce: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * A trade that the WebSocket told of a time before it was subscribed to: nobody knows if it is
 * true.
 */
export interface Replayed {
  readonly symbol: string;
  readonly id: string;
  readonly rest: string;
  readonly price: string;
  readonly timeMs: number;
  /** Prices of trades that came, and are equal otherwise. */
  readonly heard: readonly string[];
  readonly raw: string;
}

/** Replayed trades of a symbol that wait until REST has the truth. */
interface Held {
  readonly dueMs: number;
  readonly trades: Replayed[];
}

const HELD_MAX = 10_000;
/** Milliseconds until a provider that failed is asked again; it doubles. */
const AGAIN_MS = 30_000;
const AGAIN_MAX_MS = 600_000;

/** Fills gaps of the ledger, one after the other. */
export class Backfill {
  readonly #options: BackfillOptions;
  readonly #nap: Nap;
  readonly #held = new Map<string, Held>();
  #nextMs = 0;
  #failures = 0;
  #hasNoTicks = false;
  /** Symbols whose record was empty, and when they are asked for again. */
  readonly #empty = new Map<string, number>();
  #isAfterGap = false;

  constructor(options: BackfillOptions) {
    this.#options = options;
    this.#nap = new Nap(options.clock, options.signal);
  }

  /** There may be gaps to fill from the time on. */
  wanted(atMs: number): void {
    this.#nextMs = Math.min(this.#nextMs, atMs);
    this.#nap.wake();
  }

  /** From now on what is of a time before the connection may be missing. */
  afterGap(): void {
    this.#isAfterGap = true;
  }

  /** Keeps a replayed trade until it can be checked; false if it belongs to no gap. */
  hold(trade: Replayed): boolean {
    if (!this.#isAfterGap) return false;
    const { clock, lateMs } = this.#options;
    const held = this.#held.get(trade.symbol);
    if (this.#hasNoTicks || (held?.trades.length ?? 0) >= HELD_MAX) {
      this.#doubt(trade, "it can't be checked: the plan has no ticks");
    } else if (held) held.trades.push(trade);
    else {
      this.#held.set(trade.symbol, { dueMs: clock.now() + lateMs, trades: [trade] });
      this.#nap.wake();
    }
    return true;
  }

  /** Fills until the signal aborts. */
  async run(): Promise<void> {
    const { clock, signal, symbols } = this.#options;
    while (!signal.aborted) {
      const now = clock.now();
      if (now >= this.#nextMs) {
        this.#nextMs = Infinity;
        for (const symbol of symbols) {
          if (!signal.aborted) await this.#fillAll(symbol);
        }
      }
      for (const [symbol, held] of this.#held) {
        if (clock.now() >= held.dueMs && !signal.aborted) await this.#check(symbol, held);
      }
      const due = [...this.#held.values()].map(({ dueMs }) => dueMs);
      await this.#nap.until(Math.min(this.#nextMs, ...due));
    }
    const left = [...this.#held.values()].reduce((sum, { trades }) => sum + trades.length, 0);
    if (left > 0) {
      this.#options.noteOnce(
        `${left} trades that Finnhub sent again after a reconnect were not checked before the end: ` +
          "they are no records, and what was missed is in the ledger",
      );
    }
  }

  async #fillAll(symbol: string): Promise<void> {
    const { ledger, clock, outbox } = this.#options;
    const nowUs = Math.floor(clock.now() * 1000);
    const restsUntil = this.#empty.get(symbol) ?? 0;
    if (clock.now() < restsUntil) {
      this.#nextMs = Math.min(this.#nextMs, restsUntil);
      return;
    }
    for (const gap of await ledger.open(symbol)) {
      // What has not ended yet is asked for when it has.
      if (gap.toUs > nowUs) {
        this.#nextMs = Math.min(this.#nextMs, gap.toUs / 1000);
        continue;
      }
      const failure = await this.#fetch(symbol, gap, () => {});
      if (this.#options.signal.aborted) return;
      if (failure) await this.#failed(gap, failure);
      else {
        this.#failures = 0;
        await outbox.committed(() => ledger.filled(symbol, gap, Math.floor(clock.now() * 1000)));
      }
    }
  }

  /** Undefined if all of it is on its way to the log. */
  async #fetch(
    symbol: string,
    { fromUs, toUs }: Range,
    onTrade: (rest: string, price: string, id: string) => void,
  ): Promise<ProviderError | undefined> {
    const { client, hours, hearing, outbox, signal } = this.#options;
    const days = hours.days(symbol, { fromUs, toUs });
    const places = new Map<string, number>();
    try {
      if (this.#hasNoTicks) throw noTicks(client, symbol);
      const { refused, total } = await ticksOf(client, { symbol, days, fromUs, toUs }, (reader) => {
        const whole = `${reader.rest} ${reader.price}`;
        const place = (places.get(whole) ?? 0) + 1;
        places.set(whole, place);
        hearing.fetched(reader, place);
        onTrade(reader.rest, reader.price, reader.id);
      }, signal);
      for (const one of refused) outbox.refuseRecord(one);
      return total > 0 ? undefined : noRecord(client, symbol);
    } catch (error) {
      if (signal.aborted || error instanceof ProviderError) return error as ProviderError;
      throw error;
    }
  }

  async #failed(gap: Gap, error: ProviderError): Promise<void> {
    const { clock, ledger, noteOnce } = this.#options;
    const cause = (gap.detail ?? "").split("; not filled")[0] ?? "";
    if (error.reason === "no_access") {
      if (!this.#hasNoTicks) {
        noteOnce(`what was missed can't be fetched: the plan has no ticks (${error.what})`);
        for (const [symbol, held] of this.#held) this.#doubtAll(symbol, held);
      }
      this.#hasNoTicks = true;
      await ledger.explain(gap, `${cause}; not filled: the plan has no ticks`);
      return;
    }
    if (error.code === "PROVIDER_ANSWER_EMPTY") {
      this.#empty.set(gap.symbol, clock.now() + AGAIN_MAX_MS);
    }
    this.#failures++;
    const waitMs = Math.min(AGAIN_MAX_MS, AGAIN_MS * 2 ** (this.#failures - 1));
    const againMs = Math.max(error.againMs ?? 0, clock.now() + waitMs);
    this.#nextMs = Math.min(this.#nextMs, againMs);
    await ledger.explain(gap, `${cause}; not filled yet: ${error.what}`);
  }

  /** What was replayed is compared with what REST has of that time. */
  async #check(symbol: string, held: Held): Promise<void> {
    const { clock } = this.#options;
    const times = held.trades.map(({ timeMs }) => timeMs);
    const range = {
      fromUs: Math.min(...times) * 1000,
      toUs: (Math.max(...times) + 1) * 1000,
    };
    const ids = new Set<string>();
    const prices = new Map<string, string>();
    const failure = await this.#fetch(symbol, range, (rest, price, id) => {
      ids.add(id);
      prices.set(rest, price);
    });
    if (this.#options.signal.aborted) return;
    if (failure && failure.reason !== "no_access") {
      this.#held.set(symbol, { ...held, dueMs: clock.now() + AGAIN_MS });
      return;
    }
    if (failure) return this.#doubtAll(symbol, held);
    this.#held.delete(symbol);
    for (const trade of held.trades) {
      const told = prices.get(trade.rest);
      if (ids.has(trade.id.replace(/#\d+$/, ""))) continue;
      this.#doubt(
        trade,
        told === undefined
          ? "Finnhub's own record of that time does not have it"
          : `it was ${told}`,
      );
    }
  }

  #doubtAll(symbol: string, { trades }: Held): void {
    for (const trade of trades) this.#doubt(trade, "it can't be checked: the plan has no ticks");
    this.#held.delete(symbol);
  }

  /** It is told, and no record. */
  #doubt({ symbol, price, heard, timeMs, raw }: Replayed, why: string): void {
    const { outbox, noteOnce } = this.#options;
    const said = heard.length === 0 ? why : `it came before with price ${heard.join(" and ")}`;
    const at = new Date(timeMs).toISOString();
    const reason = `finnhub ${symbol}: p is ${price}: a trade of ${at}, before the connection ` +
      `that sent it, is no record: ${said}`;
    outbox.refuse("a trade that was sent again after a reconnect", reason, raw);
    noteOnce(`${symbol}: Finnhub sends trades again after a reconnect that are doubtful: see dead`);
  }
}

/** An empty answer is none: of some instruments Finnhub keeps no ticks, and does not say so. */
function noRecord(client: ProviderClient, symbol: string): ProviderError {
  return client.error("PROVIDER_ANSWER_EMPTY", "its record of that day has no trade at all", {
    reason: "provider_error",
    fix: "it is asked for again; of some instruments Finnhub keeps no ticks",
  }, symbol);
}

function noTicks(client: ProviderClient, symbol: string): ProviderError {
  return client.error("PROVIDER_ACCESS", "the plan has no ticks", {
    reason: "no_access",
    fix: "use a plan that has them, and start again",
  }, symbol);
}
