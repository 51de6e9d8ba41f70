import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { alphavantage } from "../source/alphavantage/entry.ts";
import { sourceConformance } from "../source/conformance.ts";
import type { SourceSpec } from "../source/entry.ts";
import { yahoo } from "../source/yahoo/entry.ts";
import { calendar, HistoryWorld, type Row, timeOf } from "./fixture.ts";

/** A Tuesday evening: New York has closed more than two hours ago. */
const EVENING = "2026-11-24T23:30:00Z";
const WEEK = { symbols: ["AAPL"], interval: "1d", from: "2026-11-16" } as const;

function days(rows: Iterable<Row>): string[] {
  return [...rows].map(({ open_time }) => timeOf(open_time));
}

function us(time: string): number {
  return Date.parse(time) * 1000;
}

/** All slots of the calendar are there, none besides, and nothing is missing. */
async function assertWhole(
  world: HistoryWorld,
  symbol: string,
  interval: string,
  [exchange, from, to]: readonly [exchange: string, from: string, to: string],
): Promise<void> {
  const found = [...world.facts(symbol, interval).keys()].sort((a, b) => a - b);
  const expected = calendar.slots(exchange, interval, us(from), us(to));
  assertEquals(found.map(timeOf), expected.map(timeOf));
  const gaps = await world.metadata.gaps.list({ symbol, interval });
  assertEquals(gaps.filter(({ state }) => state !== "filled"), []);
}

Deno.test("a series: a week of days, and no request for what is covered", async () => {
  await using world = await HistoryWorld.at(EVENING);
  const { rows } = await world.run(yahoo(WEEK));
  const expected = ["16", "17", "18", "19", "20", "23", "24"].map((day) => `2026-11-${day}`);
  assertEquals(days(rows), expected);
  assertEquals(rows.map(({ provisional }) => provisional), rows.map(() => null));
  assertEquals([world.requests(), await world.gaps("yahoo", "AAPL", "1d")], [1, []]);
  await world.run(yahoo(WEEK));
  world.pass({ hours: 2 });
  await world.run(yahoo({ ...WEEK, from: "2026-11-17" }));
  assertEquals([world.requests(), world.rows.length], [0, 7]);
  // Wednesday, in the session: the running day, and what is before it only to compare.
  world.pass({ hours: 15 });
  const { rows: next } = await world.run(yahoo(WEEK));
  assertEquals([world.requests(), days(next), next[0]?.provisional], [1, ["2026-11-25"], "yes"]);
  world.pass({ hours: 8 });
  const { rows: over } = await world.run(yahoo(WEEK));
  assertEquals([world.requests(), days(over), over[0]?.provisional], [1, ["2026-11-25"], null]);
  // Thanksgiving: nothing is asked.
  world.pass({ days: 1 });
  await world.run(yahoo(WEEK));
  assertEquals(world.requests(), 0);
  assertEquals(world.facts("AAPL", "1d").size, 8);
});

Deno.test("a series: the watermark says what is covered, and when it was asked", async () => {
  await using world = await HistoryWorld.at(EVENING);
  await world.run(yahoo(WEEK));
  const series = { provider: "yahoo", symbol: "AAPL", interval: "1d" };
  const mark = await world.metadata.watermarks.get(series);
  assertEquals([mark?.fromUs, mark?.toUs, mark?.lastTimeUs], [
    us("2026-11-16"),
    us(EVENING),
    us("2026-11-24"),
  ]);
  const [asked] = await world.metadata.coverage.list(series);
  assertEquals([asked?.outcome, asked?.askedUs], ["received", us(EVENING)]);
  assertEquals((asked?.sha256 ?? "").length, 64);
});

Deno.test("a series: an earlier --from extends backwards without a hole, by the day and by the minute", async () => {
  await using world = await HistoryWorld.at(EVENING);
  await world.run(yahoo(WEEK));
  await world.run(yahoo({ ...WEEK, from: "2026-10-01", to: "2026-10-05" }));
  await assertWhole(world, "AAPL", "1d", ["XNAS", "2026-10-01", "2026-11-25"]);
  assertEquals(world.requests(), 2);
  const minutes = { symbols: ["IBM"], interval: "1m" } as const;
  await world.run(yahoo({ ...minutes, from: "2026-11-23" }));
  await world.run(yahoo({ ...minutes, from: "2026-11-02" }));
  // Seven days a request.
  assertEquals(world.requests(), 1 + 3);
  await assertWhole(world, "IBM", "1m", ["XNYS", "2026-11-02", "2026-11-25"]);
  const origins = new Set(world.rows.map(({ origin }) => origin));
  assertEquals(origins.size, 6);
});

Deno.test("a series: holidays, half days and the weeks of summer time leave no gap", async () => {
  await using world = await HistoryWorld.at("2026-12-02T12:00:00Z");
  for (const interval of ["30m", "1h", "1d", "1wk", "1mo"]) {
    // Berlin changes its clocks on 25 October, New York on 1 November; 26 and 27 November.
    await world.run(
      yahoo({ symbols: ["AAPL", "SAP.DE"], interval, from: "2026-10-19", to: "2026-11-30" }),
    );
    if (interval.endsWith("wk") || interval.endsWith("mo")) continue;
    await assertWhole(world, "AAPL", interval, ["XNAS", "2026-10-19", "2026-12-01"]);
    await assertWhole(world, "SAP.DE", interval, ["XETR", "2026-10-19", "2026-12-01"]);
  }
  const weeks = [...world.facts("AAPL", "1wk").values()];
  assertEquals(
    days(weeks),
    calendar.slots("XNAS", "1wk", us("2026-10-19"), us("2026-12-01")).map(timeOf),
  );
  assertEquals(days(world.facts("SAP.DE", "1mo").values()), ["2026-11-01"]);
});

Deno.test("a series: the lunch of Tokyo and of Hong Kong is not missing", async () => {
  await using world = await HistoryWorld.at(EVENING);
  const options = {
    symbols: ["7203.T", "0700.HK"],
    interval: "15m",
    from: "2026-11-16",
    to: "2026-11-20",
  };
  await world.run(yahoo(options));
  await assertWhole(world, "7203.T", "15m", ["XTKS", "2026-11-16", "2026-11-21"]);
  await assertWhole(world, "0700.HK", "15m", ["XHKG", "2026-11-16", "2026-11-21"]);
});

Deno.test("a series: days that are stamped with an open on the date before are asked for, too", async () => {
  const sydney = {
    ...{ symbol: "BHP.AX", finnhub: "BHP.AX", name: "BHP", exchange: "XASX" },
    kind: "EQUITY" as const,
    ...{ currency: "AUD", digits: 2, sizeDigits: 0, price: 40, volatility: 0.2, volume: 1e6 },
    ...{ rate: 1, since: "2000-01-03" },
  } as const;
  await using world = await HistoryWorld.at("2026-11-20T12:00:00Z", { instruments: [sydney] });
  const options = { symbols: ["BHP.AX"], interval: "1d", from: "2026-11-16" } as const;
  await world.run(yahoo({ ...options, to: "2026-11-17" }));
  await world.run(yahoo(options));
  await assertWhole(world, "BHP.AX", "1d", ["XASX", "2026-11-16", "2026-11-21"]);
});

Deno.test("a series: of several symbols the one that fails is noted, and the others are whole", async () => {
  await using world = await HistoryWorld.at(EVENING);
  const source = await world.open(yahoo({ ...WEEK, symbols: ["AAPL", "NOPE", "IBM"] }));
  await world.run(source);
  await assertWhole(world, "AAPL", "1d", ["XNAS", "2026-11-16", "2026-11-25"]);
  await assertWhole(world, "IBM", "1d", ["XNYS", "2026-11-16", "2026-11-25"]);
  assertEquals(await world.gaps("yahoo", "NOPE", "1d"), [
    "2026-11-16 2026-11-24T23:30 unknown_symbol accepted",
  ]);
  const [, nope] = source.series?.() ?? [];
  assertEquals([nope?.failure?.code, nope?.covered], ["PROVIDER_SYMBOL_UNKNOWN", null]);
  assertStringIncludes(nope?.failure?.message ?? "", "NOPE");
});

Deno.test("a series: what the provider does not have any more is noted, and never asked for", async () => {
  await using world = await HistoryWorld.at(EVENING);
  const minutes = { symbols: ["AAPL"], interval: "1m", from: "2026-09-01" } as const;
  await world.run(yahoo(minutes));
  const reach = "2026-10-26T23:30";
  assertEquals(await world.gaps("yahoo", "AAPL", "1m"), [
    `2026-09-01 ${reach} no_access accepted`,
  ]);
  assertEquals(timeOf(world.rows[0]?.open_time ?? 0), "2026-10-27T13:30");
  world.requests();
  // Left alone for too long: what lies between can't be had any more, and what can is.
  world.pass({ days: 40 });
  const source = await world.open(yahoo(minutes));
  await world.run(source);
  assertEquals(source.series?.()[0]?.failure, null);
  assertEquals(await world.gaps("yahoo", "AAPL", "1m"), [
    `2026-09-01 ${reach} no_access accepted`,
    "2026-11-24T23:30 2026-12-05T23:30 no_access accepted",
  ]);
  const first = world.rows.find(({ open_time }) => open_time > us("2026-11-25"));
  assertEquals(timeOf(first?.open_time ?? 0), "2026-12-07T14:30");
});

Deno.test("a series: as it trades, running bars are versions, and the report says what is covered", async () => {
  await using world = await HistoryWorld.at("2026-11-24T15:00:30Z");
  const source = await world.open(yahoo({ symbols: ["AAPL"], interval: "1m" }));
  assertEquals(source.group?.everyMs, 5000);
  for (let i = 0; i < 36; i++) {
    await world.run(source);
    world.pass({ seconds: 5 });
  }
  assertEquals(world.requests(), 36);
  // Each minute ends, and is told again when it has settled.
  world.pass({ minutes: 30 });
  await world.run(source);
  const ended = [...world.facts("AAPL", "1m").values()].filter(({ open_time }) =>
    open_time >= us("2026-11-24T15:00:00Z") && open_time < us("2026-11-24T15:03:00Z")
  );
  assertEquals(ended.map(({ provisional }) => provisional), [null, null, null]);
  for (const { open_time, close, volume } of ended) {
    const trades = world.feeds.truth("AAPL", open_time, open_time + 60e6);
    assertEquals(volume, trades.reduce((sum, { size }) => sum + size, 0));
    assertEquals(close, Math.fround(trades.findLast(({ counts }) => counts)?.price ?? 0));
  }
  const [report] = source.series?.() ?? [];
  assert((report?.added ?? 0) > 30 && report?.failure === null);
});

Deno.test("a series: the answer is kept as it came and as CSV, with what was asked, without the key", async () => {
  await using world = await HistoryWorld.at(EVENING);
  await world.run(alphavantage({ ...WEEK, symbols: ["IBM"] }));
  const objects = await Array.fromAsync(world.store.list("feeds/"));
  assertEquals(objects.map((key) => key.replace(/-[0-9a-f]{12}/, "")), [
    "feeds/alphavantage/1d/IBM/20261124T233000Z.csv",
    "feeds/alphavantage/1d/IBM/20261124T233000Z.json",
  ]);
  const [csv, json] = await Promise.all(
    objects.map((key) => world.stored(key)),
  );
  assertEquals(csv?.split("\r\n").slice(0, 2).map((line) => line.split(",")[0]), [
    "Date",
    "2026-11-16",
  ]);
  assertEquals(csv?.trimEnd().split("\r\n").length, 8);
  const [row] = world.rows;
  assert(
    csv?.includes(`2026-11-16,${row?.open},${row?.high},${row?.low},${row?.close},,${row?.volume}`),
  );
  const hash = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(json)),
  );
  const [body] = await world.metadata.bodies.find(hash.toHex());
  assertEquals([body?.objectKey, body?.askedUs, body?.bytes], [
    objects[1],
    us(EVENING),
    json?.length,
  ]);
  const url = new URL(body?.url ?? "");
  assertEquals([url.searchParams.get("symbol"), url.searchParams.has("apikey")], ["IBM", false]);
  assertStringIncludes(row?.origin ?? "", hash.toHex().slice(0, 16));
});

Deno.test("a series: --again tells all again, and what is covered stays so", async () => {
  await using world = await HistoryWorld.at(EVENING);
  await world.run(yahoo(WEEK));
  const source = await world.open(
    yahoo({ ...WEEK, from: "2026-11-18", to: "2026-11-19", again: true }),
  );
  const { rows } = await world.run(source);
  assertEquals(days(rows), ["2026-11-18", "2026-11-19"]);
  const [report] = source.series?.() ?? [];
  assertEquals([report?.added, report?.revised, timeOf(report?.covered?.fromUs ?? 0)], [
    ...[0, 2, "2026-11-16"],
  ]);
  world.requests();
  await world.run(source);
  await world.run(yahoo(WEEK));
  assertEquals([world.requests(), world.facts("AAPL", "1d").size], [0, 7]);
});

Deno.test("a series: without --from it is asked since when, and what is missing in the ledger says so", async () => {
  await using world = await HistoryWorld.at(EVENING);
  const spec = yahoo({ symbols: ["AAPL"], interval: "1d", history: true });
  let error: unknown;
  await world.run(spec).catch((caught) => error = caught);
  assertStringIncludes(String(error), "since when?");
  world.feeds.quirk("http.status", { provider: "yahoo", next: 9 });
  await world.run(yahoo(WEEK));
  assertEquals(await world.gaps("yahoo", "AAPL", "1d"), [
    "2026-11-16 2026-11-24T23:30 provider_error open",
  ]);
  world.feeds.calm();
  world.pass({ minutes: 2 });
  await world.run(spec);
  await assertWhole(world, "AAPL", "1d", ["XNAS", "2026-11-16", "2026-11-25"]);
});

// At the end of a day all is final; in the session the running bar is told as it is.
const PLACES: readonly (readonly [name: string, at: string, spec: SourceSpec])[] = [
  ["yahoo 1m", EVENING, yahoo({ symbols: ["AAPL"], interval: "1m", from: "2026-11-02" })],
  ["yahoo 1d, running", "2026-11-24T15:00:00Z", yahoo(WEEK)],
  [
    "alphavantage 1h",
    EVENING,
    alphavantage({ symbols: ["IBM"], interval: "1h", from: "2026-09-01" }),
  ],
];
for (const [name, at, spec] of PLACES) {
  const worlds: HistoryWorld[] = [];
  sourceConformance(`Series of ${name}`, async () => {
    const world = await HistoryWorld.at(at);
    worlds.push(world);
    const [part] = (await world.open(spec)).group?.parts ?? [];
    assert(part);
    return part;
  });
  Deno.test(`Series of ${name}: its worlds end`, async () => {
    for (const world of worlds) await world[Symbol.asyncDispose]();
  });
}
