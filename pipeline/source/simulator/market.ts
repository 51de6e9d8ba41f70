/**
 * A market as real feeds have it: prints that come late, twice, corrected and cancelled, conditions,
 * halts, openings and closings.
 * @module
 */
import { Packed } from "../../batch.ts";
import { growthOf, type Instrument, type State, type SymbolState, YEAR_S } from "./instrument.ts";
import { Random } from "./random.ts";
import { closeOf, type Session } from "./sessions.ts";
import type { SourceBatch } from "../source.ts";

/** A print as it was sent. */
export interface Print {
  readonly trade: number;
  readonly cents: number;
  readonly size: number;
  readonly timeUs: number;
  readonly sequence: number;
  readonly conditions: string;
  readonly venue: string;
  readonly action?: "correct" | "cancel";
}

/** What a symbol has beside its price. */
export interface Book {
  /** Number of the symbol's last print: a correction has a higher one than what it corrects. */
  sequence: number;
  /** Prints that may be sent again, corrected or cancelled. */
  prints: Print[];
  /** Nothing is traded until so many records of all symbols were sent. */
  haltedUntil: number;
  /** Days since 1970 UTC: of the last opening, and of the last closing. */
  openedOn: number;
  closedOn: number;
}

/** How often a record is something else than a new trade. */
const SHARES = { repeated: 0.008, repriced: 0.005, resized: 0.002, moved: 0.002, cancelled: 0.004 };
/** A correction moves a price by one part of so many: more would stand out of the chart for good. */
const REPRICED_PARTS = 10_000;
/** Of new trades: reported late, and traded outside of regular hours. */
const LATE = 0.012;
const EXTENDED = 0.004;
const ODD_LOTS = 0.15;
const SWEEPS = 0.1;
/** Prints of a symbol that are remembered: the state is written with each batch. */
const PRINTS_MAX = 8;
/** A symbol is halted once in so long, for two to five minutes. */
const HALT_EVERY_S = 3600;
const DAY_US = 86_400_000_000;
/** Conditions are letters of the consolidated tapes; this is that of a regular sale. */
const REGULAR = "@";
const VENUES = ["XNAS", "XNYS", "ARCX", "BATS", "IEXG"] as const;

/** What the market is made of. */
export interface MarketOf {
  readonly instruments: readonly Instrument[];
  readonly drift: number;
  readonly session: Session;
  readonly state: State;
}

/** Prints of all instruments. Equal states give equal prints, but for their times. */
export class Market {
  readonly state: State;
  readonly #of: MarketOf;
  readonly #random: Random;
  readonly #lines = new Map<string, string[]>();

  constructor(of: MarketOf) {
    this.#of = of;
    this.state = of.state;
    this.#random = new Random(of.state.random);
  }

  /** The next `count` records, the last of them sent at `nowMs`, `rate` a second. */
  step(count: number, nowMs: number, rate: number): SourceBatch {
    const { state } = this;
    const nowUs = Math.floor(nowMs * 1000);
    const firstUs = Math.max(state.lastUs + 1, nowUs - Math.floor((count - 1) / rate * 1e6));
    const gapUs = count === 1 ? 0 : Math.max(0, nowUs - firstUs) / (count - 1);
    for (let i = 0; i < count; i++) this.#record(Math.floor(firstUs + i * gapUs), rate);
    state.lastUs = Math.max(nowUs, state.lastUs + 1);
    return this.#batch();
  }

  /**
   * The closing auction's prints of the last day, at most `most`, some tenths of a second after the
   * close; undefined if they were sent.
   */
  close(most: number): SourceBatch | undefined {
    const { instruments, session, state } = this.#of;
    const closeMs = state.lastUs === 0 ? undefined : closeOf(session, state.lastUs / 1000);
    const day = Math.floor(state.lastUs / DAY_US);
    const open = instruments.filter(({ symbol }) => this.#book(symbol).closedOn < day);
    if (closeMs === undefined || open.length === 0) return undefined;
    for (const { symbol } of open.slice(0, most)) {
      this.#book(symbol).closedOn = day;
      const timeUs = closeMs * 1000 + 50_000 + this.#random.below(350_000);
      this.#trade(symbol, timeUs, timeUs, `${REGULAR} 6`, 40);
    }
    return this.#batch();
  }

  #batch(): SourceBatch {
    const { state } = this;
    state.random = this.#random.state;
    const records = [...this.#lines].map(([key, lines]) => ({ key, values: Packed.from(lines) }));
    this.#lines.clear();
    return { records, refused: [], state: JSON.stringify(state) };
  }

  #record(nowUs: number, rate: number): void {
    const random = this.#random;
    const { instruments, drift } = this.#of;
    const instrument = this.#trading(random.below(instruments.length));
    const { symbol, volatility } = instrument;
    const known = this.#known(symbol);
    const book = this.#book(symbol);
    const dt = instruments.length / rate / YEAR_S;
    known.price *= growthOf(drift, volatility, dt, random.normal());
    if (random.next() < instruments.length / rate / HALT_EVERY_S) {
      book.haltedUntil = this.state.sent + Math.ceil((120 + random.below(180)) * rate);
    }
    const dice = random.next();
    const chosen = book.prints[random.below(Math.max(1, book.prints.length))];
    if (chosen && this.#again(symbol, chosen, dice, nowUs)) return;
    this.#new(symbol, nowUs);
  }

  /** A print that was sent before: again, or otherwise, or not at all. Whether that is what is due. */
  #again(symbol: string, print: Print, dice: number, nowUs: number): boolean {
    const random = this.#random;
    const { repeated, repriced, resized, moved, cancelled } = SHARES;
    const step = random.below(2) === 0 ? -1 : 1;
    let rest = dice - repeated;
    const book = this.#book(symbol);
    if (rest < 0) {
      // A feed that sends again what it has corrected since must not undo the correction.
      const older = book.prints.find((one) =>
        book.prints.some(({ trade, sequence }) => trade === one.trade && sequence > one.sequence)
      );
      this.#send(symbol, older ?? print, nowUs);
      return true;
    }
    const latest = book.prints.findLast(({ trade }) => trade === print.trade) ?? print;
    const change = (change: Partial<Print>) => {
      const next: Print = { ...latest, action: "correct", sequence: ++book.sequence, ...change };
      if (next.action === "cancel") {
        book.prints = book.prints.filter(({ trade }) => trade !== print.trade);
      } else this.#remember(book, next);
      this.#send(symbol, next, nowUs);
      return true;
    };
    if ((rest -= repriced) < 0) {
      const cents = latest.cents + step * Math.ceil(latest.cents / REPRICED_PARTS);
      return change({ cents: Math.max(1, cents) });
    }
    if ((rest -= resized) < 0) return change({ size: latest.size * 10 });
    if ((rest -= moved) < 0) {
      return change({ timeUs: latest.timeUs - 1_000_000 * (1 + random.below(90)) });
    }
    if ((rest -= cancelled) < 0) return change({ action: "cancel" });
    return false;
  }

  #new(symbol: string, nowUs: number): void {
    const random = this.#random;
    const book = this.#book(symbol);
    const [kind, odd, sweep] = [random.next(), random.next() < ODD_LOTS, random.next() < SWEEPS];
    const late = 1_000_000 * (1 + random.below(20));
    const day = Math.floor(nowUs / DAY_US);
    if (book.openedOn < day) {
      book.openedOn = day;
      return this.#trade(symbol, nowUs, nowUs, `${REGULAR} O`, 25);
    }
    if (book.haltedUntil > 0 && book.haltedUntil <= this.state.sent) {
      book.haltedUntil = 0;
      return this.#trade(symbol, nowUs, nowUs, `${REGULAR} 5`, 10);
    }
    if (kind < LATE) return this.#trade(symbol, nowUs - late, nowUs, `${REGULAR} Z`, 1);
    if (kind < LATE + EXTENDED) return this.#trade(symbol, nowUs, nowUs, `${REGULAR} T`, 1);
    const conditions = [REGULAR, sweep ? "F" : "", odd ? "I" : ""].filter(Boolean).join(" ");
    this.#trade(symbol, nowUs, nowUs, conditions, odd ? 0 : 1);
  }

  /** A new trade of about so many lots, 0 for an odd one. */
  #trade(symbol: string, timeUs: number, nowUs: number, conditions: string, lots: number): void {
    const random = this.#random;
    const known = this.#known(symbol);
    const book = this.#book(symbol);
    // Whatever it becomes, it takes as many random numbers: times change none of those behind it.
    const [of, odd] = [1 - Math.log(1 - random.next()), 1 + random.below(99)];
    const print: Print = {
      trade: ++known.trades,
      cents: Math.max(1, Math.round(known.price * 100)),
      size: lots === 0 ? odd : 100 * Math.ceil(lots * of),
      timeUs,
      sequence: ++book.sequence,
      conditions,
      venue: VENUES[random.below(VENUES.length)] ?? VENUES[0],
    };
    this.#remember(book, print);
    this.#send(symbol, print, nowUs);
  }

  #remember(book: Book, print: Print): void {
    book.prints.push(print);
    if (book.prints.length > PRINTS_MAX) book.prints.shift();
  }

  #send(symbol: string, print: Print, nowUs: number): void {
    const { trade, cents, size, timeUs, sequence, conditions, venue, action } = print;
    // What a feed takes: a fraction of a millisecond, now and then many of them.
    const latencyUs = 200 + Math.floor(-3_000 * Math.log(1 - this.#random.next()));
    const lines = this.#lines.get(symbol) ?? [];
    if (lines.length === 0) this.#lines.set(symbol, lines);
    lines.push(
      `{"symbol":${JSON.stringify(symbol)},"price":${(cents / 100).toFixed(2)},"size":${size},` +
        `"event_time":${timeUs},"source":"simulator","trade_id":"${
          String(trade).padStart(12, "0")
        }","sequence":${sequence},${action ? `"action":"${action}",` : ""}` +
        `"conditions":"${conditions}","venue":"${venue}","currency":"USD",` +
        `"receive_time":${nowUs + latencyUs}}`,
    );
    this.state.sent++;
  }

  /** The instrument of that number, or the next one that is not halted. */
  #trading(index: number): Instrument {
    const { instruments } = this.#of;
    for (let i = 0; i < instruments.length; i++) {
      const one = instruments[(index + i) % instruments.length];
      if (one && this.#book(one.symbol).haltedUntil <= this.state.sent) return one;
    }
    // All at once: the first of them is let go.
    const one = instruments[index] ?? { symbol: "", price: 1, volatility: 0 };
    this.#book(one.symbol).haltedUntil = this.state.sent;
    return one;
  }

  #known(symbol: string): SymbolState {
    return this.state.symbols[symbol] ??= { price: 1, trades: 0 };
  }

  #book(symbol: string): Book {
    return this.#known(symbol).book ??= {
      ...{ sequence: 0, prints: [], haltedUntil: 0, openedOn: 0, closedOn: 0 },
    };
  }
}
