/** When nothing could be heard: noted in the ledger before the state moves past it. @module */
import type { Clock } from "../../clock.ts";
import type { Missing } from "../../metadata/gaps.ts";
import type { ProviderClient } from "../../provider/client.ts";
import { ProviderError } from "../../provider/errors.ts";
import type { Backfill } from "./backfill.ts";
import { jsonOf } from "./client.ts";
import type { Hearing } from "./hearing.ts";
import type { Hours } from "./hours.ts";
import type { TradeLedger } from "./ledger.ts";
import type { LinkEnd } from "./link.ts";
import { Nap } from "./nap.ts";
import type { Outbox } from "./outbox.ts";
import { askQuote } from "./quote.ts";
import type { TradesState } from "./state.ts";
import { timeMs } from "./value.ts";

/** What outages need. */
export interface OutagesOptions {
  readonly symbols: readonly string[];
  readonly clock: Clock;
  readonly client: ProviderClient;
  readonly hours: Hours;
  readonly ledger: TradeLedger;
  readonly outbox: Outbox;
  readonly hearing: Hearing;
  readonly backfill: Backfill;
  readonly lateMs: number;
  readonly noteOnce: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Milliseconds that the server may take until it sends what was subscribed to. */
const SETTLE_MS = 1_000;
/** Symbols whose quotes are asked for in a silence. */
export const LOOKS_MAX = 3;

const RESTARTED: LinkEnd = {
  reason: "disconnected",
  detail: "tickhouse did not run, or had not stored it yet",
};

/** Why something is missing. */
interface About extends Pick<Missing, "reason"> {
  readonly detail: string;
}

const BROKEN: About = {
  reason: "provider_error",
  detail: "a message could not be read: it is a dead letter",
};

function silenceText(fromMs: number, toMs: number): About {
  const seconds = Math.round((toMs - fromMs) / 1000);
  const detail = `only pings came for ${seconds} s, though trades might have been`;
  return { reason: "stalled", detail };
}

/** Keeps from when on trades may be missing. */
export class Outages {
  readonly #options: OutagesOptions;
  readonly #jobs: (() => Promise<void>)[] = [];
  readonly #nap: Nap;
  /** By symbol, as the state says; empty once that is noted. */
  #before: Readonly<Record<string, number>>;
  /** From here on what may be missing is not noted yet. */
  #fromUs: number | undefined;
  #end: LinkEnd = RESTARTED;
  #isUp = false;
  #openMs: number | undefined;
  #lookMs = 0;
  #isLooking = false;
  /** What was traded in a silence, and since when that lasted. */
  #traded: { readonly symbol: string; readonly sinceMs: number } | undefined;

  constructor(options: OutagesOptions, state: TradesState) {
    this.#options = options;
    this.#before = state.until;
    this.#nap = new Nap(options.clock, options.signal);
    options.hearing.events = {
      silenceEnded: (fromMs, toMs) => this.#suspect(fromMs, toMs, silenceText(fromMs, toMs)),
      broken: (nowMs) => this.#suspect(nowMs, nowMs + options.hearing.aheadMs + 1, BROKEN),
      replayed: (trade) => options.backfill.hold(trade),
    };
  }

  /**
   * Until when all was heard or is noted, microseconds since 1970; undefined while the state's
   * counts.
   */
  get untilUs(): number | undefined {
    if (this.#fromUs !== undefined) return this.#fromUs;
    return this.#isUp && Object.keys(this.#before).length === 0 ? this.#sureUs() : undefined;
  }

  /** The connection is gone. */
  begun(end: LinkEnd): void {
    if (this.#isUp) {
      this.#fromUs ??= this.#sureUs();
      this.#end = end;
    }
    this.#isUp = false;
    // Each time that it can't be made again the gap grows.
    this.#note(Math.floor(this.#options.clock.now() * 1000));
  }

  /** All is subscribed to again. */
  over(nowMs: number): void {
    const { hearing, backfill } = this.#options;
    this.#isUp = true;
    this.#openMs = undefined;
    if (this.#fromUs !== undefined || Object.keys(this.#before).length > 0) backfill.afterGap();
    const settledMs = nowMs + SETTLE_MS + hearing.aheadMs;
    this.#note(Math.floor(settledMs * 1000), () => {
      if (!this.#isUp) return;
      this.#before = {};
      this.#fromUs = undefined;
      backfill.wanted(settledMs);
    });
  }

  /** Does what is to be noted, in order. */
  async run(): Promise<void> {
    const { signal, outbox } = this.#options;
    while (!signal.aborted) {
      for (let job; (job = this.#jobs.shift());) await job();
      outbox.touch();
      await this.#nap.until(Infinity);
    }
  }

  /** Why the connection is to be given up, though it stands. */
  fault(nowMs: number): LinkEnd | undefined {
    const { hearing, hours, symbols } = this.#options;
    if (hearing.isFull) {
      const detail = "the log could not take as much as came, and trades were left out";
      return { reason: "disconnected", detail };
    }
    const open = symbols.filter((symbol) => hours.mayTrade(symbol, Math.floor(nowMs * 1000)));
    const began = Math.max(hearing.tradeMs, this.#openMs ?? nowMs);
    const quietMs = nowMs - began;
    if (open.length === 0) {
      if (this.#openMs !== undefined && quietMs >= hearing.suspiciousMs) {
        this.#suspect(began, nowMs, silenceText(began, nowMs));
      }
      this.#openMs = undefined;
      return undefined;
    }
    this.#openMs ??= nowMs;
    if (quietMs >= hearing.suspiciousMs && nowMs >= this.#lookMs && !this.#isLooking) {
      this.#lookMs = nowMs + hearing.suspiciousMs;
      // Requests may have to wait: the connection is watched meanwhile.
      this.#look(open.slice(0, LOOKS_MAX)).catch((error) => this.#options.outbox.fail(error));
    }
    if (this.#traded === undefined || this.#traded.sinceMs !== hearing.tradeMs) return undefined;
    const seconds = Math.round(quietMs / 1000);
    const detail = `only pings came for ${seconds} s, though ${this.#traded.symbol} was traded`;
    return { reason: "stalled", detail };
  }

  /** Looks whether any of them was traded in the silence. */
  async #look(symbols: readonly string[]): Promise<void> {
    const sinceMs = this.#options.hearing.tradeMs;
    this.#isLooking = true;
    try {
      for (const symbol of symbols) {
        if (!await this.#hasTraded(symbol)) continue;
        this.#traded = { symbol, sinceMs };
        return;
      }
    } finally {
      this.#isLooking = false;
    }
  }

  /** Whether its quote is of a trade that did not come. */
  async #hasTraded(symbol: string): Promise<boolean> {
    const { client, hearing, signal, noteOnce } = this.#options;
    try {
      const { text } = await askQuote(client, symbol, signal);
      const quote = jsonOf(client, text, symbol) as { readonly t?: unknown } | null;
      const at = timeMs(quote?.t);
      const known = hearing.lastOf(symbol) ?? hearing.subscribedMs;
      // A quote tells whole seconds.
      return at !== undefined && at > Math.max(known, hearing.subscribedMs);
    } catch (error) {
      if (signal.aborted) return false;
      if (!(error instanceof ProviderError)) throw error;
      noteOnce(`a silence could not be looked into: ${error.what}`);
      return false;
    }
  }

  /** Nothing but pings came though trades may have: it is asked for. */
  #suspect(fromMs: number, toMs: number, about: About): void {
    const { symbols, ledger, lateMs, backfill, clock } = this.#options;
    const range = { fromUs: Math.floor((fromMs - lateMs) * 1000), toUs: Math.floor(toMs * 1000) };
    const noticedUs = Math.floor(clock.now() * 1000);
    // Until it is noted, the state stays before it.
    this.#fromUs ??= Math.floor(fromMs * 1000);
    this.#add(async () => {
      for (const symbol of symbols) {
        await ledger.missing(symbol, range, { ...about, noticedUs });
      }
      if (this.#isUp && Object.keys(this.#before).length === 0) this.#fromUs = undefined;
      backfill.wanted(clock.now());
    });
  }

  #note(toUs: number, then = () => {}): void {
    const { symbols, ledger, lateMs, clock } = this.#options;
    const [from, before, { reason, detail }] = [this.#fromUs, this.#before, this.#end];
    const noticedUs = Math.floor(clock.now() * 1000);
    this.#add(async () => {
      for (const symbol of symbols) {
        const since = before[symbol] ?? from;
        if (since === undefined) continue;
        const range = { fromUs: Math.floor(since - lateMs * 1000), toUs };
        if (range.fromUs < toUs) await ledger.missing(symbol, range, { reason, detail, noticedUs });
      }
      then();
    });
  }

  #add(job: () => Promise<void>): void {
    this.#jobs.push(job);
    this.#nap.wake();
  }

  /**
   * Until when all was heard. While trades may come, a ping says no more than that the connection
   * stands: trades may have been left out since the last one.
   */
  #sureUs(): number {
    const { hearing, hours, symbols } = this.#options;
    const heardUs = Math.floor(hearing.heardMs * 1000);
    const isShut = !symbols.some((symbol) => hours.mayTrade(symbol, heardUs));
    return isShut ? heardUs : Math.floor(hearing.tradeMs * 1000);
  }
}
