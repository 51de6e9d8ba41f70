import { assert, assertEquals } from "@std/assert";
import { closeOf, dayOf, dayText, endOf, openOf, startOf, type TradingDay } from "./calendar.ts";
import type { FeedInstrument } from "./instruments.ts";
import { type Bar, barOf, Market } from "./market.ts";
import { recordedBars } from "./recorded.ts";

const PHASES = ["pre", "regular", "post"] as const;
/** A usual day, an early close, a day without one's market, a lunch break, a clock change. */
const DAYS = ["2026-11-24", "2012-11-23", "2024-12-24", "2026-11-27", "2026-11-01"];

function* days(market: Market): Generator<[FeedInstrument, TradingDay, Bar]> {
  for (const instrument of market.instruments) {
    for (const day of DAYS.map(dayOf)) {
      const trading = market.calendar.tradingDay(instrument, day);
      const [bar] = market.dailyBars(instrument, day, day + 1);
      if (trading && bar) yield [instrument, trading, bar];
    }
  }
}

Deno.test("Market: a day's bar is made of exactly its trades", () => {
  const market = new Market({ seed: 3, rate: 4 });
  let count = 0;
  for (const [instrument, trading, { startMs: _, day: __, ...bar }] of days(market)) {
    const trades = market.trades(instrument, openOf(trading), closeOf(trading));
    assertEquals(barOf(trades), bar, `${instrument.symbol} ${dayText(trading.day)}`);
    count++;
  }
  assert(count > 60, `${count}`);
});

Deno.test("Market.bars() of any length are made of exactly their trades, extended hours too", () => {
  const market = new Market({ seed: 4, rate: 4 });
  for (const symbol of ["AAPL", "7203.T", "BTC-USD"]) {
    const instrument = market.find(symbol);
    const trading = instrument && market.calendar.tradingDay(instrument, dayOf("2026-11-25"));
    assert(instrument && trading);
    for (const minutes of [1, 2, 5, 15, 60, 90]) {
      for (const from of ["open", "clock"] as const) {
        const bars = market.bars(instrument, trading, { minutes, from, phases: PHASES });
        const trades = market.trades(instrument, startOf(trading), endOf(trading));
        const volume = bars.reduce((sum, bar) => sum + bar.volume, 0);
        assertEquals(volume, trades.reduce((sum, { size }) => sum + size, 0));
        if (from === "open" && trading.pre) continue;
        for (const { startMs, day: _, ...bar } of bars) {
          const own = trades.filter(({ timeMs }) =>
            timeMs >= startMs && timeMs < startMs + minutes * 60_000
          );
          assertEquals(barOf(own), bar, `${symbol} ${minutes} ${new Date(startMs).toISOString()}`);
        }
      }
    }
  }
});

Deno.test("Market.bars() until a time hold the trades before it and no others", () => {
  const market = new Market({ seed: 5 });
  const instrument = market.find("IBM");
  const untilMs = Date.parse("2026-11-24T15:17:23.456Z");
  const trading = instrument && market.calendar.at(instrument, untilMs);
  assert(instrument && trading);
  const cut = { minutes: Infinity, from: "open", phases: ["regular"], untilMs } as const;
  const [{ startMs: _, day: __, ...bar }] = market.bars(instrument, trading, cut) as [Bar];
  const trades = market.trades(instrument, openOf(trading), untilMs);
  assertEquals(bar, barOf(trades));
  const last = market.last(instrument, untilMs, ["regular"]);
  assertEquals(last, trades.findLast(({ counts }) => counts));
});

Deno.test("Market: recorded days are as they were published, all of them", () => {
  const market = new Market();
  for (
    const [symbol, name] of [["AAPL", "AAPL"], ["IBM", "IBM"], ["GOOG", "GOOG"], ["META", "FB"]]
  ) {
    const instrument = market.find(symbol ?? "");
    const recorded = recordedBars().get(name ?? "");
    assert(instrument && recorded);
    for (const [day, { open, close, volume }] of recorded.bars) {
      const bar = market.dailyBar(instrument, day);
      assert(bar, `${symbol} ${dayText(day)}`);
      const published = [open * 100, close * 100, volume].map(Math.round);
      assertEquals([bar.open, bar.close, bar.volume], published);
    }
  }
});

Deno.test("Market: equal seeds trade equally, whatever was asked for before; others do not", () => {
  const [one, two, other] = [
    new Market({ seed: 1 }),
    new Market({ seed: 1 }),
    new Market({ seed: 2 }),
  ];
  const instrument = one.find("TSLA");
  assert(instrument);
  const from = Date.parse("2019-06-03T14:00:00Z");
  two.dailyBars(instrument, dayOf("2015-01-01"), dayOf("2026-01-01"));
  two.trades(instrument, from + 86_400_000, from + 86_460_000);
  const of = (market: Market) => market.trades(instrument, from, from + 60_000);
  assertEquals(of(one), of(two));
  assert(JSON.stringify(of(one)) !== JSON.stringify(of(other)));
});

Deno.test("Market.trades() cut anywhere are the same trades, each in a millisecond of its own", () => {
  const market = new Market({ seed: 6, rate: 2000 });
  const instrument = market.find("MSFT");
  assert(instrument);
  const from = Date.parse("2026-11-24T14:29:30Z");
  const whole = market.trades(instrument, from, from + 180_000);
  const parts: typeof whole = [];
  for (let at = from; at < from + 180_000; at += 777) {
    parts.push(...market.trades(instrument, at, Math.min(at + 777, from + 180_000)));
  }
  assertEquals(parts, whole);
  assert(whole.every(({ timeMs }, i) => i === 0 || timeMs > (whole[i - 1]?.timeMs ?? 0)));
  assert(whole.length > 10_000);
});

Deno.test("Market: prints away from the market have conditions, and may not set a price", () => {
  const market = new Market({ seed: 8, rate: 200 });
  const instrument = market.find("AAPL");
  const trading = instrument && market.calendar.tradingDay(instrument, dayOf("2026-11-24"));
  assert(instrument && trading);
  const bar = market.dailyBar(instrument, trading.day);
  const trades = market.trades(instrument, openOf(trading), closeOf(trading));
  const outside = trades.filter(({ price }) => price > (bar?.high ?? 0) || price < (bar?.low ?? 0));
  assert(outside.length > 0);
  assert(outside.every(({ counts, conditions }) => !counts && conditions && conditions.length > 1));
  const late = market.trades(instrument, closeOf(trading), endOf(trading));
  assert(late.length > 0 && late.every(({ conditions }) => conditions?.includes("24")));
});

Deno.test("Market: a split divides what is traded from its day on, and multiplies the shares", () => {
  const market = new Market({ seed: 9 });
  const instrument = market.find("KO");
  assert(instrument);
  const [day, before] = [dayOf("2026-11-25"), dayOf("2026-11-24")];
  const usual = [market.dailyBar(instrument, before), market.dailyBar(instrument, day)] as const;
  market.addAction(instrument, { day, kind: "split", amount: 2 });
  assertEquals(market.dailyBar(instrument, before), usual[0]);
  const split = market.dailyBar(instrument, day);
  assert(Math.abs((split?.volume ?? 0) - (usual[1]?.volume ?? 0) * 2) <= 1);
  assert(Math.abs((split?.close ?? 0) * 2 - (usual[1]?.close ?? 0)) <= 1);
  const trading = market.calendar.tradingDay(instrument, day);
  assert(trading);
  const trades = market.trades(instrument, openOf(trading), closeOf(trading));
  assertEquals(barOf(trades), split);
});

Deno.test("FeedCalendar: holidays, early closes, lunch, clock changes, around the clock", () => {
  const market = new Market();
  const hours = (symbol: string, day: string) => {
    const instrument = market.find(symbol);
    const trading = instrument && market.calendar.tradingDay(instrument, dayOf(day));
    const text = (ms: number) => new Date(ms).toISOString().slice(5, 16);
    return trading?.regular.map(({ fromMs, toMs }) => `${text(fromMs)} ${text(toMs)}`);
  };
  assertEquals(hours("AAPL", "2026-11-26"), undefined);
  assertEquals(hours("AAPL", "2026-11-28"), undefined);
  assertEquals(hours("AAPL", "2026-11-27"), ["11-27T14:30 11-27T18:00"]);
  assertEquals(hours("AAPL", "2026-03-09"), ["03-09T13:30 03-09T20:00"]);
  assertEquals(hours("VOD.L", "2026-07-01"), ["07-01T07:00 07-01T15:30"]);
  assertEquals(hours("7203.T", "2026-11-24"), [
    ...["11-24T00:00 11-24T02:30", "11-24T03:30 11-24T06:30"],
  ]);
  assertEquals(hours("0700.HK", "2026-12-24"), ["12-24T01:30 12-24T04:00"]);
  assertEquals(hours("BTC-USD", "2026-11-28"), ["11-28T00:00 11-29T00:00"]);
  assertEquals(hours("EURUSD=X", "2026-11-23"), ["11-22T22:00 11-23T22:00"]);
});
