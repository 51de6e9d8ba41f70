/** Trades of the past, by REST: a day of a symbol in pages. Only paid plans have them. @module */
import { z } from "zod";
import type { Range } from "../../metadata/range.ts";
import { shapeText } from "../../provider/answer.ts";
import type { ProviderClient } from "../../provider/client.ts";
import { checkSymbol } from "../../provider/symbol.ts";
import type { RefusedRecord } from "../source.ts";
import { jsonOf } from "./client.ts";
import { TradeReader } from "./trade.ts";
import { timeMs } from "./value.ts";

/** The most that a request may ask for: https://finnhub.io/docs/api/stock-tick */
export const PAGE = 25_000;

const list = z.array(z.unknown()).nullish();
const count = z.number().int().min(0);
const TICKS = z.looseObject({
  p: list,
  v: list,
  t: list,
  c: list,
  /** In the page. */
  count: count.nullish(),
  /** Of the day. */
  total: count.nullish(),
});

/** A page of a day's trades. */
export interface TickPage {
  readonly p: readonly unknown[];
  readonly v: readonly unknown[];
  readonly t: readonly unknown[];
  readonly c: readonly unknown[];
  readonly length: number;
  /** Trades of the day so far. */
  readonly total: number;
}

/** Reads an answer; a text if it is not as documented. */
export function tickPage(json: unknown): TickPage | string {
  const parsed = TICKS.safeParse(json);
  if (!parsed.success) return shapeText(parsed.error);
  const { total, p, v, t, c } = parsed.data;
  const arrays = { p: p ?? [], v: v ?? [], t: t ?? [], c: c ?? [] };
  const length = Math.max(arrays.p.length, arrays.v.length, arrays.t.length);
  return { ...arrays, length, total: Math.max(total ?? 0, length) };
}

/** Told of each trade of the range; the reader holds it. */
export type OnTrade = (reader: TradeReader) => void;

/** What a range brought. */
export interface TicksFound {
  readonly refused: readonly RefusedRecord[];
  /** Trades of the days, in the range or not: none at all means that there is no record of them. */
  readonly total: number;
}

/**
 * The trades of a symbol within the range, day by day, in order. Of long days only the pages that
 * have them are asked for. Throws `ProviderError`.
 */
export async function ticksOf(
  client: ProviderClient,
  about: Range & { readonly symbol: string; readonly days: readonly string[] },
  onTrade: OnTrade,
  signal: AbortSignal,
): Promise<TicksFound> {
  const { symbol, days, fromUs, toUs } = about;
  const reader = new TradeReader();
  const refused: RefusedRecord[] = [];
  let total = 0;
  for (const day of days) {
    const pages = new Pages(client, symbol, day, signal);
    total += (await pages.at(0)).total;
    for (let at = await pages.holding(fromUs / 1000); at < await pages.count(); at++) {
      const page = await pages.at(at);
      for (let i = 0; i < page.length; i++) {
        reader.symbol = symbol;
        if (reader.values(page.p[i], page.v[i], page.t[i], page.c[i])) {
          const us = reader.timeMs * 1000;
          if (us >= fromUs && us < toUs) onTrade(reader);
          continue;
        }
        const element = { p: page.p[i], v: page.v[i], t: page.t[i], c: page.c[i], s: symbol };
        refused.push({
          at: `trade ${at * PAGE + i} of ${day} of ${symbol}`,
          reason: reader.fault,
          raw: new TextEncoder().encode(JSON.stringify(element)),
        });
      }
      if ((timeOf(page, page.length - 1) ?? -Infinity) * 1000 >= toUs) break;
    }
  }
  return { refused, total };
}

/** The pages of a day, each asked for once. */
class Pages {
  readonly #client: ProviderClient;
  readonly #symbol: string;
  readonly #day: string;
  readonly #signal: AbortSignal;
  readonly #known = new Map<number, TickPage>();

  constructor(client: ProviderClient, symbol: string, day: string, signal: AbortSignal) {
    this.#client = client;
    this.#symbol = symbol;
    this.#day = day;
    this.#signal = signal;
  }

  async count(): Promise<number> {
    return Math.ceil((await this.at(0)).total / PAGE);
  }

  async at(index: number): Promise<TickPage> {
    const known = this.#known.get(index);
    if (known) return known;
    const answer = await this.#client.get({
      path: ["stock", "tick"],
      query: {
        symbol: checkSymbol(this.#symbol),
        date: this.#day,
        limit: `${PAGE}`,
        skip: `${index * PAGE}`,
        format: "json",
      },
      symbol: this.#symbol,
      signal: this.#signal,
    });
    const page = tickPage(jsonOf(this.#client, answer.text, this.#symbol));
    if (typeof page === "string") throw this.#client.invalid(page, this.#symbol);
    this.#known.set(index, page);
    return page;
  }

  /** The first page that has trades from the time on: seen from the end, where most gaps are. */
  async holding(fromMs: number): Promise<number> {
    let [low, high] = [0, await this.count()];
    for (let middle = high - 1; high - low > 1; middle = (low + high) >> 1) {
      const first = timeOf(await this.at(middle), 0) ?? Infinity;
      if (first < fromMs) low = middle;
      else high = middle;
    }
    return low;
  }
}

function timeOf(page: TickPage, index: number): number | undefined {
  return timeMs(page.t[index]);
}
