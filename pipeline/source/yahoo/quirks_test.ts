import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Sees } from "../../../services/feeds/fixture.ts";
import type { QuirkName } from "../../../services/feeds/quirks/list.ts";
import type { HistoryOptions } from "../../history/feed.ts";
import { calendar, HistoryWorld, type Row, timeOf } from "../../history/fixture.ts";
import type { SeriesReport } from "../series.ts";
import { yahoo } from "./entry.ts";

const EVENING = "2026-11-24T23:30:00Z";
const SESSION = "2026-11-24T16:07:30Z";
const WEEK = { symbols: ["AAPL"], interval: "1d", from: "2026-11-16" } as const;
const DAYS = 7;

async function ran(world: HistoryWorld, options: HistoryOptions = WEEK): Promise<SeriesReport> {
  const source = await world.open(yahoo({ ...options, history: true }));
  await world.run(source);
  const [report] = source.series?.() ?? [];
  assert(report);
  return report;
}

/** What the market traded that day, as Yahoo tells prices. */
function truth(world: HistoryWorld, symbol: string, [from, to]: readonly [string, string]) {
  const trades = world.feeds.truth(symbol, Date.parse(from) * 1000, Date.parse(to) * 1000);
  const prices = trades.filter(({ counts }) => counts).map(({ price }) => Math.fround(price));
  return {
    open: prices[0] ?? 0,
    high: Math.max(...prices),
    low: Math.min(...prices),
    close: prices.at(-1) ?? 0,
    volume: trades.reduce((sum, { size }) => sum + size, 0),
  };
}

function figures({ open, high, low, close, volume }: Row) {
  return { open, high, low, close, volume };
}

/** The quirk happens: what the answer becomes, and that the next run has all. */
async function refusedBy(
  name: QuirkName,
  reason: string,
  says: string,
  { times = 1, note = "" } = {},
): Promise<void> {
  await using world = await HistoryWorld.at(EVENING);
  world.feeds.quirk(name, { next: times });
  const { failure } = await ran(world);
  assertEquals(failure?.reason, reason);
  assertStringIncludes(failure?.message ?? "", says);
  assertStringIncludes(failure?.message ?? "", "AAPL");
  assertStringIncludes(world.notes.join(), note);
  assertEquals([world.rows.length, world.refused.length], [0, 0]);
  const [gap = ""] = await world.gaps("yahoo", "AAPL", "1d");
  assertStringIncludes(gap, `2026-11-16 2026-11-24T23:30 ${reason}`);
  world.pass({ minutes: 10 });
  assertEquals((await ran(world)).failure, null);
  assertEquals(world.rows.length, DAYS);
  assertStringIncludes((await world.gaps("yahoo", "AAPL", "1d")).join(), "filled");
}

/** The client waits, and gets it. */
async function waitsFor(name: QuirkName): Promise<void> {
  await using world = await HistoryWorld.at(EVENING);
  world.feeds.quirk(name, { next: 1 });
  assertEquals((await ran(world)).failure, null);
  assertEquals([world.rows.length, world.requests()], [DAYS, 2]);
  assert(world.nowUs > Date.parse(EVENING) * 1000);
}

/** 429 each time: the run gives up, says what it was told, and the ledger says quota. */
async function throttled(name: QuirkName): Promise<void> {
  await waitsFor(name);
  await refusedBy(name, "quota", "it answered 429: Too Many Requests", { times: 4 });
}

const QUIRKS: Sees<"yahoo"> = {
  "yahoo.limit_text": throttled,
  "yahoo.limit_page": throttled,
  "yahoo.crumb": (name) => refusedBy(name, "no_access", "Unauthorized: Invalid Crumb"),
  "yahoo.not_found": (name) => refusedBy(name, "unknown_symbol", "No data found, symbol may be"),
  "yahoo.unprocessable": (name) => refusedBy(name, "provider_error", "Unprocessable Entity: 1d"),
  // It says that there is nothing, where there was trading.
  "yahoo.bad_request": (name) =>
    refusedBy(name, "provider_error", "it has nothing from", {
      note: "it answered 400: Bad Request: Data doesn't exist",
    }),
  "yahoo.empty_result": (name) => refusedBy(name, "provider_error", "it has nothing from"),
  "yahoo.no_meta": (name) => refusedBy(name, "provider_error", "chart.result.0.meta"),
  "yahoo.no_timestamps": (name) =>
    refusedBy(name, "provider_error", `timestamp is missing: no time in seconds`),
  "yahoo.unequal_lengths": async (name) => {
    await using world = await HistoryWorld.at(EVENING);
    world.feeds.quirk(name, { next: 1 });
    const report = await ran(world);
    assertEquals([report.added, report.refused], [DAYS - 1, 1]);
    const [reason] = world.refused;
    assertEquals(reason, "yahoo AAPL 1d: close is missing: the column is too short");
    // The last day is not given up: it is asked for again.
    world.pass({ minutes: 15 });
    assertEquals((await ran(world)).added, 1);
    assertEquals(world.facts("AAPL", "1d").size, DAYS);
  },
  "yahoo.nulls": async (name) => {
    await using world = await HistoryWorld.at(EVENING);
    world.feeds.quirk(name, { probability: 0.3 });
    const report = await ran(world, { ...WEEK, interval: "30m" });
    assert(report.blank > 10 && report.refused === 0, `${report.blank}`);
    assertEquals(report.added + report.blank, DAYS * 13);
    const gaps = await world.metadata.gaps.list({ interval: "30m" });
    const slots = gaps.flatMap(({ fromUs, toUs }) => calendar.slots("XNAS", "30m", fromUs, toUs));
    assertEquals(
      gaps.filter(({ reason, state }) => reason === "no_trade" && state === "accepted"),
      gaps,
    );
    // Of a bar that is late nobody can say yet that it is missing.
    assert(report.blank - slots.length <= 1, `${slots.length} of ${report.blank}`);
  },
  "yahoo.jitter": async (name) => {
    await using world = await HistoryWorld.at(EVENING);
    world.feeds.quirk(name);
    await ran(world, { ...WEEK, from: "2020-01-02" });
    assertEquals(world.refused, []);
    const count = world.rows.length;
    for (let i = 0; i < 5; i++) {
      world.pass({ days: 1 });
      assertEquals((await ran(world)).revised, 0);
    }
    assertEquals([world.rows.length - count, world.refused], [2, []]);
  },
  "yahoo.running_bar": async (name) => {
    await using world = await HistoryWorld.at(SESSION);
    // The running day has the time of its last trade.
    await ran(world);
    const day = world.rows.at(-1);
    assertEquals([timeOf(day?.open_time ?? 0), day?.provisional, world.rows.length], [
      ...["2026-11-24", "yes", DAYS],
    ]);
    // Below a day that trade is a row of its own: it belongs to the bar that runs.
    await ran(world, { ...WEEK, interval: "15m", from: "2026-11-24" });
    const bars = [...world.facts("AAPL", "15m").values()];
    assertEquals(bars.map(({ open_time }) => timeOf(open_time).slice(11)), [
      ...["14:30", "14:45", "15:00", "15:15", "15:30", "15:45", "16:00"],
    ]);
    const running = bars.at(-1);
    assert(running);
    // It is told by other digits.
    const close = Math.fround(Number(running.close));
    assertEquals(
      { ...figures(running), close },
      truth(world, "AAPL", ["2026-11-24T16:00:00Z", SESSION]),
    );
    assertEquals(bars.map(({ provisional }) => provisional), [
      ...[null, null, null, null, null, "yes", "yes"],
    ]);
    world.feeds.calm(name);
    world.pass({ hours: 6 });
    await ran(world, { ...WEEK, interval: "15m" });
    const later = [...world.facts("AAPL", "15m").values()];
    assertEquals([later.length, later.some(({ provisional }) => provisional)], [7 * 26, false]);
  },
  "yahoo.day_twice": async (name) => {
    await using world = await HistoryWorld.at(SESSION);
    world.feeds.quirk(name);
    const report = await ran(world);
    const day = world.rows.at(-1);
    assert(day);
    assertEquals([world.rows.length, report.refused, day.provisional], [DAYS, 0, "yes"]);
    assertEquals(figures(day), truth(world, "AAPL", ["2026-11-24T14:30:00Z", SESSION]));
  },
  "yahoo.week_twice": async (name) => {
    await using world = await HistoryWorld.at(SESSION);
    await ran(world, { ...WEEK, interval: "1wk" });
    const once = world.rows.at(-1);
    await using other = await HistoryWorld.at(SESSION);
    other.feeds.quirk(name);
    await ran(other, { ...WEEK, interval: "1wk" });
    const twice = other.rows.at(-1);
    assertEquals(other.rows.length, 2);
    assert(once && twice);
    assertEquals([figures(twice), twice.provisional, timeOf(twice.open_time)], [
      ...[figures(once), "yes", "2026-11-23"],
    ]);
  },
  "yahoo.hour_named": async () => {
    await using world = await HistoryWorld.at(EVENING);
    const report = await ran(world, { ...WEEK, interval: "1h", from: "2026-11-24" });
    assertEquals([report.failure, report.added], [null, 7]);
    assertEquals(new Set(world.rows.map((row) => row.bar_interval)), new Set(["1h"]));
  },
  "yahoo.revised": async (name) => {
    await using world = await HistoryWorld.at(EVENING);
    await ran(world);
    world.feeds.quirk(name, { parameters: { day: "2026-11-20", by: 0.01 } });
    world.pass({ days: 1 });
    const report = await ran(world);
    assertEquals([report.revised, report.added], [1, 1]);
    const [before, after] = world.rows.filter((row) => timeOf(row.open_time) === "2026-11-20");
    const share = Number(after?.close) / Number(before?.close);
    assert(Math.abs(share - 1.01) < 1e-6, `${share}`);
  },
};

for (const [name, test] of Object.entries(QUIRKS)) {
  Deno.test(`quirk ${name} becomes what it is`, () => test(name as QuirkName));
}

/** What HTTP may do, and what becomes of it: tried again, or an error that names it. */
const HTTP: Partial<Record<QuirkName, readonly [times: number, code: string | null]>> = {
  "http.bad_gateway": [1, null],
  "http.status": [2, null],
  "http.cut": [1, null],
  "http.truncated": [1, "PROVIDER_ANSWER_INVALID"],
  "http.redirect": [1, "PROVIDER_REDIRECTED"],
  "http.redirect_link_local": [1, "PROVIDER_REDIRECTED"],
  "http.huge": [1, "PROVIDER_ANSWER_INVALID"],
  "http.gzip_bomb": [1, "PROVIDER_ANSWER_INVALID"],
  "http.endless": [1, "PROVIDER_ANSWER_INVALID"],
};

for (const [name, [next, code]] of Object.entries(HTTP)) {
  Deno.test(`quirk ${name} becomes ${code ?? "another attempt"}`, async () => {
    await using world = await HistoryWorld.at(EVENING);
    world.feeds.quirk(name, { next, provider: "yahoo" });
    assertEquals((await ran(world)).failure?.code ?? null, code);
    if (code) await ran(world);
    assertEquals(world.rows.length, DAYS);
  });
}

Deno.test("pence: prices are as they are told, and payouts say their currency", async () => {
  await using world = await HistoryWorld.at(EVENING);
  world.feeds.act("VOD.L", "2026-11-19", "dividend", 4.5);
  await ran(world, { ...WEEK, symbols: ["VOD.L"] });
  const [row] = world.rows;
  assert(Number(row?.close) > 20, `${row?.close}`);
  assertEquals(world.beside.map(({ amount, currency, ex_date }) => [amount, currency, ex_date]), [
    ["4.5", "GBp", "2026-11-19"],
  ]);
});

Deno.test("a split that happens: what was told before is told again, in new shares", async () => {
  await using world = await HistoryWorld.at(EVENING);
  await ran(world, { ...WEEK, interval: "1d" });
  await ran(world, { ...WEEK, interval: "30m" });
  const before = new Map([...world.facts("AAPL", "1d")].map(([at, { close }]) => [at, close]));
  world.pass({ hours: 22 });
  world.feeds.act("AAPL", "2026-11-25", "split", 4);
  for (const interval of ["1d", "30m"]) {
    await ran(world, { ...WEEK, interval });
    const half = [...world.facts("AAPL", interval).values()];
    const others = half.filter(({ close }) => Number(close) > 150);
    assertEquals(others.map(({ open_time }) => timeOf(open_time)), [], interval);
  }
  for (const [at, close] of before) {
    const now = world.facts("AAPL", "1d").get(at)?.close;
    assert(Math.abs(Number(now) * 4 / Number(close) - 1) < 1e-4, `${timeOf(at)} ${close} ${now}`);
  }
  const told = world.beside.filter(({ kind }) => kind === "split");
  assertEquals(told.map(({ amount, ex_date }) => [amount, ex_date]), [["4", "2026-11-25"]]);
});
