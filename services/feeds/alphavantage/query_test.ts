import { assert, assertEquals, assertMatch } from "@std/assert";
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
import { REAL_LIMITS } from "../world/limits.ts";

// deno-lint-ignore no-explicit-any
type Loose = any;

function query(feeds: Feeds, called: string, more = "", symbol = "IBM"): Promise<Loose> {
  const path = `/alphavantage/query?function=${called}&symbol=${symbol}&apikey=k${more}`;
  return askJson(feeds, path);
}

const [DAILY, ADJUSTED, MINUTES] = [
  ...["TIME_SERIES_DAILY", "TIME_SERIES_DAILY_ADJUSTED", "TIME_SERIES_INTRADAY"],
] as const;
const SERIES = "Time Series (Daily)";

Deno.test("answerAlphaVantage() of days: texts, newest first, a hundred or all", async () => {
  await using feeds = feedsAt(EVENING);
  const compact = await query(feeds, DAILY ?? "");
  assertEquals(compact["Meta Data"], {
    "1. Information": "Daily Prices (open, high, low, close) and Volumes",
    "2. Symbol": "IBM",
    "3. Last Refreshed": "2026-11-24",
    "4. Output Size": "Compact",
    "5. Time Zone": "US/Eastern",
  });
  const days = Object.keys(compact[SERIES]);
  assertEquals([days.length, days[0]], [100, "2026-11-24"]);
  assertEquals(days, days.toSorted().reverse());
  const full = await query(feeds, DAILY ?? "", "&outputsize=full");
  assert(Object.keys(full[SERIES]).length > 6000);
  // As published.
  assertEquals(full[SERIES]["2012-11-23"], {
    ...{ "1. open": "191.0000", "2. high": "193.4900", "3. low": "190.8000" },
    ...{ "4. close": "193.4900", "5. volume": "3877600" },
  });
});

Deno.test("answerAlphaVantage() of days has none that has not ended", async () => {
  await using feeds = feedsAt(OPEN);
  const [newest] = Object.keys((await query(feeds, DAILY ?? ""))[SERIES]);
  assertEquals(newest, "2026-11-23");
});

Deno.test("answerAlphaVantage() of adjusted days: dividends and splits on their days", async () => {
  await using feeds = feedsAt(EVENING);
  const series = (await query(feeds, ADJUSTED ?? "", "&outputsize=full", "AAPL"))[SERIES];
  assertEquals(series["2020-08-31"]["8. split coefficient"], "4.0");
  assertEquals(series["2012-11-07"]["7. dividend amount"], "2.6500");
  const { "4. close": close, "5. adjusted close": adjusted } = series["2012-08-08"];
  // One share became 28, and three dividends were paid since.
  assert(Number(adjusted) < Number(close) / 28 && Number(adjusted) > Number(close) / 29);
});

Deno.test("answerAlphaVantage() of minutes: what was traded, in New York's time", async () => {
  await using feeds = feedsAt(EVENING);
  const { "Meta Data": head, "Time Series (5min)": series } = await query(
    ...[feeds, MINUTES ?? "", "&interval=5min&outputsize=full"] as const,
  );
  assertEquals([head["4. Interval"], head["6. Time Zone"]], ["5min", "US/Eastern"]);
  const bar = series["2026-11-24 10:00:00"];
  const from = Date.parse(OPEN) * 1000;
  const trades = feeds.truth("IBM", from, from + 300e6);
  const prices = trades.filter(({ counts }) => counts).map(({ price }) => price);
  assertEquals(bar, {
    "1. open": prices[0]?.toFixed(4),
    "2. high": Math.max(...prices).toFixed(4),
    "3. low": Math.min(...prices).toFixed(4),
    "4. close": prices.at(-1)?.toFixed(4),
    "5. volume": `${trades.reduce((sum, { size }) => sum + size, 0)}`,
  });
  const times = Object.keys(series);
  assert(times.some((time) => time.endsWith(" 04:00:00") || time.endsWith(" 04:05:00")));
  const regular = await query(feeds, MINUTES ?? "", "&interval=60min&extended_hours=false");
  assert(Object.keys(regular["Time Series (60min)"]).every((time) => time.slice(11) >= "09:00:00"));
});

Deno.test("answerAlphaVantage() of minutes has none that has not ended", async () => {
  await using feeds = feedsAt("2026-11-24T15:02:30Z");
  const { "Time Series (5min)": series } = await query(feeds, MINUTES ?? "", "&interval=5min");
  assertEquals(Object.keys(series)[0], "2026-11-24 09:55:00");
});

Deno.test("answerAlphaVantage() of a month of long ago; adjusted unless told otherwise", async () => {
  await using feeds = feedsAt(EVENING);
  const month = "&interval=60min&month=2009-01";
  const raw = await query(feeds, MINUTES ?? "", `${month}&adjusted=false`, "AAPL");
  const adjusted = await query(feeds, MINUTES ?? "", month, "AAPL");
  const [time = ""] = Object.keys(raw["Time Series (60min)"]);
  assertMatch(time, /^2009-01-30/);
  const close = (of: Loose) => Number(of["Time Series (60min)"][time]["4. close"]);
  assert(close(adjusted) < close(raw) / 28 && close(adjusted) > close(raw) / 29);
});

Deno.test("answerAlphaVantage() of CSV: a header and rows, newest first", async () => {
  await using feeds = feedsAt(EVENING);
  const path = `/alphavantage/query?function=${DAILY}&symbol=IBM&apikey=k&datatype=csv`;
  const [header, first, ...rest] = (await ask(feeds, path)).text.split("\r\n");
  assertEquals(header, "timestamp,open,high,low,close,volume");
  assertMatch(first ?? "", /^2026-11-24,\d+\.\d{4},/);
  assertEquals(rest.length, 100);
});

Deno.test("answerAlphaVantage() says errors with status 200", async () => {
  await using feeds = feedsAt(OPEN, { keys: { alphavantage: "k" } });
  const said = async (path: string) => {
    const { status, text } = await ask(feeds, `/alphavantage/query?${path}`);
    assertEquals(status, 200);
    return JSON.parse(text)["Error Message"];
  };
  for (const symbol of ["NOPE", "..%2Fx", "%00", "A".repeat(10_000), "0700.HK", ""]) {
    assertMatch(
      await said(`function=${DAILY}&symbol=${symbol}&apikey=k`),
      /^Invalid API call.*DAILY/,
    );
  }
  assertMatch(await said(`function=${DAILY}&symbol=IBM`), /apikey is invalid or missing/);
  assertMatch(await said(`function=${DAILY}&symbol=IBM&apikey=x`), /apikey is invalid or missing/);
  assertMatch(await said("function=NOPE&symbol=IBM&apikey=k"), /\(NOPE\) does not exist/);
  assertMatch(await said(`function=${MINUTES}&symbol=IBM&apikey=k&interval=7min`), /^Invalid API/);
});

Deno.test("answerAlphaVantage() takes BRK.B and BRK-B, and London's own ending", async () => {
  await using feeds = feedsAt(EVENING);
  for (const symbol of ["BRK.B", "BRK-B", "VOD.LON"]) {
    assert(SERIES in await query(feeds, DAILY ?? "", "", symbol), symbol);
  }
});

Deno.test("answerAlphaVantage() limits a key: five a minute, then 25 a day", async () => {
  await using feeds = feedsAt("2026-11-24T15:00:00Z", { limits: REAL_LIMITS });
  const said: string[] = [];
  for (let i = 0; i < 31; i++) {
    if (i % 6 === 0) feeds.clock.advance(60_000);
    said.push(Object.keys(await query(feeds, DAILY ?? "")).at(-1) ?? "");
  }
  const minute = [...Array(5).fill(SERIES), "Note"];
  assertEquals(said, [...Array.from({ length: 5 }, () => minute).flat(), "Information"]);
});

/** The first answer, with the quirk, after which one without follows. */
async function once(name: string): Promise<Loose> {
  await using feeds = feedsAt(EVENING);
  feeds.quirk(name, { next: 1, symbols: ["IBM"] });
  const first = await query(feeds, DAILY ?? "");
  assert(Object.keys((await query(feeds, DAILY ?? ""))[SERIES]).length === 100);
  return first;
}

/** The rows with a quirk that holds for some of them. */
async function rows(name: string): Promise<Record<string, string>[]> {
  await using feeds = feedsAt(EVENING);
  feeds.quirk(name, { probability: 0.2 });
  return Object.values((await query(feeds, DAILY ?? ""))[SERIES]);
}

function some<T>(all: readonly T[], holds: (one: T) => boolean): void {
  const count = all.filter(holds).length;
  assert(count > 0 && count < all.length / 2, `${count}`);
}

testAll(
  {
    "alphavantage.minute_limit": async (name) =>
      assertMatch((await once(name)).Note, /5 calls per/),
    "alphavantage.day_limit": async (name) =>
      assertMatch((await once(name)).Information, /API key as k and .* 25 requests per day/),
    "alphavantage.burst": async (name) =>
      assertMatch((await once(name)).Information, /1 request per second/),
    "alphavantage.premium": async (name) =>
      assertMatch((await once(name)).Information, /This is a premium endpoint/),
    "alphavantage.error_message": async (name) =>
      assertMatch((await once(name))["Error Message"], /^Invalid API call/),
    "alphavantage.empty_object": async (name) => assertEquals(await once(name), {}),
    "alphavantage.empty_series": async (name) => assertEquals((await once(name))[SERIES], {}),
    "alphavantage.other_zone": async (name) =>
      assertEquals((await once(name))["Meta Data"]["5. Time Zone"], "UTC"),
    "alphavantage.missing_field": async (name) =>
      some(await rows(name), (row) => !("1. open" in row)),
    "alphavantage.none_value": async (name) =>
      some(await rows(name), (row) => row["1. open"] === "None"),
    "alphavantage.zero_volume": async (name) =>
      some(await rows(name), (row) => row["5. volume"] === "0"),
  } satisfies Sees<"alphavantage">,
);
