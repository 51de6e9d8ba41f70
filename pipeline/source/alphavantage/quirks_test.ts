import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Sees } from "../../../services/feeds/fixture.ts";
import type { QuirkName } from "../../../services/feeds/quirks/list.ts";
import { TickhouseError } from "../../errors.ts";
import { calendar, HistoryWorld, timeOf } from "../../history/fixture.ts";
import type { HistoryOptions } from "../../history/feed.ts";
import { sha256 } from "../../sha256.ts";
import type { SeriesReport } from "../series.ts";
import { judgeAlphaVantage } from "./answer.ts";
import { barsOf } from "./bars.ts";
import { alphavantage } from "./entry.ts";
import { exchangeOfAlphaVantage } from "./exchanges.ts";

const EVENING = "2026-11-24T23:30:00Z";
const WEEK = { symbols: ["IBM"], interval: "1d", from: "2026-11-16" } as const;
const DAYS = 7;
const PREMIUM = { TICKHOUSE_ALPHAVANTAGE_PLAN: "premium" };

function us(time: string): number {
  return Date.parse(time) * 1000;
}

async function ran(world: HistoryWorld, options: HistoryOptions = WEEK): Promise<SeriesReport> {
  const source = await world.open(alphavantage({ ...options, history: true }));
  await world.run(source);
  const [report] = source.series?.() ?? [];
  assert(report);
  return report;
}

/** The quirk happens once: what the answer becomes, and that the next run has all. */
async function refusedBy(
  name: QuirkName,
  reason: string,
  says: string,
  { next = 1, probability = 1 } = {},
): Promise<void> {
  await using world = await HistoryWorld.at(EVENING);
  world.feeds.quirk(name, { next, probability });
  const { failure } = await ran(world);
  assertEquals(failure?.reason, reason);
  assertStringIncludes(failure?.message ?? "", says);
  // The stand-in's key is in the words of some.
  assert(!failure?.message.includes("feeds and our"), failure?.message);
  assertEquals(world.rows.length, 0);
  const state = reason === "unknown_symbol" ? "accepted" : "open";
  assertEquals(await world.gaps("alphavantage", "IBM", "1d"), [
    `2026-11-16 2026-11-24T23:30 ${reason} ${state}`,
  ]);
  world.feeds.calm();
  world.pass({ hours: 20 });
  assertEquals((await ran(world)).failure, null);
  assertEquals(world.rows.length, DAYS);
}

/** The client waits, and gets it. */
async function waitsFor(name: QuirkName, seconds: number): Promise<void> {
  await using world = await HistoryWorld.at(EVENING);
  world.feeds.quirk(name, { next: 1 });
  assertEquals((await ran(world)).failure, null);
  assertEquals([world.rows.length, world.requests()], [DAYS, 2]);
  assert(world.nowUs - us(EVENING) >= seconds * 1e6, `${world.nowUs - us(EVENING)}`);
}

/** A row is a dead letter, and the rest is kept. */
async function letter(name: QuirkName, says: string): Promise<void> {
  // By then Tuesday is there for certain.
  await using world = await HistoryWorld.at("2026-11-25T16:00:00Z");
  world.feeds.quirk(name, { next: 1 });
  const report = await ran(world);
  assertEquals([report.failure, report.added, report.refused], [null, DAYS - 1, 1]);
  const [reason = ""] = world.refused;
  assertStringIncludes(reason, "alphavantage IBM 1d: ");
  assertStringIncludes(reason, says);
  const [gap = ""] = await world.gaps("alphavantage", "IBM", "1d");
  assertStringIncludes(gap, "provider_error open");
  // It is among the last days: the next run with something to ask looks at it again.
  world.feeds.calm();
  world.pass({ days: 1 });
  await ran(world);
  assertEquals(world.facts("IBM", "1d").size, DAYS + 1);
  assertStringIncludes((await world.gaps("alphavantage", "IBM", "1d")).join(), "filled");
}

const QUIRKS: Sees<"alphavantage"> = {
  "alphavantage.minute_limit": (name) => waitsFor(name, 60),
  "alphavantage.burst": (name) => waitsFor(name, 2),
  "alphavantage.day_limit": (name) => refusedBy(name, "quota", "25 requests per day"),
  "alphavantage.premium": (name) => refusedBy(name, "no_access", "premium endpoint"),
  "alphavantage.error_message": (name) => refusedBy(name, "unknown_symbol", "Invalid API call"),
  "alphavantage.empty_object": (name) => refusedBy(name, "provider_error", "neither data nor"),
  "alphavantage.empty_series": (name) => refusedBy(name, "provider_error", "it has nothing"),
  "alphavantage.missing_field": (name) => letter(name, "1. open is missing"),
  "alphavantage.none_value": (name) => letter(name, `1. open is "None": no number`),
  "alphavantage.zero_volume": async (name) => {
    await using world = await HistoryWorld.at(EVENING);
    world.feeds.quirk(name);
    await ran(world);
    assertEquals(world.rows.map(({ volume }) => volume), world.rows.map(() => "0"));
  },
  "alphavantage.other_zone": async (name) => {
    await using world = await HistoryWorld.at(EVENING);
    const minutes = { ...WEEK, interval: "30m", from: "2026-11-24" };
    await ran(world, minutes);
    const eastern = world.rows.map(({ open_time }) => open_time);
    await using other = await HistoryWorld.at(EVENING);
    // The same wall clock five hours east of New York is another time.
    other.feeds.quirk(name, { parameters: { zone: "Europe/London" } });
    other.pass({ hours: 0 });
    await ran(other, minutes);
    const london = other.rows.map(({ open_time }) => open_time + 5 * 3_600e6);
    assert(london.length > 0);
    assertEquals(london, eastern.filter((openUs) => openUs - 5 * 3_600e6 >= us("2026-11-24")));
    await using none = await HistoryWorld.at(EVENING);
    for (const zone of ["Mars/Olympus", "+05:00", ""]) {
      none.feeds.calm();
      none.feeds.quirk(name, { parameters: { zone } });
      const { failure } = await ran(none, minutes);
      assertEquals(failure?.code, "PROVIDER_ANSWER_INVALID");
      assertStringIncludes(failure?.message ?? "", `Time Zone is ${JSON.stringify(zone)}`);
    }
    assertEquals(none.rows, []);
  },
};

for (const [name, test] of Object.entries(QUIRKS)) {
  Deno.test(`quirk ${name} becomes what it is`, () => test(name as QuirkName));
}

Deno.test("judgeAlphaVantage() tells limits, premium, keys and bad calls apart by what they say", () => {
  const thanks = "Thank you for using Alpha Vantage! ";
  const plans = "https://www.alphavantage.co/premium/";
  const said: [field: string, says: string, verdict: string][] = [
    [
      "Note",
      `${thanks}Our standard API call frequency is 5 calls per minute and 500 calls per day. Please visit ${plans} if you would like to target a higher API call frequency.`,
      "throttled",
    ],
    [
      "Note",
      `${thanks}Our standard API call frequency is 5 calls per minute. Please visit ${plans}`,
      "throttled",
    ],
    [
      "Note",
      `${thanks}Please visit ${plans} if you would like to target a higher API call frequency.`,
      "throttled",
    ],
    [
      "Information",
      `${thanks}Please contact premium@alphavantage.co if you are targeting a higher API call volume.`,
      "throttled",
    ],
    [
      "Information",
      `${thanks}Please consider spreading out your free API requests more sparingly (1 request per second). You may subscribe to any of the premium plans at ${plans} to lift the free key rate limit (25 requests per day), raise the per-second burst limit, and instantly unlock all premium endpoints`,
      "throttled",
    ],
    [
      "Information",
      "Burst pattern detected. Please consider spreading out your API requests more evenly across a 1-minute window and query no more than 5 requests per second. Please contact support@alphavantage.co if you are targeting a higher API request volume.",
      "throttled",
    ],
    [
      "Information",
      `We have detected your API key as ABC and our standard API rate limit is 25 requests per day. Please subscribe to any of the premium plans at ${plans} to instantly remove all daily rate limits.`,
      "quota",
    ],
    [
      "Information",
      `${thanks}Our standard API rate limit is 25 requests per day. Please subscribe to any of the premium plans at ${plans} to instantly remove all daily rate limits.`,
      "quota",
    ],
    [
      "Information",
      `${thanks}You have reached the 100 requests/day limit for your free API key. Please subscribe to any of the premium plans at ${plans} to instantly remove all daily rate limits.`,
      "quota",
    ],
    ["Note", `${thanks}You have reached the daily limit of 25 API requests.`, "quota"],
    [
      "Information",
      `${thanks}This is a premium endpoint. You may subscribe to any of the premium plans at ${plans} to instantly unlock all premium endpoints`,
      "no_access",
    ],
    [
      "Information",
      `${thanks}The outputsize=full parameter value is a premium feature for the TIME_SERIES_DAILY endpoint. You may subscribe to any of the premium plans at ${plans} to instantly unlock all premium features`,
      "no_access",
    ],
    [
      "Information",
      `The **demo** API key is for demo purposes only. Please claim your free API key at (https://www.alphavantage.co/support/#api-key) to explore our full API offerings. It takes fewer than 20 seconds.`,
      "no_access",
    ],
    [
      "Error Message",
      "the parameter apikey is invalid or missing. Please claim your free API key on (https://www.alphavantage.co/support/#api-key). It should take less than 20 seconds.",
      "no_access",
    ],
    [
      "Error Message",
      "Invalid API call. Please retry or visit the documentation (https://www.alphavantage.co/documentation/) for TIME_SERIES_DAILY.",
      "unknown_symbol",
    ],
    ["Error Message", "This API function (X) does not exist.", "bad_request"],
    [
      "Information",
      "Something that it has never said before, about a premium day of 25 minutes.",
      "bad_request",
    ],
  ];
  const headers = new Headers();
  for (const [field, says, verdict] of said) {
    const judged = judgeAlphaVantage({
      status: 200,
      headers,
      text: JSON.stringify({ [field]: says }),
    });
    const begins = says.replace(/\.$/, "").slice(0, 40);
    assertEquals([judged.verdict, judged.says?.slice(0, 40)], [verdict, begins], says);
  }
  const others: [status: number, text: string, verdict: string][] = [
    [200, `{"Meta Data":{},"Note":"25 requests per day"}`, "fine"],
    [200, "{}", "fine"],
    [503, "<html>", "unavailable"],
    [429, "slow down", "throttled"],
    [403, `{"Information":"25 requests per day"}`, "no_access"],
  ];
  for (const [status, text, verdict] of others) {
    assertEquals(judgeAlphaVantage({ status, headers, text }).verdict, verdict, text);
  }
});

Deno.test("an unknown text is quoted", async () => {
  await using world = await HistoryWorld.at(EVENING, { keys: { alphavantage: "another" } }, {
    TICKHOUSE_ALPHAVANTAGE_KEY: "not-this-one",
  });
  const { failure } = await ran(world);
  assertEquals(failure?.reason, "no_access");
  assertStringIncludes(failure?.message ?? "", "the parameter apikey is invalid or missing");
});

Deno.test("without a key nothing is asked, and the error says where to get one", async () => {
  await using world = await HistoryWorld.at(EVENING, {}, { TICKHOUSE_ALPHAVANTAGE_KEY: "" });
  const error = await assertRejects(() => ran(world), TickhouseError);
  assertEquals([error.code, error.field], ["CONFIG_INVALID", "TICKHOUSE_ALPHAVANTAGE_KEY"]);
  assertStringIncludes(error.fix ?? "", "deno task services up feeds");
});

Deno.test("an unknown symbol is one error that names it, and a class of shares is known by both names", async () => {
  await using world = await HistoryWorld.at(EVENING);
  const { failure } = await ran(world, { ...WEEK, symbols: ["NOPE"] });
  assertEquals(failure?.code, "PROVIDER_SYMBOL_UNKNOWN");
  assertStringIncludes(failure?.message ?? "", "NOPE");
  for (const symbol of ["BRK.B", "BRK-B"]) {
    assertEquals((await ran(world, { ...WEEK, symbols: [symbol] })).added, DAYS);
  }
});

Deno.test("a free key gets the last hundred days by compact; what is before is noted, not asked for", async () => {
  await using world = await HistoryWorld.at(EVENING);
  const report = await ran(world, { ...WEEK, from: "2020-01-01" });
  assertEquals(report.failure, null);
  const [request] = world.feeds.requests.seen();
  assertEquals([request?.query["outputsize"], request?.query["function"]], [
    "compact",
    "TIME_SERIES_DAILY",
  ]);
  const since = timeOf(world.rows[0]?.open_time ?? 0);
  assertEquals(since, "2026-07-08");
  assertEquals(await world.gaps("alphavantage", "IBM", "1d"), [
    "2020-01-01 2026-07-08 no_access accepted",
  ]);
  const slots = calendar.slots("XNYS", "1d", us(since), us(EVENING));
  assertEquals(world.rows.map(({ open_time }) => open_time), [...slots]);
});

Deno.test("a premium key gets adjusted days, dividends and splits; full where a hundred days are not enough", async () => {
  await using world = await HistoryWorld.at(EVENING, {}, PREMIUM);
  const apple = { symbols: ["AAPL"], interval: "1d" };
  const report = await ran(world, { ...apple, from: "2012-01-03" });
  assertEquals([report.failure, report.requests], [null, 1]);
  const [request] = world.feeds.requests.seen();
  assertEquals([request?.query["outputsize"], request?.query["function"]], [
    "full",
    "TIME_SERIES_DAILY_ADJUSTED",
  ]);
  const split = world.beside.filter(({ kind }) => kind === "split");
  assertEquals(split.map(({ ex_date, amount, adjustment }) => [ex_date, amount, adjustment]), [
    ["2014-06-09", "7.0", null],
    ["2020-08-31", "4.0", null],
  ]);
  const dividends = world.beside.filter(({ kind }) => kind === "dividend");
  assert(dividends.length > 0 && dividends.every(({ adjustment }) => adjustment === "raw"));
  const [first] = world.rows;
  assert(Number(first?.adj_close) < Number(first?.close) / 27);
  // As they were traded: a split changes nothing of what was told.
  const count = world.rows.length;
  world.pass({ days: 1 });
  world.feeds.act("AAPL", "2026-11-25", "split", 2);
  const next = await ran(world, apple);
  assertEquals([next.added, next.revised, world.rows.length - count], [1, 0, 1]);
  assertEquals(world.feeds.requests.seen().at(-1)?.query["outputsize"], "compact");
  assertEquals(world.beside.at(-1)?.amount, "2.0");
});

Deno.test("minutes come by the month of New York, and no month twice", async () => {
  await using world = await HistoryWorld.at(EVENING);
  await ran(world, { ...WEEK, interval: "5m", from: "2026-09-15" });
  const months = () => world.feeds.requests.seen().map(({ query }) => query["month"]);
  assertEquals(months(), ["2026-09", "2026-10", "2026-11"]);
  const { query } = world.feeds.requests.seen()[0] ?? {};
  assertEquals([query?.["adjusted"], query?.["extended_hours"]], ["false", "false"]);
  const slots = calendar.slots("XNYS", "5m", us("2026-09-15"), us(EVENING));
  assertEquals([...world.facts("IBM", "5m").keys()], [...slots]);
  world.requests();
  await ran(world, { ...WEEK, interval: "5m", from: "2026-09-15" });
  assertEquals(world.requests(), 0);
  await ran(world, { ...WEEK, interval: "5m", from: "2026-08-25" });
  assertEquals(months(), ["2026-09", "2026-08"]);
});

Deno.test("a key that has no premium plan is told so, with the setting", async () => {
  await using world = await HistoryWorld.at(EVENING, {}, PREMIUM);
  world.feeds.quirk("alphavantage.premium", { next: 1 });
  const { failure } = await ran(world);
  assertEquals(failure?.code, "PROVIDER_ACCESS");
  assertStringIncludes(failure?.message ?? "", "This is a premium endpoint");
  assertStringIncludes(failure?.message ?? "", "TICKHOUSE_ALPHAVANTAGE_PLAN=free");
});

Deno.test("weeks and months begin on their Monday and first; the one that runs is told when a day has ended", async () => {
  await using world = await HistoryWorld.at(EVENING);
  for (
    const [interval, expected] of [
      ["1wk", ["2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23"]],
      ["1mo", ["2026-11-01"]],
    ] as const
  ) {
    const report = await ran(world, { ...WEEK, interval, from: "2026-11-01" });
    assertEquals(report.failure, null);
    const bars = [...world.facts("IBM", interval).values()];
    assertEquals(bars.map(({ open_time }) => timeOf(open_time)), [...expected]);
    assertEquals(bars.map(({ provisional }) => provisional).at(-1), "yes");
  }
  world.pass({ days: 8 });
  await ran(world, { ...WEEK, interval: "1wk" });
  const week = world.facts("IBM", "1wk").get(us("2026-11-23"));
  await ran(world, { ...WEEK, interval: "1d", from: "2026-11-23" });
  const days = [...world.facts("IBM", "1d").values()].filter(({ open_time }) =>
    open_time >= us("2026-11-23") && open_time < us("2026-11-28")
  );
  assertEquals([days.length, week?.provisional, week?.open, week?.close], [
    ...[4, null, days[0]?.open, days.at(-1)?.close],
  ]);
  const volume = days.reduce((sum, day) => sum + Number(day.volume), 0);
  assertEquals(Number(week?.volume), volume);
});

Deno.test("what is published at night is not missing in the evening", async () => {
  // Alpha Vantage has the day hours after its close: until then it is as if it had not been.
  await using world = await HistoryWorld.at("2026-11-24T15:00:00Z");
  await ran(world);
  assertEquals(timeOf(world.rows.at(-1)?.open_time ?? 0), "2026-11-23");
  assertEquals(await world.gaps("alphavantage", "IBM", "1d"), []);
  world.pass({ hours: 1 });
  world.requests();
  // It has no running day: nothing to ask for.
  await ran(world);
  assertEquals(world.requests(), 0);
  world.pass({ hours: 6 });
  await ran(world);
  assertEquals([world.requests(), timeOf(world.rows.at(-1)?.open_time ?? 0)], [1, "2026-11-24"]);
});

Deno.test("exchangeOfAlphaVantage() goes by the end of the symbol", () => {
  const known = ["IBM", "BRK.B", "BRK-B", "TSCO.LON", "MBG.DEX", "SHOP.TRT", "X.toString", "A.XYZ"];
  assertEquals(known.map(exchangeOfAlphaVantage), [
    ...["XNYS", "XNYS", "XNYS", "XLON", "XETR", "XTSE", null, null],
  ]);
});

Deno.test("barsOf(): rows of one week that differ are all dead letters, and equal ones are one", () => {
  const row = (open: string) => ({
    ...{ "1. open": open, "2. high": "12", "3. low": "9", "4. close": "10", "5. volume": "5" },
  });
  const asked = {
    ...{ symbol: "IBM", interval: "1wk", isAdjusted: false, zone: "UTC" },
    ...{ fromUs: us("2026-11-01"), toUs: us("2026-12-01") },
  };
  const rows = [
    ...[["2026-11-24", row("10")], ["2026-11-25", row("11")]],
    ...[["2026-11-13", row("10")], ["2026-11-12", row("10.0")]],
  ] as [string, unknown][];
  const { bars, refused } = barsOf({ head: new Map(), rows }, asked);
  assertEquals(bars.map(({ openUs }) => openUs), [us("2026-11-09")]);
  assertEquals(refused.map(({ reason }) => reason), [
    'alphavantage IBM 1wk: "2026-11-25" is not the only row of its time, and another has other figures',
    'alphavantage IBM 1wk: "2026-11-24" is not the only row of its time, and another has other figures',
  ]);
});

/** Alpha Vantage, as far as it answers days of IBM; it repeats the key beside data, and in a cell. */
function repeating() {
  const row = { "1. open": "10", "2. high": "12", "3. low": "9", "4. close": "10" };
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
    const key = new URL(url).searchParams.get("apikey") ?? "";
    return Response.json({
      "Meta Data": { "2. Symbol": "IBM" },
      "Information": `We have detected your API key as ${key} (${encodeURIComponent(key)}).`,
      "Time Series (Daily)": {
        "2026-11-23": { ...row, "5. volume": "7" },
        "2026-11-20": { ...row, "5. volume": `none for ${key}` },
      },
    });
  });
}

Deno.test("a key that comes back with data is in nothing that is kept, nor in a dead letter", async () => {
  await using server = repeating();
  const key = "HU5H+K3Y/7734QWERTY";
  await using world = await HistoryWorld.at(EVENING, {}, {
    TICKHOUSE_ALPHAVANTAGE_KEY: key,
    TICKHOUSE_ALPHAVANTAGE_URL: `http://127.0.0.1:${server.addr.port}`,
  });
  const source = await world.open(alphavantage({ ...WEEK, from: "2026-11-20", history: true }));
  const { batches, rows } = await world.run(source);
  assertEquals(rows.map(({ volume }) => volume), ["7"]);
  const [letter] = batches.flatMap(({ refused }) => refused);
  const raw = new TextDecoder().decode(letter?.raw);
  assertStringIncludes(letter?.reason ?? "", '5. volume is "none for ***": no number');
  assertStringIncludes(raw, '"none for ***"');
  const objects = await Array.fromAsync(world.store.list("feeds/"));
  const bodies = await Promise.all(
    objects.map((one) => world.stored(one)),
  );
  assertStringIncludes(bodies.join(), '"We have detected your API key as *** (***)."');
  for (const secret of [key, encodeURIComponent(key)]) {
    assert(![...bodies, raw, letter?.reason].join().includes(secret));
  }
  assertEquals(await Promise.all(bodies.filter((text) => text.startsWith("{")).map(hashOf)), [
    rows[0]?.origin.split("#")[1],
  ]);
});

/** The beginning of the text's SHA-256. */
async function hashOf(text: string): Promise<string> {
  return (await sha256(new TextEncoder().encode(text))).slice(0, 16);
}

Deno.test("a key that is refused is said once, with the setting that has it", async () => {
  await using world = await HistoryWorld.at(EVENING, { keys: { alphavantage: "another" } }, {
    TICKHOUSE_ALPHAVANTAGE_KEY: "wrong",
  });
  const { failure } = await ran(world);
  const message = failure?.message ?? "";
  assertEquals(message.split("alphavantage symbol is").length, 2, message);
  assert(/ seconds\. See TICKHOUSE_ALPHAVANTAGE_KEY, and what its plan includes\.$/.test(message));
});
