/**
 * Rows of Alpha Vantage's series, as texts, in the exchange's own time.
 * @module
 */
import { closeOf, dayOf, dayText } from "../market/calendar.ts";
import type { FeedInstrument } from "../market/instruments.ts";
import type { Bar } from "../market/market.ts";
import type { World } from "../world/world.ts";
import { adjustedCloses } from "../world/adjusted.ts";

/** A row, oldest first. */
export interface SeriesRow {
  /** YYYY-MM-DD, with HH:MM:SS below a day. */
  readonly at: string;
  readonly cells: Readonly<Record<string, string>>;
}

/** What of minutes is asked for. */
export interface IntradayAsked {
  readonly minutes: number;
  /** YYYY-MM, or empty for the latest days. */
  readonly month: string;
  readonly days: number;
  readonly isAdjusted: boolean;
  readonly isExtended: boolean;
}

const DAY_MS = 86_400_000;
/** A hundred trading days are fewer days than this. */
const COMPACT_DAYS = 160;

/** Days that have ended, as they were traded; the last of them, or all for 0. */
export function dailyRows(
  world: World,
  instrument: FeedInstrument,
  isAdjusted: boolean,
  last: number,
): SeriesRow[] {
  const { market, clock } = world;
  const now = clock.now();
  const today = Math.floor(now / DAY_MS);
  const from = last === 0 ? 0 : today - COMPACT_DAYS;
  const all = market.dailyBars(instrument, from, today + 1, now).filter(({ day }) => {
    const trading = market.calendar.tradingDay(instrument, day);
    return trading !== undefined && closeOf(trading) <= now;
  });
  const bars = last === 0 ? all : all.slice(-last);
  const adjusted = isAdjusted ? adjustedCloses(world, instrument, bars) : [];
  return bars.map((bar, i) => {
    const prices = pricesOf(instrument, bar, 1);
    const volume = volumeOf(instrument, bar, 1);
    if (!isAdjusted) return { at: dayText(bar.day), cells: { ...prices, "5. volume": volume } };
    const actions = market.actions.of(instrument).filter(({ day }) => day === bar.day);
    const amount = (kind: string, otherwise: number) =>
      actions.find((one) => one.kind === kind)?.amount ?? otherwise;
    return {
      at: dayText(bar.day),
      cells: {
        ...prices,
        "5. adjusted close": String(adjusted[i] ?? 0),
        "6. volume": volume,
        "7. dividend amount": amount("dividend", 0).toFixed(4),
        "8. split coefficient": amount("split", 1).toFixed(1),
      },
    };
  });
}

/** Weeks or months up to the last day that has ended, by their last day of trading. */
export function longRows(
  world: World,
  instrument: FeedInstrument,
  period: "week" | "month",
): SeriesRow[] {
  const groups = new Map<string, SeriesRow[]>();
  for (const row of dailyRows(world, instrument, false, 0)) {
    const day = dayOf(row.at);
    // Days since 1970, which began on a Thursday.
    const name = period === "week" ? `${day - (day + 3) % 7}` : row.at.slice(0, 7);
    groups.set(name, [...groups.get(name) ?? [], row]);
  }
  return [...groups.values()].map((days) => {
    const column = (name: string) => days.map(({ cells }) => Number(cells[name]));
    const [first, last] = [days[0], days.at(-1)];
    return {
      at: last?.at ?? "",
      cells: {
        "1. open": first?.cells["1. open"] ?? "",
        "2. high": Math.max(...column("2. high")).toFixed(4),
        "3. low": Math.min(...column("3. low")).toFixed(4),
        "4. close": last?.cells["4. close"] ?? "",
        "5. volume": `${column("5. volume").reduce((sum, one) => sum + one, 0)}`,
      },
    };
  });
}

/** Minutes of a month, or of the latest days. */
export function intradayRows(
  world: World,
  instrument: FeedInstrument,
  asked: IntradayAsked,
): SeriesRow[] {
  const { market, clock } = world;
  const { minutes, month, days, isAdjusted, isExtended } = asked;
  const now = clock.now();
  const today = Math.floor(now / DAY_MS);
  const from = month === "" ? today - days : dayOf(`${month}-01`);
  const to = month === "" ? today + 1 : dayOf(nextMonth(month));
  const phases = isExtended ? ["pre", "regular", "post"] as const : ["regular"] as const;
  const rows: SeriesRow[] = [];
  for (let day = from; day < to; day++) {
    const trading = market.calendar.tradingDay(instrument, day);
    if (!trading) continue;
    const factor = isAdjusted ? adjustment(world, instrument, day) : 1;
    const cut = { minutes, from: "clock", phases, untilMs: now } as const;
    for (const bar of market.bars(instrument, trading, cut)) {
      if (bar.startMs + minutes * 60_000 > now) continue;
      const local = new Date(bar.startMs + trading.offsetMs).toISOString();
      const shares = isAdjusted ? market.splitFactor(instrument, day, today) : 1;
      rows.push({
        at: `${local.slice(0, 10)} ${local.slice(11, 19)}`,
        cells: {
          ...pricesOf(instrument, bar, factor),
          "5. volume": volumeOf(instrument, bar, shares),
        },
      });
    }
  }
  return rows;
}

/** By what prices of a day are multiplied: splits and dividends since. */
function adjustment(world: World, instrument: FeedInstrument, day: number): number {
  const bar = world.market.dailyBar(instrument, day);
  if (!bar) return 1;
  const [adjusted = 0] = adjustedCloses(world, instrument, [{ ...bar, day, startMs: 0 }]);
  return adjusted * 10 ** instrument.digits / bar.close;
}

function pricesOf({ digits }: FeedInstrument, bar: Bar, factor: number) {
  const price = (ticks: number) => (ticks / 10 ** digits * factor).toFixed(4);
  return {
    "1. open": price(bar.open),
    "2. high": price(bar.high),
    "3. low": price(bar.low),
    "4. close": price(bar.close),
  };
}

function volumeOf({ sizeDigits }: FeedInstrument, { volume }: Bar, shares: number): string {
  return String(Math.round(volume * shares / 10 ** sizeDigits));
}

function nextMonth(month: string): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 10);
}
