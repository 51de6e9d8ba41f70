import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { TickhouseError } from "../errors.ts";
import { sqliteEngine } from "../metadata/sqlite.ts";
import { storeOn } from "../metadata/store.ts";
import { TempFolder } from "../testing.ts";
import { bar, FakeProvider, fakeSeries, slots } from "./fake_fixture.ts";
import { HistoryWorld, timeOf } from "./fixture.ts";

const EVENING = "2026-11-24T23:30:00Z";
const FROM = "2026-11-16";
const ACME = { provider: "fake", symbol: "ACME", interval: "1d" };
const DAYS = slots("1d", FROM, "2026-11-25");
const MINUTES = slots("1m", "2026-11-24", "2026-11-25");

function us(time: string): number {
  return Date.parse(time) * 1000;
}

/** A world, its provider, and a run of the series. */
async function acme(at: string = EVENING) {
  const world = await HistoryWorld.at(at);
  const provider = new FakeProvider(world);
  const run = async (options: Parameters<typeof fakeSeries>[2] = {}) => {
    const series = fakeSeries(world, provider, { from: FROM, ...options });
    const ran = await world.run(series);
    const [report] = series.series();
    assert(report);
    return { ...ran, report };
  };
  const gaps = (interval = "1d") => world.gaps("fake", "ACME", interval);
  const end = () => world[Symbol.asyncDispose]();
  return { world, provider, run, gaps, [Symbol.asyncDispose]: end };
}

Deno.test("a correction of one of the last days is a new version; digits are none", async () => {
  await using all = await acme();
  const { world, provider, run } = all;
  provider.has(DAYS);
  await run();
  world.pass({ days: 1 });
  const [next] = slots("1d", "2026-11-25", "2026-11-26");
  provider.has([next ?? 0]);
  const monday = us("2026-11-23");
  provider.bars_.set(monday, bar(monday, 100.00004));
  assertEquals((await run()).rows.map(({ open_time }) => open_time), [next]);
  world.pass({ days: 2 });
  provider.has(slots("1d", "2026-11-27", "2026-11-28"));
  provider.bars_.set(monday, bar(monday, 100.5));
  const { rows, report } = await run();
  assertEquals(rows.map(({ open_time, close }) => [timeOf(open_time), close]), [
    ["2026-11-23", 100.5],
    ["2026-11-27", 100],
  ]);
  assertEquals([report.revised, report.added], [1, 1]);
});

Deno.test("digits: a millionth of a share price and of an index are the same, a cent is not", async () => {
  const cases: [number, number, boolean][] = [
    [0.0000012, 0.0000013, false],
    [100, 100.00009, true],
    [100, 100.01, false],
    [6845.12, 6845.125, true],
    [0.5, 0.5000004, true],
  ];
  for (const [before, after, isSame] of cases) {
    await using all = await acme();
    const { world, provider, run } = all;
    provider.has(DAYS, before);
    await run();
    world.pass({ days: 1 });
    provider.has(DAYS, after);
    provider.has(slots("1d", "2026-11-25", "2026-11-26"), before);
    assertEquals((await run()).report.revised === 0, isSame, `${before} and ${after}`);
  }
});

Deno.test("a running bar that is taken back is cancelled, also if it was left out for a while before", async () => {
  await using all = await acme("2026-11-24T15:00:30Z");
  const { world, provider, run } = all;
  const minutes = { interval: "1m", from: "2026-11-24" };
  const before = MINUTES.filter((openUs) => openUs < us("2026-11-24T15:00:00Z"));
  const running = us("2026-11-24T15:00:00Z");
  provider.has([...before, running]);
  assertEquals((await run(minutes)).rows.at(-1)?.provisional, "yes");
  provider.bars_.delete(running);
  world.pass({ seconds: 40 });
  const { rows: meanwhile } = await run(minutes);
  assertEquals(meanwhile.filter(({ open_time }) => open_time >= running), []);
  assert(world.facts("ACME", "1m").has(running));
  // It has settled: there was none.
  world.pass({ hours: 3 });
  provider.has(MINUTES.filter((openUs) => openUs > running && openUs * 1 < world.nowUs));
  const { rows, report } = await run(minutes);
  const cancelled = rows.filter(({ action }) => action === "cancel");
  assertEquals(cancelled.map(({ open_time }) => open_time), [running]);
  assertEquals([report.cancelled, world.facts("ACME", "1m").has(running)], [1, false]);
  assertEquals(await world.gaps("fake", "ACME", "1m"), [
    "2026-11-24T15:00 2026-11-24T15:01 no_trade accepted",
  ]);
});

Deno.test("what is missing in the middle has a reason; what is late is asked for again", async () => {
  await using all = await acme("2026-11-24T16:00:00Z");
  const { world, provider, run, gaps } = all;
  const minutes = { interval: "1m", from: "2026-11-24" };
  const until = (time: string) => MINUTES.filter((openUs) => openUs < us(time));
  const hole = us("2026-11-24T15:00:00Z");
  provider.has(until("2026-11-24T15:10:00Z").filter((openUs) => openUs !== hole));
  await run(minutes);
  assertEquals(await gaps("1m"), ["2026-11-24T15:00 2026-11-24T15:01 no_trade accepted"]);
  // Behind its last bar it may be late.
  provider.has(until("2026-11-24T16:00:00Z").filter((openUs) => openUs !== hole));
  world.pass({ minutes: 1 });
  await run(minutes);
  assertEquals((await gaps("1m")).length, 1);
  assertEquals(world.facts("ACME", "1m").size, 90 - 1);
  // At the end of the day nothing more comes.
  world.pass({ hours: 9 });
  await run(minutes);
  assertEquals(await gaps("1m"), [
    "2026-11-24T15:00 2026-11-24T15:01 no_trade accepted",
    "2026-11-24T16:00 2026-11-24T21:00 no_trade accepted",
  ]);
});

Deno.test("a gap beside elements that were refused is the provider's error, each element a letter once", async () => {
  await using all = await acme();
  const { world, provider, run, gaps } = all;
  provider.has(DAYS.slice(0, -1));
  const raw = new TextEncoder().encode(`{"close":"None"}`);
  provider.refused = [{ at: "row 1", reason: "close is None", raw }];
  provider.lateSeconds = 0;
  await run();
  assertEquals(await gaps(), ["2026-11-24 2026-11-25 provider_error open"]);
  world.pass({ hours: 15 });
  provider.has(slots("1d", "2026-11-25", "2026-11-26"));
  await run();
  world.pass({ hours: 5 });
  await run();
  assertEquals(world.refused, ["close is None"]);
});

Deno.test("what could not be read in the midst of what is covered is asked for again, and fills its gap", async () => {
  await using all = await acme();
  const { world, provider, run, gaps } = all;
  const tuesday = us("2026-11-17");
  provider.has(DAYS.filter((day) => day !== tuesday));
  const raw = new TextEncoder().encode(`{"close":"None"}`);
  provider.refused = [{ at: "row 1", reason: "close is None", raw }];
  await run();
  assertEquals(await gaps(), ["2026-11-17 2026-11-18 provider_error open"]);
  world.pass({ hours: 1 });
  // Still not: nothing changes, and it is no letter again.
  const still = await run();
  assertEquals([still.rows, still.report.failure, world.refused], [[], null, ["close is None"]]);
  assertEquals(await gaps(), ["2026-11-17 2026-11-18 provider_error open"]);
  world.pass({ hours: 1 });
  provider.refused = [];
  provider.has([tuesday]);
  const { rows, report } = await run();
  assertEquals([rows.map(({ open_time }) => open_time), report.added], [[tuesday], 1]);
  assertEquals(await gaps(), ["2026-11-17 2026-11-18 provider_error filled"]);
  world.pass({ hours: 1 });
  const requests = provider.asked.length;
  await run();
  assertEquals(provider.asked.length, requests);
});

Deno.test("as it trades, gaps that stay are left alone for ten minutes each, and do not keep from others", async () => {
  await using all = await acme();
  const { world, provider } = all;
  const days = slots("1d", "2026-11-02", "2026-11-25");
  const there = days.filter((_, i) => i % 2 === 0);
  provider.has(there);
  const raw = new TextEncoder().encode(`{"close":"None"}`);
  provider.refused = [{ at: "row 1", reason: "close is None", raw }];
  const series = fakeSeries(world, provider, { from: "2026-11-02" });
  await world.run(series);
  const open = (await world.metadata.gaps.list({ ...ACME, state: "open" })).length;
  assert(open > 3, "more than are asked for at once");
  const live = async (seconds: number) => {
    provider.asked.length = 0;
    for (let i = 0; i < seconds; i += 5) {
      world.pass({ seconds: 5 });
      await world.run(series);
    }
    return provider.asked.filter(({ fromUs }) => !there.includes(fromUs)).length;
  };
  assertEquals(await live(590), open);
  assertEquals(await live(30), open);
  provider.fails = () => "provider_error";
  assertEquals(await live(570), 0);
  // As long as it fails, it is asked for no more than one of them at a time.
  assertEquals(await live(70), 1);
});

Deno.test("as it trades, the ledger is told of each request once", async () => {
  await using all = await acme();
  const { world, provider } = all;
  provider.has(DAYS);
  let told = 0;
  const coverage = {
    ...world.metadata.coverage,
    add: (request: Parameters<typeof world.metadata.coverage.add>[0]) => {
      told++;
      return world.metadata.coverage.add(request);
    },
  };
  const metadata = { ...world.metadata, coverage };
  const series = fakeSeries(world, provider, { from: FROM, metadata });
  for (let i = 0; i < 5; i++) await world.run(series);
  assertEquals([told, provider.asked.length], [1, 1]);
  // Another process does not know what this one has told.
  await world.run(fakeSeries(world, provider, { from: FROM, metadata }));
  assertEquals([told, provider.asked.length], [2, 1]);
});

Deno.test("nothing on a day of trading is an error and a gap, and asked for again", async () => {
  await using all = await acme();
  const { world, provider, run, gaps } = all;
  const { report } = await run();
  assertEquals([report.failure?.code, report.failure?.reason], [
    "PROVIDER_ANSWER_EMPTY",
    "provider_error",
  ]);
  assertEquals([await gaps(), world.rows.length], [[
    "2026-11-16 2026-11-24T23:30 provider_error open",
  ], 0]);
  provider.has(DAYS);
  await run();
  assertEquals((await gaps()).map((gap) => gap.split(" ").at(-1)), ["filled"]);
  assertEquals(world.facts("ACME", "1d").size, DAYS.length);
  // Nothing where there were bars is an error within a day, too.
  provider.bars_.clear();
  world.pass({ hours: 16 });
  assertEquals((await run()).report.failure?.code, "PROVIDER_ANSWER_EMPTY");
});

Deno.test("nothing for weeks is an error also where nobody knows the exchange", async () => {
  await using all = await acme();
  const { world, provider, run } = all;
  provider.exchange = null;
  assertEquals((await run({ from: "2026-11-21", to: "2026-11-22" })).report.failure, null);
  provider.has(DAYS);
  await run({ from: "2026-11-23" });
  // Behind a bar and before the first: some days may be none of trading, weeks are not.
  world.pass({ days: 10 });
  assertEquals((await run()).report.failure, null);
  await using later = await acme();
  later.provider.exchange = null;
  later.provider.has(DAYS);
  await later.run();
  assertEquals((await later.run({ from: "2026-11-12" })).report.failure, null);
  const weeks = await later.run({ from: "2026-10-20" });
  assertEquals(weeks.report.failure?.code, "PROVIDER_ANSWER_EMPTY");
  await using other = await acme();
  other.provider.exchange = null;
  assertEquals(
    (await other.run({ from: "2026-10-20" })).report.failure?.code,
    "PROVIDER_ANSWER_EMPTY",
  );
  provider.bars_.clear();
  world.pass({ days: 10 });
  assertEquals((await run()).report.failure?.code, "PROVIDER_ANSWER_EMPTY");
});

Deno.test("an exchange that nobody knows: what came is there once, and goes on", async () => {
  await using all = await acme();
  const { world, provider, run } = all;
  provider.exchange = null;
  provider.windowUs = 3 * 86_400e6;
  provider.has(DAYS);
  await run();
  assertEquals(world.rows.length, DAYS.length);
  world.pass({ days: 1 });
  provider.has(slots("1d", "2026-11-25", "2026-11-26"));
  await run();
  world.pass({ days: 3 });
  await run();
  assertEquals(world.facts("ACME", "1d").size, DAYS.length + 1);
  assertEquals([...world.facts("ACME", "1d").values()].filter((row) => row.provisional), []);
});

Deno.test("a split restates: what is covered is fetched again, also by the run after one that was cut off", async () => {
  for (const isCut of [false, true]) {
    await using all = await acme();
    const { world, provider, run } = all;
    provider.has(DAYS, 400);
    provider.actions = [{ exDate: "2026-11-17", kind: "dividend", amount: "0.4", currency: "USD" }];
    await run();
    world.pass({ days: 1 });
    const [next = 0] = slots("1d", "2026-11-25", "2026-11-26");
    provider.has([...DAYS, next], 100);
    provider.actions = [
      { exDate: "2026-11-17", kind: "dividend", amount: "0.1", currency: "USD" },
      { exDate: "2026-11-25", kind: "split", amount: "4", currency: null },
    ];
    if (isCut) {
      const killed = { batch: 0, before: "ledger" } as const;
      await world.run(fakeSeries(world, provider, { from: FROM }), killed);
      assertEquals(world.facts("ACME", "1d").get(DAYS[0] ?? 0)?.close, 400);
    }
    await run();
    const closes = [...world.facts("ACME", "1d").values()].map(({ close }) => close);
    assertEquals(closes, closes.map(() => 100));
    const told = await world.metadata.actions.list({ source: "fake", symbol: "ACME" });
    assertEquals(told.map(({ kind, amount }) => `${kind} ${Number(amount)}`), [
      "dividend 0.1",
      "split 4",
    ]);
    assert(world.notes.some((note) => note.includes("a split")));
    // Once.
    const count = world.rows.length;
    await run();
    assertEquals(world.rows.length, count);
  }
});

Deno.test("a split of a provider that tells prices as they were traded restates nothing", async () => {
  await using all = await acme();
  const { world, provider, run } = all;
  provider.adjustment = "raw";
  provider.has(DAYS);
  await run();
  world.pass({ days: 1 });
  provider.has(slots("1d", "2026-11-25", "2026-11-26"), 25);
  provider.actions = [{ exDate: "2026-11-25", kind: "split", amount: "4", currency: null }];
  assertEquals((await run()).rows.length, 1);
});

Deno.test("actions: new ones and corrected ones are records, the same is none, two payouts of a day are one", async () => {
  await using all = await acme();
  const { world, provider, run } = all;
  provider.has(DAYS);
  const dividend = { exDate: "2026-11-17", kind: "dividend", currency: "USD" } as const;
  provider.actions = [{ ...dividend, amount: "0.25" }, { ...dividend, amount: "1.005" }];
  await run();
  assertEquals(world.beside.map(({ amount, ex_date }) => [amount, ex_date]), [
    ["1.255", "2026-11-17"],
  ]);
  world.pass({ days: 1 });
  provider.has(slots("1d", "2026-11-25", "2026-11-26"));
  await run();
  assertEquals(world.beside.length, 1);
  provider.actions = [{ ...dividend, amount: "1.3" }];
  world.pass({ days: 2 });
  provider.has(slots("1d", "2026-11-27", "2026-11-28"));
  const { report } = await run();
  assertEquals([world.beside.at(-1)?.amount, report.actions], ["1.3", 1]);
  const versions = await world.metadata.actions.list({ source: "fake", versions: true });
  assertEquals(versions.length, 2);
});

Deno.test("where the earlier time fails, what is new comes all the same; a quota ends it", async () => {
  await using all = await acme();
  const { world, provider, run, gaps } = all;
  provider.has(DAYS);
  await run();
  world.pass({ days: 1 });
  provider.has(slots("1d", "2026-11-25", "2026-11-26"));
  provider.fails = ({ toUs }) => toUs <= us(FROM) ? "provider_error" : undefined;
  const { rows, report } = await run({ from: "2026-11-02" });
  assertEquals([rows.length, report.failure?.reason], [1, "provider_error"]);
  assertEquals(await gaps(), ["2026-11-02 2026-11-16 provider_error open"]);
  world.pass({ days: 2 });
  provider.fails = () => "quota";
  const asked = provider.asked.length;
  assertEquals((await run({ from: "2026-11-02" })).report.failure?.reason, "quota");
  assertEquals(provider.asked.length - asked, 1);
});

Deno.test("a state that can't be read is an error that says how to go on, and --again goes on", async () => {
  await using all = await acme();
  const { world, provider, run } = all;
  provider.has(DAYS);
  const { name } = fakeSeries(world, provider);
  for (const text of ["{}", "no JSON", `{"covered":1}`, "null"]) {
    world.states.set(name, text);
    const error = await assertRejects(() => run(), TickhouseError);
    assertEquals(error.code, "SERIES_STATE_INVALID");
  }
  await run({ again: true });
  assertEquals(world.facts("ACME", "1d").size, DAYS.length);
});

Deno.test("as it trades, a series that failed is left alone for a while, and stays a failure so long", async () => {
  const cases = [
    ["provider_error", { seconds: 59 }],
    ["quota", { seconds: 59 }],
    ["unknown_symbol", { minutes: 59, seconds: 59 }],
    ["no_access", { minutes: 59, seconds: 59 }],
  ] as const;
  for (const [reason, rest] of cases) {
    await using all = await acme();
    const { world, provider } = all;
    provider.has(DAYS);
    provider.fails = () => reason;
    const series = fakeSeries(world, provider, { from: FROM });
    await world.run(series);
    world.pass(rest);
    await world.run(series);
    assertEquals([provider.asked.length, series.series()[0]?.failure?.reason], [1, reason]);
    provider.fails = () => undefined;
    world.pass({ seconds: 2 });
    await world.run(series);
    assertEquals([world.rows.length, series.series()[0]?.failure], [DAYS.length, null]);
  }
});

Deno.test("what is left out where all is told again is not missing: it is there", async () => {
  await using all = await acme();
  const { world, provider, run, gaps } = all;
  provider.has(DAYS);
  await run();
  provider.bars_.delete(us("2026-11-18"));
  const { rows } = await run({ again: true });
  assertEquals([rows.length, await gaps()], [DAYS.length - 1, []]);
  assertEquals(world.facts("ACME", "1d").size, DAYS.length);
});

Deno.test("what one request leaves open is not covered by the one after it", async () => {
  await using all = await acme("2026-11-24T16:00:00Z");
  const { world, provider, run } = all;
  const minutes = { interval: "1m", from: "2026-11-24" };
  provider.windowUs = 15.75 * 3_600e6;
  provider.settleSeconds = 60;
  const late = (openUs: number) =>
    openUs >= us("2026-11-24T15:30:00Z") && openUs < us("2026-11-24T15:45:00Z");
  provider.has(MINUTES.filter((openUs) => !late(openUs)));
  await run(minutes);
  assertEquals(provider.asked.length, 2);
  // They come an hour later.
  provider.has(MINUTES);
  world.pass({ hours: 8 });
  await run(minutes);
  assertEquals([...world.facts("ACME", "1m").keys()].sort((a, b) => a - b), [...MINUTES]);
});

Deno.test("bars that may still change are counted once, however often they are asked for", async () => {
  await using all = await acme("2026-11-24T15:00:30Z");
  const { world, provider } = all;
  const series = fakeSeries(world, provider, { interval: "1m", from: "2026-11-24" });
  for (let poll = 0; poll < 3; poll++) {
    provider.has(MINUTES.filter((openUs) => openUs < world.nowUs), 100 + poll);
    await world.run(series);
    // Twenty minutes settle, and one runs.
    assertEquals(series.series()[0]?.provisional, 21);
    world.pass({ minutes: 1 });
  }
});

Deno.test("a metadata store that was begun anew still expects the bars of what was read", async () => {
  await using all = await acme();
  const { provider, run } = all;
  provider.has(DAYS);
  await run();
  using folder = new TempFolder();
  await using metadata = await storeOn(sqliteEngine({ path: join(folder.path, "anew.sqlite") }));
  await run({ metadata });
  assertEquals((await metadata.symbols.at("fake", "ACME", "2026-11-24"))?.exchange, "XNYS");
});

Deno.test("told again, what was missing is new, and the rest is told otherwise", async () => {
  await using all = await acme();
  const { provider, run } = all;
  const lacking = DAYS.slice(2, 4);
  provider.has(DAYS.filter((openUs) => !lacking.includes(openUs)));
  assertEquals((await run()).report.missing, lacking.length);
  provider.has(DAYS);
  const { report } = await run({ again: true });
  assertEquals([report.added, report.revised], [lacking.length, DAYS.length - lacking.length]);
});
