import { assert, assertEquals } from "@std/assert";
import {
  ask,
  askJson,
  EARLY,
  EVENING,
  type Feeds,
  feedsAt,
  OPEN,
  type Sees,
  testAll,
} from "../fixture.ts";
import { dayOf } from "../market/calendar.ts";

const BASE = "/finnhub/api/v1";
const quote = (feeds: Feeds, symbol = "AAPL") =>
  askJson(feeds, `${BASE}/quote?symbol=${symbol}&token=k`);
const seconds = (text: string) => Date.parse(text) / 1000;

function candles(feeds: Feeds, resolution: string, from: string, to: string, symbol = "AAPL") {
  const range = `from=${seconds(from)}&to=${seconds(to)}`;
  return askJson(
    feeds,
    `${BASE}/stock/candle?symbol=${symbol}&resolution=${resolution}&${range}&token=k`,
  );
}

Deno.test("answerFinnhub() of a quote: the day so far, in Finnhub's fields", async () => {
  await using feeds = feedsAt(OPEN);
  const { c, d, dp, h, l, o, pc, t } = await quote(feeds);
  const nowUs = feeds.clock.now() * 1000;
  const trades = feeds.truth("AAPL", nowUs - 1800e6, nowUs).filter(({ counts }) => counts);
  const prices = trades.map(({ price }) => price);
  assertEquals([o, c], [prices[0], prices.at(-1)]);
  assertEquals([h, l], [Math.max(...prices), Math.min(...prices)]);
  assertEquals(t, Math.floor((trades.at(-1)?.timeUs ?? 0) / 1e6));
  assertEquals(d, Number((c - pc).toFixed(2)));
  assertEquals(dp, Number(((c - pc) / pc * 100).toFixed(4)));
});

Deno.test("answerFinnhub() of an unknown symbol: zeros with status 200", async () => {
  await using feeds = feedsAt(OPEN);
  for (const symbol of ["NOPE", "aapl", "..%2Fx", "%00", "%252e%252e", "A".repeat(10_000)]) {
    const { status, text } = await ask(feeds, `${BASE}/quote?symbol=${symbol}&token=k`);
    const zeros = `{"c":0,"d":null,"dp":null,"h":0,"l":0,"o":0,"pc":0,"t":0}`;
    assertEquals([status, text], [200, zeros]);
  }
});

Deno.test("answerFinnhub() without a key, with a wrong one, and with one in the header", async () => {
  await using feeds = feedsAt(OPEN, { keys: { finnhub: "right" } });
  const path = `${BASE}/quote?symbol=AAPL`;
  assertEquals((await ask(feeds, path)).text, `{"error":"Please use an API key."}`);
  const wrong = await ask(feeds, `${path}&token=x`);
  assertEquals([wrong.status, wrong.text], [401, `{"error":"Invalid API key"}`]);
  const right = await ask(feeds, path, { headers: { "X-Finnhub-Token": "right" } });
  assertEquals(right.status, 200);
});

Deno.test("answerFinnhub() counts down the limits in its headers, then answers 429", async () => {
  const limits = { finnhub: [{ requests: 2, perMs: 60_000 }] };
  await using feeds = feedsAt(OPEN, { limits });
  const asked = () => ask(feeds, `${BASE}/quote?symbol=AAPL&token=k`);
  const [first, second, third] = [await asked(), await asked(), await asked()];
  const left = [first, second, third].map(({ headers }) => headers.get("x-ratelimit-remaining"));
  assertEquals(left, ["1", "0", "0"]);
  assertEquals(first.headers.get("x-ratelimit-reset"), `${seconds(OPEN) + 60}`);
  const said = { error: "API limit reached. Please try again later. Remaining Limit: 0" };
  assertEquals([third.status, JSON.parse(third.text)], [429, said]);
  feeds.clock.advance(60_000);
  assertEquals((await asked()).status, 200);
});

Deno.test("answerFinnhub() of candles: minutes as they were traded, aligned to the clock", async () => {
  await using feeds = feedsAt(EVENING);
  const { o, h, l, c, v, t, s } = await candles(feeds, "30", OPEN, "2026-11-24T20:59:59Z");
  assertEquals([s, t.length, t[0] % 1800], ["ok", 12, 0]);
  const trades = feeds.truth("AAPL", t[3] * 1e6, t[4] * 1e6);
  const prices = trades.filter(({ counts }) => counts).map(({ price }) => price);
  const bar = [prices[0], Math.max(...prices), Math.min(...prices), prices.at(-1)];
  assertEquals([o[3], h[3], l[3], c[3]], bar);
  assertEquals(v[3], trades.reduce((sum, { size }) => sum + size, 0));
});

Deno.test("answerFinnhub() of candles: days are of 00:00 UTC and adjusted for splits", async () => {
  await using feeds = feedsAt(EVENING);
  const { c, t, v } = await candles(feeds, "D", "2012-11-23T00:00:00Z", "2012-11-26T00:00:00Z");
  assertEquals(t, [seconds("2012-11-23T00:00:00Z"), seconds("2012-11-26T00:00:00Z")]);
  // 571.50 as published, before one share became 28.
  assertEquals([c[0], v[0]], [20.41, 9743800 * 28]);
  const weeks = await candles(feeds, "W", "2026-11-01T00:00:00Z", "2026-11-24T00:00:00Z");
  assertEquals(weeks.t.map((t: number) => new Date(t * 1000).getUTCDay()), [1, 1, 1, 1]);
  const months = await candles(feeds, "M", "2026-01-01T00:00:00Z", "2026-11-24T00:00:00Z");
  assertEquals(months.t.length, 11);
});

Deno.test("answerFinnhub() of candles without trading, and of wrong requests", async () => {
  await using feeds = feedsAt(OPEN);
  const night = ["2026-11-24T05:00:00Z", "2026-11-24T06:00:00Z"] as const;
  assertEquals(await candles(feeds, "1", ...night), { s: "no_data" });
  assertEquals(await candles(feeds, "1", ...night, "NOPE"), { s: "no_data" });
  const { status } = await ask(feeds, `${BASE}/stock/candle?symbol=AAPL&resolution=7&token=k`);
  assertEquals(status, 422);
  assertEquals((await ask(feeds, `${BASE}/nothing?token=k`)).status, 404);
});

Deno.test("answerFinnhub() of ticks: all trades of a day, page by page", async () => {
  await using feeds = feedsAt(EVENING);
  const page = (skip: number) =>
    askJson(feeds, `${BASE}/stock/tick?symbol=AAPL&date=2026-11-24&limit=500&skip=${skip}&token=k`);
  const [first, second] = [await page(0), await page(500)];
  assertEquals([first.count, second.skip, first.s], [500, 500, "AAPL"]);
  // From four in the morning, New York's time, to eight in the evening.
  const dayUs = (dayOf("2026-11-24") * 24 + 9) * 3600e6;
  const truth = feeds.truth("AAPL", dayUs, dayUs + 16 * 3600e6);
  assertEquals(first.total, truth.length);
  assertEquals([...first.t, ...second.t], truth.slice(0, 1000).map(({ timeUs }) => timeUs / 1000));
  assertEquals([...first.p, ...second.p], truth.slice(0, 1000).map(({ price }) => price));
  assertEquals(first.c[0], truth[0]?.conditions);
});

Deno.test("answerFinnhub() finds symbols", async () => {
  await using feeds = feedsAt(OPEN);
  const { result } = await askJson(feeds, `${BASE}/search?q=berkshire&token=k`);
  assertEquals(result.map(({ symbol }: { symbol: string }) => symbol), ["BRK.B"]);
  const listed = await askJson(feeds, `${BASE}/stock/symbol?exchange=US&token=k`);
  assert(listed.some(({ symbol }: { symbol: string }) => symbol === "IBM"));
  assert(!listed.some(({ symbol }: { symbol: string }) => symbol === "VOD.L"));
});

/** The status and body of a quote with a quirk that is on once, and of one after it. */
async function once(name: string, path = `${BASE}/quote?symbol=AAPL&token=k`) {
  await using feeds = feedsAt(OPEN);
  feeds.quirk(name, { next: 1 });
  const [first, second] = [await ask(feeds, path), await ask(feeds, path)];
  assertEquals(second.status, 200);
  assert(first.text !== second.text);
  return first;
}

testAll(
  {
    "finnhub.zero_before_open": async (name) => {
      await using feeds = feedsAt(EARLY);
      const usual = await quote(feeds);
      assert(usual.o > 0);
      feeds.quirk(name);
      const { c, o, h, l, pc } = await quote(feeds);
      assertEquals([c, o, h, l, pc], [usual.c, 0, 0, 0, usual.pc]);
    },
    "finnhub.close_outside": async (name) => {
      await using feeds = feedsAt(EVENING);
      const usual = await quote(feeds);
      assert(usual.c <= usual.h && usual.c >= usual.l);
      feeds.quirk(name);
      const { c, h, t } = await quote(feeds);
      assert(c > h && t > usual.t);
    },
    "finnhub.quote_time_ms": async (name) => {
      await using feeds = feedsAt(OPEN);
      const usual = await quote(feeds);
      feeds.quirk(name);
      assertEquals((await quote(feeds)).t, usual.t * 1000);
    },
    "finnhub.zero_quote": async (name) => {
      await using feeds = feedsAt(OPEN);
      feeds.quirk(name, { symbols: ["AAPL"] });
      assertEquals((await quote(feeds)).t, 0);
      assert((await quote(feeds, "IBM")).t > 0);
    },
    "finnhub.limit_text": async (name) => {
      const { status, text, headers } = await once(name);
      assertEquals([status, text[0]], [429, "A"]);
      assertEquals(headers.get("content-type"), "text/plain; charset=utf-8");
    },
    "finnhub.limit_json": async (name) => {
      const { status, text, headers } = await once(name);
      assertEquals([status, text.slice(0, 10)], [429, `{"error":"`]);
      assertEquals(headers.get("x-ratelimit-remaining"), "0");
    },
    "finnhub.no_access": async (name) => {
      const { status, text } = await once(name);
      assertEquals([status, text], [403, `{"error":"You don't have access to this resource."}`]);
    },
    "finnhub.bad_key": async (name) => assertEquals((await once(name)).status, 401),
    "finnhub.no_data": async (name) => {
      await using feeds = feedsAt(EVENING);
      feeds.quirk(name, { next: 1 });
      const range = [OPEN, "2026-11-24T16:00:00Z"] as const;
      assertEquals(await candles(feeds, "1", ...range), { s: "no_data" });
      assertEquals((await candles(feeds, "1", ...range)).s, "ok");
    },
    "finnhub.bad_candle": async (name) => {
      await using feeds = feedsAt(EVENING);
      feeds.quirk(name);
      const { h, v, l } = await candles(feeds, "1", OPEN, "2026-11-24T16:00:00Z");
      assertEquals(h.filter((one: unknown) => one === null).length, 1);
      assertEquals(v.filter((one: unknown) => typeof one === "string").length, 1);
      assertEquals(l.length, 61);
    },
  } satisfies Partial<Sees<"finnhub">>,
);
