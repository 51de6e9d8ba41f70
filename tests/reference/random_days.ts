/**
 * Seeded days of trades on exchanges around the world, with all that feeds do to them: repeats, of
 * older versions too, corrections of price, size, time and conditions, sequences out of order,
 * cancels, other partitions, prints of the auction and after it, ties, and times that can't be.
 * @module
 */
import { seeded } from "../parity/arrivals.ts";
import { decimal, textOf } from "./decimal.ts";
import { DAY, HOUR, MINUTE, SECOND, type Time, timeText, type TradeRecord } from "./record.ts";

/** An instrument of a feed, and clocks around which it trades. */
interface Instrument {
  readonly source: string;
  readonly symbol: string;
  readonly zone: string;
  readonly clocks: readonly string[];
  readonly signed?: "yes";
}

const NEW_YORK = ["20:00", "04:00", "09:30", "12:59:59", "13:00", "15:58", "15:59:59", "16:00"]
  .concat("16:00", "16:04", "16:29:59", "16:30");
const CLOCKS = {
  newYork: { zone: "America/New_York", clocks: NEW_YORK },
  london: { zone: "Europe/London", clocks: ["07:59", "08:00", "12:30", "16:29", "16:30", "16:35"] },
  tokyo: {
    zone: "Asia/Tokyo",
    clocks: ["09:00", "11:28", "11:30", "12:30", "14:59", "15:00", "15:29", "15:30", "15:30"],
  },
  currencies: { zone: "America/New_York", clocks: ["16:59", "17:00", "00:00", "03:00"] },
  always: { zone: "UTC", clocks: ["00:00", "23:59", "12:00", "04:00", "15:59"] },
} as const;

const INSTRUMENTS: readonly Instrument[] = [
  { source: "alpaca", symbol: "AAPL", ...CLOCKS.newYork },
  { source: "csv", symbol: "AAPL", ...CLOCKS.newYork },
  { source: "alpaca", symbol: "NVDA", ...CLOCKS.newYork },
  { source: "alpaca", symbol: "AMZN", ...CLOCKS.newYork },
  { source: "alpaca", symbol: "FB", ...CLOCKS.newYork },
  { source: "alpaca", symbol: "META", ...CLOCKS.newYork },
  { source: "csv", symbol: "ÅÄÖ 株", ...CLOCKS.newYork },
  { source: "yahoo", symbol: "VOD.L", ...CLOCKS.london },
  { source: "yahoo", symbol: "7203.T", ...CLOCKS.tokyo },
  { source: "dukascopy", symbol: "EURUSD", ...CLOCKS.currencies },
  { source: "binance-trades", symbol: "BTCUSDT", ...CLOCKS.always },
  { source: "simulator", symbol: "AAPL", ...CLOCKS.always },
  { source: "O'Hara|\"; --", symbol: "OIL", signed: "yes", ...CLOCKS.always },
];

/** Days around which something happens, and the days before them. */
export const PERIODS = {
  "summer time begins in New York": ["2025-03-07", "2025-03-09", "2025-03-10", "2025-03-11"],
  "summer time begins in London": ["2025-03-28", "2025-03-30", "2025-03-31", "2025-04-01"],
  "a holiday and a half day": ["2025-11-26", "2025-11-27", "2025-11-28", "2025-11-30"],
  "a split of NVIDIA": ["2024-06-06", "2024-06-07", "2024-06-09", "2024-06-10"],
  "a split of Amazon, and Facebook's new name": ["2022-06-02", "2022-06-06", "2022-06-08"]
    .concat("2022-06-09"),
  "new hours of Tokyo and winter time": ["2024-11-01", "2024-11-03", "2024-11-04", "2024-11-05"],
} as const;

/** Conditions, mostly none; `?` is in no table. */
const CONDITIONS = [null, null, "@", "@", "@ I", "@ T", "T", "U", "Z", "G", "@ 6", "6", "6 T"]
  .concat("M", "9", "O", "? @", "?", "@ T I", "C");

/** Records of days in a period. */
export class RandomDays {
  readonly #random: () => number;
  readonly #days: readonly string[];
  readonly #instruments: readonly Instrument[];
  readonly #trades: TradeRecord[][] = [];
  readonly #offsets = new Map<number, number>();
  #ingested: Time;
  #count = 0;

  readonly #firstPartition: number;

  /** `symbols`: how many of the instruments trade; those of one seed need not be all. */
  constructor(seed: number, days: readonly string[], symbols = 6, firstPartition = 0) {
    this.#random = seeded(seed);
    this.#firstPartition = firstPartition;
    this.#days = days;
    const shuffled = INSTRUMENTS.map((instrument) => [this.#random(), instrument] as const)
      .sort(([a], [b]) => a - b).map(([, instrument]) => instrument);
    this.#instruments = shuffled.slice(0, symbols);
    this.#ingested = Date.parse(`${days.at(-1)}T00:00:00Z`) * 1000 + 3 * DAY;
  }

  /** The next records, those of a partition in the order of their offsets. */
  batch(count: number): TradeRecord[] {
    return Array.from({ length: count }, () => this.#next());
  }

  #next(): TradeRecord {
    if (this.#random() < 0.3) this.#ingested += this.#random() < 0.05 ? HOUR : 1;
    const trade = this.#trades[Math.floor(this.#random() * this.#trades.length)];
    const isNew = trade === undefined || this.#random() < 0.5;
    const values = isNew ? this.#trade() : this.#later(trade);
    const strays = this.#random() < 0.12 ? 1 + Math.floor(this.#random() * 2) : 0;
    const home = INSTRUMENTS.findIndex((i) =>
      i.source === values.source && i.symbol === values.symbol
    );
    const partition = this.#firstPartition + (home + strays) % 3;
    const offset = (this.#offsets.get(partition) ?? 0) + (this.#random() < 0.05 ? 2 : 0);
    this.#offsets.set(partition, offset + 1);
    const record = { ...values, partition, offset, ingested: this.#ingested };
    if (isNew) this.#trades.push([record]);
    else trade.push(record);
    return record;
  }

  #trade(): TradeRecord {
    const instrument = this.#oneOf(this.#instruments);
    const at = this.#time(instrument);
    const hasSequence = this.#random() < 0.5;
    return {
      ...{ partition: 0, offset: 0, ingested: 0 },
      ...{ source: instrument.source, symbol: instrument.symbol, id: `t${this.#count++}` },
      price: this.#price(instrument.signed === "yes"),
      size: this.#size(),
      at,
      side: this.#random() < 0.8 ? null : this.#oneOf(["buy", "sell"]),
      sequence: hasSequence ? BigInt(Math.floor(this.#random() * 5)) : null,
      signed: instrument.signed ?? null,
      // Mostly as a feed says it of a first record; now and then a cancel of what never came.
      action: this.#random() < 0.8 ? null : this.#oneOf(["new", "new", "cancel"]),
      conditions: this.#oneOf(CONDITIONS),
      venue: this.#random() < 0.9 ? null : "XNYS",
      currency: this.#random() < 0.9 ? null : "USD",
      received: this.#received(at),
      origin: null,
    };
  }

  /** What a feed says of a trade again: the same, or something else. */
  #later(trade: readonly TradeRecord[]): TradeRecord {
    const any = this.#oneOf(trade);
    const what = this.#random();
    // Someone takes back what counts, and may read it again.
    if (what < 0.05) return { ...any, action: "cancel", origin: "#withdrawn" };
    // A repeat, as likely of an older version, read by somebody else.
    if (what < 0.3) {
      return this.#random() < 0.7 ? any : { ...any, received: this.#received(any.at) };
    }
    const instrument = INSTRUMENTS.find((i) => i.source === any.source && i.symbol === any.symbol);
    const isSigned = any.signed === "yes";
    if (what < 0.5) {
      const cancel = { ...any, ...this.#sequence(any), action: "cancel", origin: null };
      // It needs to know no more than the key.
      return this.#random() < 0.7
        ? cancel
        : { ...cancel, price: this.#price(isSigned), size: this.#size(), conditions: null };
    }
    const corrected = { ...any, ...this.#sequence(any), action: "correct", origin: null };
    if (what < 0.6 && instrument) {
      const near = any.at + Math.floor((this.#random() - 0.5) * 4) * SECOND;
      return { ...corrected, at: this.#random() < 0.5 ? near : this.#time(instrument) };
    }
    if (what < 0.7) return { ...corrected, size: this.#size() };
    if (what < 0.8) return { ...corrected, conditions: this.#oneOf(CONDITIONS) };
    if (what < 0.85) return corrected;
    return { ...corrected, price: this.#price(isSigned) };
  }

  /** A number in the feed's order that is higher, as high, or lower; or none. */
  #sequence({ sequence }: TradeRecord): { sequence: bigint | null } {
    if (sequence === null) return { sequence: this.#random() < 0.1 ? 1n : null };
    const what = this.#random();
    if (what < 0.1) return { sequence: null };
    if (what < 0.4) return { sequence };
    return { sequence: what < 0.6 && sequence > 0n ? sequence - 1n : sequence + 1n };
  }

  /** Close to a clock of the instrument, on a day of the period; now and then ahead of everything. */
  #time(instrument: Instrument): Time {
    const poison = this.#random();
    if (poison < 0.01) return Date.parse("2099-01-01T00:00:00Z") * 1000;
    if (poison < 0.03) return this.#ingested + HOUR + this.#oneOf([-1, 0, 1, 30 * MINUTE]);
    const day = this.#oneOf(this.#days);
    const clock = Temporal.PlainDateTime.from(`${day}T${this.#oneOf(instrument.clocks)}`);
    const start = clock.toZonedDateTime(instrument.zone).epochMilliseconds * 1000;
    const what = this.#random();
    if (what < 0.35) return start + this.#oneOf([-1, 0, 0, 1, 350_000, 999_999, SECOND]);
    if (what < 0.7) return start + Math.floor(this.#random() * 4) * (SECOND / 2);
    return start + Math.floor((this.#random() - 0.3) * 10 * MINUTE);
  }

  /** Mostly not told; else the time, and now and then so early that the time lies ahead. */
  #received(at: Time): Time | null {
    const what = this.#random();
    if (what < 0.8) return null;
    return what < 0.97 ? at + 1000 : at - HOUR + this.#oneOf([0, -1, 1, -MINUTE]);
  }

  #size(): bigint | null {
    const what = this.#random();
    if (what < 0.15) return null;
    if (what < 0.22) return 0n;
    return decimal(what < 0.5 ? "100" : (this.#random() * 500).toFixed(what < 0.6 ? 8 : 2));
  }

  #price(isSigned: boolean): bigint {
    const price = (isSigned ? -3 : 100) + this.#random() * 20;
    const price_ = price.toFixed(this.#oneOf([0, 2, 2, 8]));
    return decimal(isSigned && this.#random() < 0.1 ? "0" : price_);
  }

  #oneOf<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.#random() * choices.length)];
    if (choice === undefined) throw new Error("there is nothing to choose from");
    return choice;
  }
}

/** A statement that inserts the records into bronze. */
export function insertion(records: readonly TradeRecord[]): string {
  const text = (value: string | null) =>
    value === null ? "NULL" : `'${value.replaceAll("'", "''")}'`;
  const time = (value: Time | null) => text(value === null ? null : timeText(value));
  const rows = records.map((r) =>
    `(${
      [
        ...["'ticks'", r.partition, r.offset, time(r.ingested), text(r.source), text(r.symbol)],
        ...[text(r.id), textOf(r.price), r.size === null ? "NULL" : textOf(r.size), time(r.at)],
        ...[text(r.side), r.sequence ?? "NULL", text(r.signed), text(r.action)],
        ...[text(r.conditions), text(r.venue), text(r.currency), time(r.received)],
        text(r.origin),
      ].join(", ")
    })`
  );
  const columns = "_topic, _partition, _offset, _ingest_time, source, symbol, trade_id, price, " +
    "size, event_time, side, sequence, signed, action, conditions, venue, currency, receive_time, origin";
  return `INSERT INTO bronze.ticks (${columns}) VALUES\n${rows.join(",\n")}`;
}
