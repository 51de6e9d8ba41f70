/** When trades of a symbol may come. @module */
import type { Calendar } from "../../calendar/calendar.ts";
import { Zone } from "../../calendar/zone.ts";
import { type Range, subtract } from "../../metadata/range.ts";
import { FINNHUB } from "./client.ts";

const HOUR_US = 3_600_000_000;
const DAY_US = 24 * HOUR_US;
/** Exchanges of the United States. */
const UNITED_STATES = ["XNAS", "XNYS", "ARCX", "XASE", "BATS"];
const NEW_YORK = new Zone("America/New_York");
/** Trading before and behind the session. In the United States from 4:00 to 20:00 of New York. */
const EXTENDED_US: Readonly<Record<string, readonly [before: number, after: number]>> = {
  ...Object.fromEntries(UNITED_STATES.map((one) => [one, [5.5 * HOUR_US, 4 * HOUR_US]])),
  ALWAYS: [0, 0],
};
/** Elsewhere: auctions, and trades that are reported after them. */
const AROUND_US = [HOUR_US, HOUR_US] as const;
/** How Finnhub writes what is not listed at an exchange: its venue and a colon. */
const CRYPTO =
  /^(BINANCE|BITFINEX|BITMEX|COINBASE|GEMINI|HITBTC|HUOBI|KRAKEN|KUCOIN|OKEX|POLONIEX|ZB)/;
const FOREX = /^(OANDA|FXCM|FXPIG|FXPRO|FOREX\.COM|FOREX|IC MARKETS|ICM|PEPPERSTONE(UK)?)$/;

/** Hours of trading by the calendar; of a symbol whose exchange is not known they never end. */
export class Hours {
  readonly #calendar: Calendar;

  constructor(calendar: Calendar) {
    this.#calendar = calendar;
  }

  /** The parts of the range in which trades may come. */
  within(symbol: string, range: Range): Range[] {
    const exchange = this.#exchangeOf(symbol, range.fromUs);
    if (exchange === undefined) return range.fromUs < range.toUs ? [range] : [];
    const open = this.#sessions(exchange, range);
    return subtract(range, subtract(range, open));
  }

  /** Whether trades may come now. */
  mayTrade(symbol: string, nowUs: number): boolean {
    return this.within(symbol, { fromUs: nowUs, toUs: nowUs + 1 }).length > 0;
  }

  /** The dates of the exchange on which trades of the range may be filed. */
  days(symbol: string, range: Range): string[] {
    const exchange = this.#exchangeOf(symbol, range.fromUs);
    if (exchange !== undefined) {
      return this.#sessions(exchange, range)
        .filter(({ fromUs, toUs }) => fromUs < range.toUs && toUs > range.fromUs)
        .map(({ day }) => day);
    }
    const days: string[] = [];
    for (let at = Math.floor(range.fromUs / DAY_US) * DAY_US; at < range.toUs; at += DAY_US) {
      days.push(new Date(at / 1000).toISOString().slice(0, 10));
    }
    return days;
  }

  #sessions(exchange: string, { fromUs, toUs }: Range): (Range & { readonly day: string })[] {
    const [before, after] = EXTENDED_US[exchange] ?? AROUND_US;
    return this.#calendar.sessions(exchange, fromUs - after, toUs + before).map((session) => ({
      fromUs: session.openUs - before,
      toUs: session.closeUs + after,
      day: session.day,
    }));
  }

  #exchangeOf(symbol: string, atUs: number): string | undefined {
    const date = new Date(atUs / 1000).toISOString().slice(0, 10);
    const known = this.#calendar.exchangeOf(FINNHUB, symbol, date);
    if (known !== undefined) return this.#calendar.has(known) ? known : undefined;
    return venueOf(symbol);
  }
}

/** The hours of what is not listed at an exchange, by the venue before the colon. */
export function venueOf(symbol: string): "ALWAYS" | "FX" | undefined {
  const [venue = "", rest] = symbol.split(":");
  if (rest === undefined) return undefined;
  return CRYPTO.test(venue) ? "ALWAYS" : FOREX.test(venue) ? "FX" : undefined;
}

/** The zone of an exchange's days; undefined where it is not known here. */
export function zoneOf(exchange: string): Zone | undefined {
  return UNITED_STATES.includes(exchange) ? NEW_YORK : undefined;
}
