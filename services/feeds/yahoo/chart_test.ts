import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import {
  ask,
  askJson,
  EVENING,
  type Feeds,
  feedsAt,
  OPEN,
  type Sees,
  testAll,
} from "../fixture.ts";

const BASE = "/yahoo/v8/finance/chart";
const seconds = (text: string) => Date.parse(text) / 1000;

// deno-lint-ignore no-explicit-any
type Loose = any;

async function chart(feeds: Feeds, query: string, symbol = "AAPL"): Promise<Loose> {
  return (await askJson(feeds, `${BASE}/${symbol}?${query}`)).chart.result[0];
}

/** What a refused request is answered. */
async function refused(feeds: Feeds, query: string, symbol = "AAPL"): Promise<[number, string]> {
  const { status, text } = await ask(feeds, `${BASE}/${symbol}?${query}`);
  const { chart: { result, error } } = JSON.parse(text);
  assertEquals(result, null);
  return [status, `${error.code}: ${error.description}`];
}

Deno.test("answerYahoo() of minutes: what was traded, aligned to the open", async () => {
  await using feeds = feedsAt(EVENING);
  const { meta, timestamp, indicators: { quote: [quote] } } = await chart(
    feeds,
    "range=1d&interval=5m",
  );
  assertEquals([timestamp.length, timestamp[0]], [78, seconds("2026-11-24T14:30:00Z")]);
  const trades = feeds.truth("AAPL", timestamp[5] * 1e6, timestamp[6] * 1e6);
  const prices = trades.filter(({ counts }) => counts).map(({ price }) => price);
  const bar = [prices[0] ?? 0, Math.max(...prices), Math.min(...prices), prices.at(-1) ?? 0];
  const shown = [quote.open[5], quote.high[5], quote.low[5], quote.close[5]];
  assertEquals(shown, bar.map(Math.fround));
  assertEquals(quote.volume[5], trades.reduce((sum, { size }) => sum + size, 0));
  assertEquals([meta.dataGranularity, meta.range, meta.symbol], ["5m", "1d", "AAPL"]);
  assertEquals(meta.tradingPeriods[0][0].end, seconds("2026-11-24T21:00:00Z"));
});

Deno.test("answerYahoo() of includePrePost: hours before and after too", async () => {
  await using feeds = feedsAt(EVENING);
  const { timestamp, meta } = await chart(feeds, "range=1d&interval=1h&includePrePost=true");
  assertEquals(timestamp[0], seconds("2026-11-24T09:00:00Z"));
  assertEquals(Object.keys(meta.tradingPeriods), ["pre", "regular", "post"]);
});

Deno.test("answerYahoo() of days: recorded bars, adjusted for splits; adjclose for dividends", async () => {
  await using feeds = feedsAt(EVENING);
  const range = `period1=${seconds("2012-11-01T00:00:00Z")}&period2=${
    seconds("2012-11-10T00:00:00Z")
  }`;
  const { timestamp, events, indicators } = await chart(
    feeds,
    `${range}&interval=1d&events=div,splits`,
  );
  const { quote: [{ open, close, volume }], adjclose: [{ adjclose }] } = indicators;
  assertEquals(timestamp[0], seconds("2012-11-01T13:30:00Z"));
  // As published: opened at 598.22, 12,903,500 shares; one of then is 28 of now.
  assertEquals([open[0], volume[0]], [Math.fround(598.22 / 28), 12_903_500 * 28]);
  const date = seconds("2012-11-07T14:30:00Z");
  assertEquals(events.dividends, { [date]: { amount: 0.094643, date } });
  // On the day itself the share is without it already.
  const ratios = adjclose.map((one: number, i: number) => one / close[i]);
  const exDay = timestamp.indexOf(date);
  assertAlmostEquals(ratios[exDay], ratios[exDay + 1], 1e-6);
  assert(ratios[exDay - 1] < ratios[exDay] - 1e-3);
  // Beyond both dividends that are known, the second in February 2013.
  assert(adjclose.at(-1) < close.at(-1) && adjclose[0] / close[0] < adjclose.at(-1) / close.at(-1));
});

Deno.test("answerYahoo() of events: splits, keyed by their time", async () => {
  await using feeds = feedsAt(EVENING);
  const { events } = await chart(feeds, "range=max&interval=1mo&events=div%7Csplit");
  const date = seconds("2020-08-31T13:30:00Z");
  const split = { date, numerator: 4, denominator: 1, splitRatio: "4:1" };
  assertEquals(events.splits[date], split);
});

Deno.test("answerYahoo() of weeks and months: from Monday and from the first, sums of days", async () => {
  await using feeds = feedsAt(EVENING);
  const weeks = await chart(feeds, "range=1mo&interval=1wk");
  const first = weeks.timestamp[2];
  assertEquals(new Date((first - 5 * 3600) * 1000).toISOString().slice(11), "00:00:00.000Z");
  const query = `period1=${first}&period2=${first + 7 * 86_400}&interval=1d`;
  const { quote: [days] } = (await chart(feeds, query)).indicators;
  const { quote: [week] } = weeks.indicators;
  assertEquals(week.volume[2], days.volume.reduce((a: number, b: number) => a + b));
  assertEquals([week.open[2], week.close[2]], [days.open[0], days.close.at(-1)]);
  assertEquals([week.high[2], week.low[2]], [Math.max(...days.high), Math.min(...days.low)]);
  const months = await chart(feeds, "range=1y&interval=1mo");
  assertEquals(months.timestamp.slice(1, -1).map((t: number) => new Date(t * 1000).getUTCDate()), [
    ...Array(11).fill(1),
  ]);
});

Deno.test("answerYahoo() of other markets: pence, a lunch break, an index, crypto", async () => {
  await using feeds = feedsAt("2026-11-25T07:00:00Z");
  const london = await chart(feeds, "range=5d&interval=1d", "VOD.L");
  assertEquals([london.meta.currency, london.meta.exchangeTimezoneName], ["GBp", "Europe/London"]);
  const tokyo = await chart(feeds, "range=1d&interval=1m", "7203.T");
  const hours = new Set(tokyo.timestamp.map((t: number) => new Date(t * 1000).getUTCHours()));
  assertEquals(hours, new Set([0, 1, 2, 3, 4, 5, 6]));
  const lunch = tokyo.timestamp.filter((t: number) => {
    const text = new Date(t * 1000).toISOString().slice(11, 16);
    return text >= "02:30" && text < "03:30";
  });
  assertEquals(lunch, []);
  const index = await chart(feeds, "range=5d&interval=1d", "%5EGSPC");
  assertEquals([index.meta.instrumentType, index.timestamp.length], ["INDEX", 5]);
  const crypto = await chart(feeds, "range=5d&interval=1d", "BTC-USD");
  assertEquals(crypto.timestamp.slice(0, 4).map((t: number) => t % 86_400), [0, 0, 0, 0]);
});

Deno.test("answerYahoo() refuses as Yahoo does", async () => {
  await using feeds = feedsAt(OPEN);
  const [day, unknown] = ["range=1d&interval=1d", "No data found, symbol may be delisted"];
  for (const symbol of ["NOPE", "..%2Fx", "%00", "%252e", "A".repeat(10_000), "BRK.B"]) {
    assertEquals(await refused(feeds, day, symbol), [404, `Not Found: ${unknown}`]);
  }
  assertMatch((await refused(feeds, "interval=7m")).join(" "), /^400 Bad Request: .*interval=7m/);
  assertMatch((await refused(feeds, "range=7y")).join(" "), /^400 .*range=7y is not supported/);
  const at = (from: number, to: number, interval: string) => {
    const now = seconds(OPEN);
    return `period1=${now - from * 86_400}&period2=${now - to * 86_400}&interval=${interval}`;
  };
  const far = (days: number) => new RegExp(`^422 Unproc.*within the last ${days} days`);
  assertMatch((await refused(feeds, at(40, 39, "1m"))).join(" "), far(30));
  assertMatch((await refused(feeds, at(70, 60, "5m"))).join(" "), far(60));
  assertMatch((await refused(feeds, at(800, 700, "1h"))).join(" "), far(730));
  assertMatch((await refused(feeds, at(10, 1, "1m"))).join(" "), /Only 8 days worth of 1m/);
  assertMatch((await refused(feeds, at(1, 2, "1d"))).join(" "), /cannot be after end date/);
  const before = `period1=0&period2=${seconds("1999-01-01T00:00:00Z")}&interval=1d`;
  assertMatch((await refused(feeds, before)).join(" "), /^400 .*Data doesn't exist/);
  const none = await ask(feeds, `${BASE}/AAPL?${day}`, { headers: { "user-agent": "" } });
  assertEquals([none.status, none.text], [429, "Too Many Requests\r\n"]);
});

Deno.test("FeedServers.act() of a split: history is in new shares from its day on, trades are not", async () => {
  await using feeds = feedsAt(EVENING);
  const days = `period1=${seconds("2026-11-20T00:00:00Z")}&period2=${
    seconds("2026-11-24T00:00:00Z")
  }&interval=1d&events=splits`;
  const before = (await chart(feeds, days)).indicators.quote[0];
  feeds.act("AAPL", "2026-11-25", "split", 4);
  assertEquals((await chart(feeds, days)).indicators.quote[0], before);
  const last = feeds.truth("AAPL", seconds("2026-11-24T20:59:00Z") * 1e6, 2e15).at(-1)?.price ?? 0;
  feeds.clock.set(Date.parse("2026-11-25T15:00:00Z"));
  const after = (await chart(feeds, days)).indicators.quote[0];
  for (const [i, close] of before.close.entries()) {
    assertAlmostEquals(after.close[i], close / 4, 1e-4);
    assertEquals(after.volume[i], before.volume[i] * 4);
  }
  const now = seconds("2026-11-25T15:00:00Z") * 1e6;
  const first = feeds.truth("AAPL", now - 60e6, now)[0]?.price ?? 0;
  assert(first < last / 3 && first > last / 5);
});

/** A chart with a quirk, and without. */
async function both(name: string, query = "range=1d&interval=5m", at = EVENING) {
  await using feeds = feedsAt(at);
  const usual = await chart(feeds, query);
  feeds.quirk(name);
  const odd = await chart(feeds, query);
  return { usual, odd };
}

/** The status and body of an answer with a quirk that is on once. */
async function once(name: string) {
  await using feeds = feedsAt(OPEN);
  feeds.quirk(name, { next: 1, symbols: ["AAPL"] });
  const path = `${BASE}/AAPL?range=1d&interval=1d`;
  const { status, text } = await ask(feeds, path);
  assertEquals((await ask(feeds, path)).status, 200);
  return [status, text] as const;
}

testAll(
  {
    "yahoo.limit_text": async (name) =>
      assertEquals(await once(name), [429, "Too Many Requests\r\n"]),
    "yahoo.limit_page": async (name) => {
      const [status, text] = await once(name);
      assertEquals(status, 429);
      assertMatch(text, /^<!DOCTYPE html>[^]*Too Many Requests/);
    },
    "yahoo.crumb": async (name) => {
      const [status, text] = await once(name);
      assertEquals([status, JSON.parse(text).finance.error.description], [401, "Invalid Crumb"]);
    },
    "yahoo.not_found": async (name) => assertEquals((await once(name))[0], 404),
    "yahoo.unprocessable": async (name) => assertEquals((await once(name))[0], 422),
    "yahoo.bad_request": async (name) => assertEquals((await once(name))[0], 400),
    "yahoo.empty_result": async (name) => {
      const { odd } = await both(name);
      assertEquals([odd.timestamp, odd.indicators], [undefined, { quote: [{}] }]);
    },
    "yahoo.no_meta": async (name) => {
      const { odd, usual } = await both(name);
      assertEquals(odd, { timestamp: usual.timestamp, indicators: usual.indicators });
    },
    "yahoo.no_timestamps": async (name) => {
      const { odd, usual } = await both(name);
      assertEquals([odd.timestamp, odd.indicators], [undefined, usual.indicators]);
    },
    "yahoo.unequal_lengths": async (name) => {
      const { odd: { timestamp, indicators: { quote: [{ close, open }] } } } = await both(name);
      assertEquals([close.length, open.length], [timestamp.length - 1, timestamp.length]);
    },
    "yahoo.nulls": async (name) => {
      await using feeds = feedsAt(EVENING);
      feeds.quirk(name, { probability: 0.2 });
      const { quote: [quote] } = (await chart(feeds, "range=1d&interval=5m")).indicators;
      const nulls = quote.open.filter((one: unknown) => one === null).length;
      assert(nulls > 0 && nulls < quote.open.length / 2);
      assertEquals(quote.volume.filter((one: unknown) => one === null).length, nulls);
    },
    "yahoo.jitter": async (name) => {
      await using feeds = feedsAt(EVENING);
      feeds.quirk(name);
      const get = async () => (await chart(feeds, "range=1d&interval=5m")).indicators.quote[0].open;
      const [first, second] = [await get(), await get()];
      assert(first.some((one: number, i: number) => one !== second[i]));
      for (const [i, one] of first.entries()) assert(Math.abs(one / second[i] - 1) < 1e-6);
    },
    "yahoo.running_bar": async (name) => {
      await using feeds = feedsAt("2026-11-24T15:02:30Z");
      const [days, minutes] = ["range=5d&interval=1d", "range=1d&interval=5m"];
      const [day, bars] = [await chart(feeds, days), await chart(feeds, minutes)];
      assert(day.timestamp.at(-1) > seconds("2026-11-24T15:02:00Z"));
      assert(bars.timestamp.at(-1) > seconds("2026-11-24T15:02:00Z"));
      assertEquals(bars.indicators.quote[0].volume.at(-1), 0);
      feeds.calm(name);
      assertEquals((await chart(feeds, days)).timestamp.at(-1), seconds("2026-11-24T14:30:00Z"));
      assertEquals((await chart(feeds, minutes)).timestamp.at(-1), seconds(OPEN));
    },
    "yahoo.day_twice": async (name) => {
      const { odd, usual } = await both(name, "range=5d&interval=1d", OPEN);
      assertEquals([usual.timestamp.length, odd.timestamp.length], [5, 6]);
      assertEquals(odd.timestamp.at(-2), seconds("2026-11-24T14:30:00Z"));
    },
    "yahoo.week_twice": async (name) => {
      const { odd, usual } = await both(name, "range=1mo&interval=1wk", OPEN);
      assertEquals(odd.timestamp.slice(0, -1), usual.timestamp);
      assert(odd.timestamp.at(-1) > seconds("2026-11-24T14:59:00Z"));
    },
    "yahoo.hour_named": async (name) => {
      await using feeds = feedsAt(OPEN);
      const named = async () => (await chart(feeds, "range=5d&interval=60m")).meta.dataGranularity;
      assertEquals(await named(), "1h");
      feeds.calm(name);
      assertEquals(await named(), "60m");
    },
    "yahoo.revised": async (name) => {
      await using feeds = feedsAt(EVENING);
      const get = async () =>
        (await chart(feeds, "range=5d&interval=1d")).indicators.quote[0].close;
      const before = await get();
      feeds.quirk(name, { parameters: { by: 0.01, day: "2026-11-20" } });
      const changes = (await get()).map((one: number, i: number) => one / before[i]);
      assertEquals(changes.filter((one: number) => one !== 1).length, 1);
      assertAlmostEquals(Math.max(...changes), 1.01, 1e-6);
    },
  } satisfies Sees<"yahoo">,
);
