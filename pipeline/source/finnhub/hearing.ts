/** What the WebSocket says: trades that are new go to the log. @module */
import type { Clock } from "../../clock.ts";
import { valueText } from "../../provider/answer.ts";
import type { Backfill } from "./backfill.ts";
import { parseMessage } from "./message.ts";
import type { Outbox } from "./outbox.ts";
import { Recent } from "./recent.ts";
import { TradeReader } from "./trade.ts";

/** What hearing needs. */
export interface HearingOptions {
  readonly symbols: readonly string[];
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly equalTrades: "one" | "each";
  readonly heartbeatMs: number;
  readonly noteOnce: (line: string) => void;
}

/** What is told of what was heard. */
export interface HearingEvents {
  /** No trade came for long, and then one did. Milliseconds since 1970. */
  readonly silenceEnded: (fromMs: number, toMs: number) => void;
  /** A message could not be read: what it told of is lost. */
  readonly broken: (nowMs: number) => void;
  /** A trade of before the connection, which never came before. */
  readonly replayed: Backfill["hold"];
}

/** Trades that are remembered, to tell what is sent again: minutes of the fastest feed. */
const RECENT_MS = 600_000;
const RECENT_MAX = 200_000;
/** Records that wait for the log at the most. */
const WAITING_MAX = 200_000;
/** A silence of so many times what lies between trades else is looked at. */
const SUSPICIOUS = 10;
/** What each new one counts to the mean of what lies between trades. */
const WEIGHT = 0.05;

/** Hears messages. */
export class Hearing {
  readonly #options: HearingOptions;
  readonly #symbols: ReadonlySet<string>;
  readonly #reader = new TradeReader();
  readonly #recent = new Recent(RECENT_MS, RECENT_MAX);
  /** Time of the last trade of each symbol. */
  readonly #last = new Map<string, number>();
  /** Trades of the message, by all that they are: how often they are in it. */
  readonly #message = new Map<string, number>();
  #events: HearingEvents = {
    silenceEnded: () => {},
    broken: () => {},
    replayed: () => false,
  };
  #subscribedMs = 0;
  #tradeMs = 0;
  #pingMs = 0;
  #betweenMs = Infinity;
  #aheadMs = 0;
  #isFull = false;
  #inSeconds = false;
  #isEarlyTold = false;
  #equal = 0;

  constructor(options: HearingOptions) {
    this.#options = options;
    this.#symbols = new Set(options.symbols);
  }

  /** Who is told. */
  set events(events: HearingEvents) {
    this.#events = events;
  }

  /** Whether more came than the log took: what comes now is lost. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** When the symbols were subscribed to last, milliseconds since 1970. */
  get subscribedMs(): number {
    return this.#subscribedMs;
  }

  /** When a trade came last, or all was subscribed to. */
  get tradeMs(): number {
    return Math.max(this.#tradeMs, this.#subscribedMs);
  }

  /** When something came last. */
  get heardMs(): number {
    return Math.max(this.tradeMs, this.#pingMs);
  }

  /** How far the feed's clock is ahead of this machine's at least, milliseconds. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** Milliseconds without a trade of any symbol, while trades may come, that are looked at. */
  get suspiciousMs(): number {
    const { heartbeatMs } = this.#options;
    return Math.min(5 * heartbeatMs, Math.max(heartbeatMs, SUSPICIOUS * this.#betweenMs));
  }

  /** Time of the last trade of a symbol; undefined if none came. */
  lastOf(symbol: string): number | undefined {
    return this.#last.get(symbol);
  }

  /** A new connection has subscribed to all symbols. */
  subscribed(nowMs: number): void {
    this.#subscribedMs = nowMs;
    this.#isFull = this.#options.outbox.size >= WAITING_MAX;
  }

  /** A message came. */
  hear(text: string): void {
    const { clock, outbox } = this.#options;
    const now = clock.now();
    const message = parseMessage(text);
    if (message.kind === "trade") {
      this.#trades(message.data, now);
    } else if (message.kind === "ping") {
      this.#pingMs = now;
      outbox.touch();
    } else if (message.kind === "error") {
      this.#options.noteOnce(`Finnhub says: ${message.says}${meaningOf(message.says)}`);
    } else {
      outbox.refuse("a message of the WebSocket", `finnhub: ${message.fault}`, text);
      this.#events.broken(now);
    }
  }

  #trades(data: readonly unknown[], now: number): void {
    const { outbox } = this.#options;
    const reader = this.#reader;
    this.#message.clear();
    if (outbox.size >= WAITING_MAX) this.#isFull = true;
    if (this.#isFull) return;
    this.#heardTrade(now);
    const receivedUs = Math.floor(now * 1000);
    for (const element of data) {
      if (!reader.read(element)) this.#refuse(reader.fault, element);
      else if (!this.#symbols.has(reader.symbol)) {
        this.#refuse(`finnhub: s is ${valueText(reader.symbol)}: not subscribed to`, element);
      } else this.#trade(element, now, receivedUs);
    }
    outbox.touch();
  }

  #trade(element: unknown, now: number, receivedUs: number): void {
    const { outbox, equalTrades, noteOnce } = this.#options;
    const reader = this.#reader;
    const { symbol, price } = reader;
    const whole = `${symbol} ${reader.rest} ${price}`;
    const equal = this.#message.get(whole) ?? 0;
    const place = equalTrades === "each" ? equal + 1 : 1;
    const rest = place > 1 ? `${reader.rest} #${place}` : reader.rest;
    this.#message.set(whole, equal + 1);
    this.#inSeconds = reader.inSeconds;
    const standing = this.#recent.standing(symbol, rest, price);
    if (standing === "known") {
      outbox.skip();
      if (equal > 0) this.#equal++;
      if (equal > 0) noteOnce(EQUAL_NOTE);
      return;
    }
    // A time in seconds stands for all of its second.
    const latestMs = reader.timeMs + (reader.inSeconds ? 999 : 0);
    if (latestMs < this.#subscribedMs) {
      const heard = this.#recent.prices(symbol, rest);
      const id = place > 1 ? `${reader.id}#${place}` : reader.id;
      const raw = JSON.stringify(element);
      if (!this.#events.replayed({ symbol, id, rest, price, timeMs: reader.timeMs, heard, raw })) {
        if (now - latestMs > EARLY_MS) this.#refuseEarly(raw);
        else outbox.skip();
      }
      return;
    }
    this.#add(rest, place, receivedUs, now);
    this.#last.set(symbol, Math.max(reader.timeMs, this.#last.get(symbol) ?? 0));
    this.#aheadMs = Math.max(this.#aheadMs, reader.timeMs - now);
  }

  /** A trade that REST has: a record, unless it came already. */
  fetched(reader: TradeReader, place: number): void {
    const { clock, outbox } = this.#options;
    const rest = place > 1 ? `${reader.rest} #${place}` : reader.rest;
    const rests = [rest];
    // The WebSocket may have told whole seconds.
    if (this.#inSeconds) {
      rests.push(rest.replace(/^\d+/, `${Math.floor(reader.timeMs / 1000) * 1000}`));
    }
    const isKnown = rests.some((one) =>
      this.#recent.standing(reader.symbol, one, reader.price) === "known"
    );
    if (isKnown) return outbox.skip();
    const now = clock.now();
    this.#add(rest, place, Math.floor(now * 1000), now, reader);
  }

  /** Trades that were equal in all fields to another one of their message. */
  get equal(): number {
    return this.#equal;
  }

  #add(
    rest: string,
    place: number,
    receivedUs: number,
    now: number,
    reader: TradeReader = this.#reader,
  ): void {
    const id = place > 1 ? `${reader.id}#${place}` : reader.id;
    this.#recent.add(reader.symbol, rest, reader.price, now);
    this.#options.outbox.add(reader.symbol, reader.line(id, receivedUs));
  }

  #heardTrade(now: number): void {
    const before = this.tradeMs;
    const quietMs = now - before;
    if (this.#tradeMs > 0 && quietMs >= this.suspiciousMs) {
      this.#events.silenceEnded(before, now);
    } else if (this.#tradeMs > this.#subscribedMs) {
      const weight = this.#betweenMs === Infinity ? 1 : WEIGHT;
      const known = this.#betweenMs === Infinity ? 0 : this.#betweenMs;
      this.#betweenMs = known * (1 - weight) + quietMs * weight;
    }
    this.#tradeMs = now;
  }

  /** Of a time at which nobody listened: the clock of this machine, or of the server, is wrong. */
  #refuseEarly(raw: string): void {
    const { outbox, noteOnce } = this.#options;
    const { symbol, timeMs } = this.#reader;
    const [at, since] = [timeMs, this.#subscribedMs].map((ms) => new Date(ms).toISOString());
    const why = `${at} is before the connection, which is of ${since}`;
    const fix = "see that this machine's clock, or a stand-in's, is right";
    outbox.refuse("a trade of the WebSocket", `finnhub ${symbol}: t is ${timeMs}: ${why}`, raw);
    if (!this.#isEarlyTold) {
      noteOnce(`${symbol}: a trade came just now whose time ${why}: such ones are refused; ${fix}`);
    }
    this.#isEarlyTold = true;
  }

  #refuse(reason: string, element: unknown): void {
    const raw = JSON.stringify(element) ?? "";
    this.#options.outbox.refuse("a trade of the WebSocket", reason, raw);
  }
}

/**
 * Trades of up to so long ago are sent when a connection is made, or late, milliseconds; those of
 * before make one doubt of a clock.
 */
const EARLY_MS = 120_000;
const EQUAL_NOTE =
  "trades of one message are equal in all fields: taken for one that was sent twice, as Finnhub " +
  "gives no identities; TICKHOUSE_FINNHUB_EQUAL_TRADES=each takes them for several";

/** What Finnhub means, where that is known. */
function meaningOf(says: string): string {
  if (/too many symbols/i.test(says)) {
    return ": nothing comes of those beyond the 50 of a free key; name fewer, or use a larger plan";
  }
  if (/invalid symbol/i.test(says)) return ": nothing comes of a symbol; see how Finnhub writes it";
  if (/token|key/i.test(says)) return ": see TICKHOUSE_FINNHUB_KEY";
  return "";
}
