/** The page's questions to the warehouse, as typed answers. @module */
import { SerialQueue } from "../serial.ts";
import type { Bind, Cell, Result } from "../sql/session.ts";
import activitySql from "../../sql/duckdb/dashboard/activity.sql" with { type: "text" };
import actionsSql from "../../sql/duckdb/dashboard/actions.sql" with { type: "text" };
import arrivedSql from "../../sql/duckdb/dashboard/arrived.sql" with { type: "text" };
import barsSql from "../../sql/duckdb/dashboard/bars.sql" with { type: "text" };
import daysSql from "../../sql/duckdb/dashboard/days.sql" with { type: "text" };
import freshText from "../../sql/duckdb/dashboard/fresh.sql" with { type: "text" };
import freshUnmodelledText from "../../sql/duckdb/dashboard/fresh_unmodelled.sql" with {
  type: "text",
};
import intervalsSql from "../../sql/duckdb/dashboard/intervals.sql" with { type: "text" };
import kpiSql from "../../sql/duckdb/dashboard/kpi.sql" with { type: "text" };
import latestSql from "../../sql/duckdb/dashboard/latest.sql" with { type: "text" };
import namesSql from "../../sql/duckdb/dashboard/names.sql" with { type: "text" };
import noRulesSql from "../../sql/duckdb/dashboard/no_rules.sql" with { type: "text" };
import oldestSql from "../../sql/duckdb/dashboard/oldest.sql" with { type: "text" };
import qualitySql from "../../sql/duckdb/dashboard/quality.sql" with { type: "text" };
import rulesSql from "../../sql/duckdb/dashboard/rules.sql" with { type: "text" };
import secondsText from "../../sql/duckdb/dashboard/seconds.sql" with { type: "text" };
import symbolSecondsText from "../../sql/duckdb/dashboard/symbol_seconds.sql" with { type: "text" };
import tablesSql from "../../sql/duckdb/dashboard/tables.sql" with { type: "text" };
import tradesSql from "../../sql/duckdb/dashboard/trades.sql" with { type: "text" };
import type { Activity, Bar, CorporateAction, Quality, Second } from "./wire.ts";

/** What files have in common, by the name that `-- include:` gives it. */
const MODELLED: Readonly<Record<string, string>> = {
  trades: tradesSql,
  days: daysSql,
  rules: rulesSql,
};
/** The same before any model has run. */
const UNMODELLED = { ...MODELLED, rules: noRulesSql };
const freshSql = whole(freshText, MODELLED);
const freshUnmodelledSql = whole(freshUnmodelledText, UNMODELLED);
const secondsSql = whole(secondsText, MODELLED);
const secondsUnmodelledSql = whole(secondsText, UNMODELLED);
const symbolSecondsSql = whole(symbolSecondsText, MODELLED);
const symbolSecondsUnmodelledSql = whole(symbolSecondsText, UNMODELLED);

/** A statement with what it includes. */
function whole(text: string, shared: Readonly<Record<string, string>>): string {
  return text.replace(/^-- include: (\w+)$/gm, (_, name) => whole(shared[name] ?? "", shared));
}

/** Every statement of the page; they are sent as they stand here. */
export const PAGE_STATEMENTS: readonly string[] = [
  actionsSql,
  activitySql,
  arrivedSql,
  barsSql,
  freshSql,
  freshUnmodelledSql,
  intervalsSql,
  kpiSql,
  latestSql,
  namesSql,
  oldestSql,
  qualitySql,
  secondsSql,
  secondsUnmodelledSql,
  symbolSecondsSql,
  symbolSecondsUnmodelledSql,
  tablesSql,
];

/** Runs one statement that reads: a `Reader`'s or a session's `query`. */
export type Query = (sql: string, binds?: readonly Bind[]) => Promise<Result>;

/** Identity of an instrument. */
export interface InstrumentKey {
  readonly dataset: string;
  readonly source: string;
  readonly symbol: string;
}

/** What the figures of a day cover. */
export interface Day {
  /** Trades come at all hours: one UTC day follows the other. */
  readonly aroundTheClock: boolean;
  /** Session of the exchange: regular, or pre, break, post, closed until that one has a price. */
  readonly session: string;
  /** Seconds since 1970 UTC. */
  readonly start: number;
  /** Seconds since 1970 UTC; the first that is not of it. */
  readonly end: number;
}

/** A row of gold_kpi. */
export interface Kpi extends InstrumentKey {
  readonly lastPrice: number;
  readonly lastTime: number;
  readonly previousClose: number | null;
  readonly dayOpen: number;
  readonly dayHigh: number;
  readonly dayLow: number;
  readonly volume: number | null;
  /** Null for bars. */
  readonly trades: number | null;
  readonly day: Day;
  /** Session of the latest price. */
  readonly lastSession: string;
  /** Of the run of the models that changed it last; it grows. */
  readonly version: number;
}

/** What the models' figures do not have: a day of a symbol, or what is left of it. */
export interface Fresh {
  readonly source: string;
  readonly symbol: string;
  /** Time of the last trade that sets the price; null if none does. */
  readonly lastTime: number | null;
  /** Starts with the first trade. */
  readonly bar: Second;
  /** Trades whose conditions say what they may set. */
  readonly conditional: number;
}

/** A one-second bar of the live tail. */
export interface LiveSecond {
  readonly source: string;
  readonly symbol: string;
  readonly bar: Second;
  /** When the newest row of the source came in, as SQL has it. */
  readonly ingested: string;
}

/** When rows last came in for a source, and how far its events are, milliseconds since 1970 UTC. */
export interface Latest {
  readonly source: string;
  readonly ingestedMs: number;
  readonly eventMs: number;
}

/** The questions. Calls run one after the other: `query` may be a single connection. */
export class Queries {
  readonly #query: Query;
  readonly #queue = new SerialQueue();

  constructor(query: Query) {
    this.#query = query;
  }

  /** Tables and views of bronze, silver and gold that exist, such as "gold.gold_kpi". */
  async tables(): Promise<Set<string>> {
    return new Set((await this.#rows(tablesSql)).map(([name]) => String(name)));
  }

  async latest(): Promise<Latest[]> {
    return (await this.#rows(latestSql)).map(([source, ingested, event]) => ({
      source: String(source),
      ingestedMs: toMs(ingested),
      eventMs: toMs(event),
    }));
  }

  /** Event time of the first row, milliseconds since 1970 UTC. */
  async oldest(): Promise<number | undefined> {
    const [row] = await this.#rows(oldestSql);
    return row && toMs(row[0]);
  }

  /** The live tail; `modelled`: the models tell what conditions mean. */
  async seconds(
    ingestedSinceMs: number,
    eventSinceMs: number,
    modelled: boolean,
  ): Promise<LiveSecond[]> {
    const sql = modelled ? secondsSql : secondsUnmodelledSql;
    const rows = await this.#rows(sql, [toSql(ingestedSinceMs), toSql(eventSinceMs)]);
    return rows.map(([source, symbol, ...bar]) => ({
      source: String(source),
      symbol: String(symbol),
      bar: toSecond(bar),
      ingested: String(bar[7]),
    }));
  }

  /** The seconds of one symbol; `modelled`: the models tell what conditions mean. */
  async symbolSeconds(
    { source, symbol }: Pick<InstrumentKey, "source" | "symbol">,
    sinceMs: number,
    modelled: boolean,
  ): Promise<Second[]> {
    const sql = modelled ? symbolSecondsSql : symbolSecondsUnmodelledSql;
    return (await this.#rows(sql, [source, symbol, toSql(sinceMs)])).map(toSecond);
  }

  /** The last `limit` bars, oldest first; `regular`: of regular sessions only. */
  async bars(
    key: InstrumentKey,
    interval: string,
    limit: number,
    regular = false,
  ): Promise<Bar[]> {
    const binds = [key.dataset, key.source, key.symbol, interval, limit, regular];
    // Where a session ends, a second may have a bar of it and one of what is behind: it comes first.
    return (await this.#rows(barsSql, binds)).filter(([second], i, rows) =>
      second !== rows[i - 1]?.[0]
    ).map(toModelledBar).reverse();
  }

  /** Intervals of the bars that the feed publishes of an instrument, in any order. */
  async intervals({ dataset, source, symbol }: InstrumentKey): Promise<string[]> {
    return (await this.#rows(intervalsSql, [dataset, source, symbol])).map(([name]) =>
      String(name)
    );
  }

  /** Splits and dividends of an instrument, oldest first. */
  async actions({ source, symbol }: InstrumentKey): Promise<CorporateAction[]> {
    return (await this.#rows(actionsSql, [source, symbol])).map(([day, action, amount]) => ({
      day: Number(day),
      action: action === "split" ? "split" : "dividend",
      amount: Number(amount),
    }));
  }

  /** Rows of each dataset that has any. */
  async arrived(): Promise<Record<string, number>> {
    const [row = []] = await this.#rows(arrivedSql);
    const counts = ["ticks", "quotes", "bars", "index_bars"].map((name, i) =>
      [name, Number(row[i] ?? 0)] as const
    );
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  /** The newest findings of the quality rules. */
  async quality(): Promise<Quality> {
    const rows = await this.#rows(qualitySql);
    const findings = rows.map(([rule, source, symbol, detail, time]) => ({
      rule: String(rule),
      source: String(source),
      symbol: String(symbol),
      detail: String(detail),
      time: Number(time),
    }));
    return { total: Number(rows[0]?.[5] ?? 0), findings };
  }

  async kpis(): Promise<Kpi[]> {
    return (await this.#rows(kpiSql)).map((row) => ({
      dataset: String(row[0]),
      source: String(row[1]),
      symbol: String(row[2]),
      lastPrice: Number(row[3]),
      lastTime: Number(row[4]),
      previousClose: toNumber(row[5]),
      dayOpen: Number(row[6]),
      dayHigh: Number(row[7]),
      dayLow: Number(row[8]),
      volume: toNumber(row[9]),
      trades: toNumber(row[10]),
      day: {
        aroundTheClock: row[11] === "ALWAYS",
        session: String(row[12]),
        start: Number(row[13]),
        end: Number(row[14]),
      },
      lastSession: String(row[15]),
      version: Number(row[16]),
    }));
  }

  /**
   * What the figures of `built` do not have, oldest first, of events since then; undefined: no model
   * has run.
   */
  async fresh(sinceMs: number, built: readonly Kpi[] | undefined): Promise<Fresh[]> {
    const versions = (built ?? []).filter((k) => k.dataset === "ticks").map((k) => k.version);
    const version = versions.length > 0 ? Math.max(...versions) : null;
    const rows = built
      ? await this.#rows(freshSql, [toSql(sinceMs), version])
      : await this.#rows(freshUnmodelledSql, [toSql(sinceMs)]);
    return rows.map(([source, symbol, first, last, ...rest]) => ({
      source: String(source),
      symbol: String(symbol),
      lastTime: toNumber(last),
      bar: toSecond([first ?? 0, ...rest]),
      conditional: Number(rest[6]),
    }));
  }

  async names(): Promise<(InstrumentKey & { name: string; sector: string; weight: number })[]> {
    return (await this.#rows(namesSql)).map((row) => ({
      dataset: String(row[0]),
      source: String(row[1]),
      symbol: String(row[2]),
      name: String(row[3]),
      sector: String(row[4]),
      weight: Number(row[5]),
    }));
  }

  async activity(sinceMs: number): Promise<Activity[]> {
    return (await this.#rows(activitySql, [toSql(sinceMs)])).map((row) => {
      const delays = [toNumber(row[2]), toNumber(row[3])] as const;
      // Replayed history is not late, it is old.
      const live = delays[0] !== null && delays[0] > -60_000 && delays[0] < 3_600_000;
      return [Number(row[0]), Number(row[1]), live ? delays[0] : null, live ? delays[1] : null];
    });
  }

  #rows(sql: string, binds: readonly Bind[] = []): Promise<Result["rows"]> {
    return this.#queue.run(async () => (await this.#query(sql, binds)).rows);
  }
}

/** Milliseconds of a timestamp as results spell it. */
export function toMs(timestamp: Cell | undefined): number {
  return Date.parse(`${String(timestamp).replace(" ", "T")}Z`);
}

/** The timestamp, UTC, of milliseconds since 1970. */
export function toSql(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").replace("Z", "");
}

function toBar(row: readonly (Cell | undefined)[]): Bar {
  const [second, open, high, low, close, , trades] = row.map(Number);
  const volume = toNumber(row[5]);
  return [second ?? 0, open ?? 0, high ?? 0, low ?? 0, close ?? 0, volume, trades ?? 0];
}

function toSecond(row: readonly (Cell | undefined)[]): Second {
  const [open, high, low, close] = row.slice(1, 5).map(toNumber);
  const [start, , , , , volume, trades] = toBar(row);
  return [start, open ?? null, high ?? null, low ?? null, close ?? null, volume, trades];
}

/** A bar of the models: with its revisions, if there are any. */
function toModelledBar(row: readonly (Cell | undefined)[]): Bar {
  const bar = toBar(row);
  const revisions = Number(row[7] ?? 0);
  const [second, open, high, low, close, volume, trades] = bar;
  return revisions > 0 ? [second, open, high, low, close, volume, trades, revisions] : bar;
}

function toNumber(cell: Cell | undefined): number | null {
  return cell === null || cell === undefined ? null : Number(cell);
}
