/**
 * Seeded arrivals for tests of the models: new facts, late ones, repeats, of older versions too,
 * corrections of values and of times, versions out of their sequence, cancels, also of facts that
 * never came, what comes by another partition, and what is dated ahead of its arrival; with gaps
 * between the offsets as dead letters leave them.
 * @module
 */
import { DATASETS } from "../../pipeline/datasets/datasets.ts";
import { bronzeTable } from "../../pipeline/datasets/tables.ts";
import { literal } from "../../pipeline/sql/names.ts";

/** A row of bronze: values as SQL takes them from text, null where there is none. */
type Row = Record<string, string | number | null>;
type Random = () => number;

const SYMBOLS = ["AAPL", "GOOGL", "MSFT", "O'Hara|\"; --", "ÅÄÖ 株"];
const START_US = Date.UTC(2026, 2, 2, 14, 30) * 1000;
const SECOND_US = 1_000_000;
const DAY_US = 86_400 * SECOND_US;
/** When the first record is written: behind all times of facts but those that are ahead of it. */
const ARRIVAL_US = START_US + 4 * DAY_US;
/** Sale conditions, mostly none; `?` is in no table. */
const CONDITIONS = [null, null, null, "@", "@ I", "@ T", "Z", "@ 6", "M", "? @"];

/** Numbers from 0 up to 1, the same for a seed (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6D2B79F5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Yields statements that insert batches of rows into the bronze tables. */
export class Arrivals {
  readonly #random: Random;
  readonly #past = new Map<string, Row[]>();
  readonly #next = new Map<string, number>();
  #ids = 0;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  /** Statements for `count` records of each dataset. */
  batch(count: number): string {
    return DATASETS.map((dataset) => {
      const rows = Array.from({ length: count }, () => this.#row(dataset.name));
      const names = Object.keys(rows[0] ?? {});
      const values = rows.map((row) =>
        `(${names.map((n) => row[n] === null ? "NULL" : literal(String(row[n]))).join(", ")})`
      );
      return `INSERT INTO ${bronzeTable(dataset)} (${names.join(", ")}) VALUES\n${
        values.join(",\n")
      }`;
    }).join(";\n");
  }

  #row(dataset: string): Row {
    const past = this.#past.get(dataset) ?? [];
    this.#past.set(dataset, past);
    const earlier = past[Math.floor(this.#random() * past.length)];
    const what = this.#random();
    let fact: Row;
    if (earlier === undefined || what < 0.6) fact = this.#fact(dataset);
    else if (what < 0.72) fact = earlier;
    else fact = this.#corrected(dataset, earlier, what > 0.86);
    // A repeat or a correction of what was taken back brings it back.
    const cancels = this.#random() < 0.12;
    fact = { ...fact, action: cancels ? "cancel" : what > 0.86 ? "correct" : null };
    past.push(fact);
    const symbol = fact.symbol ?? fact.index;
    const strays = this.#random() < 0.1 ? 1 : 0;
    const partition = (SYMBOLS.indexOf(String(symbol)) + strays) % 4;
    const place = `${dataset}/${partition}`;
    const offset = (this.#next.get(place) ?? 0) + (this.#random() < 0.05 ? 2 : 0);
    this.#next.set(place, offset + 1);
    return {
      _topic: dataset,
      _partition: partition,
      _offset: offset,
      // Several records are written at once.
      _ingest_time: timestamp(ARRIVAL_US + Math.floor(this.#ids++ / 3)),
      ...fact,
    };
  }

  #fact(dataset: string): Row {
    const symbol = this.#oneOf(SYMBOLS);
    const source = this.#oneOf(["csv", "finnhub"]);
    switch (dataset) {
      case "ticks":
        return {
          symbol,
          price: this.#price(),
          size: this.#size(),
          event_time: timestamp(this.#tradeTime()),
          source,
          trade_id: `t${this.#ids}`,
          side: this.#random() < 0.5 ? null : this.#oneOf(["buy", "sell"]),
          sequence: this.#random() < 0.5 ? null : this.#ids,
          conditions: CONDITIONS[Math.floor(this.#random() * CONDITIONS.length)] ?? null,
          venue: this.#random() < 0.8 ? null : "XNYS",
          currency: this.#random() < 0.8 ? null : "USD",
          receive_time: this.#random() < 0.9 ? null : timestamp(ARRIVAL_US),
        };
      case "quotes":
        return {
          symbol,
          source,
          c: Math.ceil(this.#random() * 3) + 100,
          d: 1,
          dp: null,
          h: this.#random() < 0.2 ? null : 110,
          l: this.#random() < 0.2 ? null : 90,
          o: this.#random() < 0.2 ? null : this.#price(),
          pc: this.#random() < 0.2 ? null : this.#price(),
          t: timestamp(Math.floor(this.#time() / SECOND_US) * SECOND_US),
        };
      case "bars":
        return {
          symbol,
          source,
          ...this.#bar(),
          ...this.#ohlc(),
          adj_close: this.#random() < 0.3 ? null : this.#price(),
          volume: this.#random() < 0.3 ? null : 1000,
          adjustment: this.#random() < 0.5 ? null : this.#oneOf(["raw", "splits", "all"]),
          provisional: this.#random() < 0.9 ? null : "yes",
        };
      case "corporate_actions":
        return this.#action(source);
      default:
        return {
          index: symbol,
          date: timestamp(this.#time()).slice(0, 10),
          ...this.#ohlc(),
          adj_close: null,
          volume: 5,
          close_usd: this.#random() < 0.3 ? null : this.#price(),
        };
    }
  }

  /** The same natural key with other values; `moved`: a trade gets another time. */
  #corrected(dataset: string, fact: Row, moved: boolean): Row {
    switch (dataset) {
      case "ticks":
        return moved
          ? { ...fact, event_time: timestamp(this.#tradeTime()), ...this.#sequenced(fact) }
          : this.#random() < 0.5
          ? { ...fact, price: this.#price(), side: null, ...this.#sequenced(fact) }
          : { ...fact, size: this.#size(), conditions: "@ I" };
      case "quotes":
        return { ...fact, pc: this.#price(), dp: moved ? null : 2 };
      case "corporate_actions":
        return { ...fact, amount: moved ? 4 : 3, adjustment: null };
      case "bars":
        return { ...fact, ...this.#ohlc(), volume: moved ? null : 7, provisional: null };
      default:
        return { ...fact, ...this.#ohlc(), volume: moved ? null : 7 };
    }
  }

  /** Mostly within a few minutes, where ticks share milliseconds; else up to three days away. */
  #time(): number {
    const near = START_US + Math.floor(this.#random() * 400) * (SECOND_US / 2);
    return this.#random() < 0.8 ? near : near + Math.floor(this.#random() * 3 * DAY_US) - DAY_US;
  }

  /** As `#time`, or now and then far ahead. */
  #tradeTime(): number {
    return this.#random() < 0.97 ? this.#time() : START_US + 400 * DAY_US;
  }

  /** The next number in the feed's order, or an earlier one, or none. */
  #sequenced(fact: Row): Row {
    const sequence = Number(fact.sequence ?? 0);
    const what = this.#random();
    return { sequence: what < 0.2 ? null : what < 0.5 ? Math.max(0, sequence - 1) : sequence + 1 };
  }

  /** Days, minutes, and now and then a longer bar, which then is not built of shorter ones. */
  #bar(): Row {
    const [interval, length] = this.#random() < 0.5
      ? ["1d", DAY_US]
      : this.#random() < 0.9
      ? ["1m", 60 * SECOND_US]
      : ["1h", 3600 * SECOND_US];
    const start = Math.floor(this.#time() / Number(length)) * Number(length);
    return { bar_interval: String(interval), open_time: timestamp(start) };
  }

  /**
   * Within three weeks of the bars, before and after they are read; some are announced. Of symbols
   * without a long past of dividends: factors of many differ in their fourteenth digit by the order
   * in which an engine sums them.
   */
  #action(source: string): Row {
    const symbol = this.#oneOf(SYMBOLS.filter((name) => name !== "AAPL" && name !== "MSFT"));
    const kind = this.#oneOf(["split", "dividend", "dividend", "capital_gain"]);
    const day = Math.floor(this.#random() * 40) - 20;
    return {
      symbol,
      source,
      ex_date: timestamp(START_US + day * DAY_US).slice(0, 10),
      kind,
      amount: kind === "split" ? this.#oneOf(["2", "0.5", "1.5"]) : this.#price().slice(2),
      currency: kind === "split" || this.#random() < 0.5 ? null : "USD",
      adjustment: kind === "split" || this.#random() < 0.5 ? null : "splits",
      receive_time: this.#random() < 0.5
        ? null
        : timestamp(ARRIVAL_US - Math.floor(this.#random() * 9) * DAY_US),
    };
  }

  #size(): string | number | null {
    const kind = this.#random();
    return kind < 0.1 ? 0 : kind < 0.3 ? null : (this.#random() * 500).toFixed(4);
  }

  #price(): string {
    return (100 + this.#random() * 20).toFixed(6);
  }

  #ohlc(): Row {
    return { open: this.#price(), high: 121, low: 99, close: this.#price() };
  }

  #oneOf(choices: readonly string[]): string {
    return choices[Math.floor(this.#random() * choices.length)] ?? "";
  }
}

function timestamp(us: number): string {
  const ms = Math.floor(us / 1000);
  const rest = String(us - ms * 1000).padStart(3, "0");
  return new Date(ms).toISOString().replace("T", " ").replace("Z", rest);
}
