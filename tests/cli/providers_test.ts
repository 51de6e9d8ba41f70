/** Feeds of providers as a user runs them, against the stand-ins. @module */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async";
import { FeedClock } from "services/feeds/clock.ts";
import { type FeedServers, startFeedServers } from "services/feeds/feeds.ts";
import { assertDone, assertRefused, Place } from "./command.ts";

const RANGE = ["--from", "2010-11-22", "--to", "2010-12-03"];

/** A place whose providers are stand-ins at a time of their own. */
class Site extends Place {
  readonly feeds: FeedServers = startFeedServers({ clock: new FeedClock() });

  go(...args: string[]) {
    return this.run(args, this.feeds.variables);
  }

  /** Ends the stand-ins; the folder goes with the place. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.feeds[Symbol.asyncDispose]();
    this[Symbol.dispose]();
  }
}

const yahoo = (...symbols: string[]) => [
  ...["ingest", "--source", "yahoo", "--symbols", symbols.join(",")],
];

Deno.test("ingest --source yahoo: history once, nothing twice, and what is missing said by status 1", async () => {
  await using site = new Site();
  const first = assertDone(await site.go(...yahoo("IBM"), ...RANGE));
  // Nine days: Thanksgiving is none.
  assertMatch(first, /fetched +yahoo IBM 1d: 9 new/);
  assertMatch(first, /proven +9 records of this run, each exactly once in both/);
  const requests = site.feeds.counts().reduce((sum, { count }) => sum + count, 0);
  assertMatch(assertDone(await site.go(...yahoo("IBM"), ...RANGE)), /nothing new of 1 series/);
  assertEquals(site.feeds.counts().reduce((sum, { count }) => sum + count, 0), requests);
  const unknown = await site.go(...yahoo("NOPE", "IBM"), ...RANGE);
  assertEquals(unknown.code, 1, unknown.out);
  assertMatch(unknown.out, /failed +NOPE 1d: yahoo symbol is "NOPE": it answered 404/);
  const gaps = await site.go("gaps", "--all");
  assertEquals(gaps.code, 0, gaps.out);
  assertMatch(gaps.out, /yahoo IBM 1d +│ 2010-11-22 to 2010-12-04 +│ 9 +│ 9 +│ 0/);
  assertMatch(gaps.out, /2010-11-25 .* holiday/);
  assertMatch(gaps.out, /unknown_symbol/);
});

Deno.test("gaps: a bar that the provider lacks has its reason; one that is lost has none, and is found", async () => {
  await using site = new Site();
  site.feeds.quirk("yahoo.nulls", { probability: 0.4 });
  const read = await site.go(...yahoo("IBM"), "--from", "2010-01-04", "--to", "2010-03-31");
  assertMatch(read.out, /without figures.*, \d+ missing/);
  assertMatch(read.out, /missing +\d+ bars, with their reasons: `deno task gaps`/);
  const gaps = await site.go("gaps");
  assertEquals(gaps.code, 0, gaps.out);
  assertMatch(gaps.out, /no_trade +│ accepted +│ the provider answered without it/);
  assertMatch(gaps.out, /explained/);
  // Taken back, and in no ledger.
  const withdrawn = await site.go("withdraw", "--source", "yahoo", "--yes");
  assertEquals(withdrawn.code, 0, withdrawn.err);
  const lost = await site.go("gaps");
  assertEquals(lost.code, 1, lost.out);
  assertMatch(lost.out, /NOT explained: \d+ bars/);
  assertEquals((await site.go("reconcile", "--explain")).code, 1);
});

Deno.test("ingest: what a provider can't be asked is refused, naming field, value and fix", async () => {
  await using site = new Site();
  const cases = [
    [[...yahoo("../x"), ...RANGE], "SYMBOL_INVALID", /"\.\.\/x"/],
    [[...yahoo("x".repeat(10_000)), ...RANGE], "SYMBOL_INVALID", /32/],
    [yahoo("IBM"), "OPTION_INVALID", /--from/],
    [[...yahoo("IBM"), "--from", "2010-02-30"], "OPTION_INVALID", /2010-02-30/],
    [[...yahoo("IBM"), "--from", "2010-02-03", "--to", "2010-02-01"], "OPTION_INVALID", /--from/],
    [[...yahoo("IBM"), "--from", "2999-01-01"], "OPTION_INVALID", /--from/],
    [[...yahoo("IBM"), ...RANGE, "--interval", "7m"], "OPTION_INVALID", /--interval.*1m/],
    [["ingest", "--source", "nobody", "--symbols", "IBM"], "OPTION_INVALID", /yahoo/],
    [["ingest", "--source", "csv"], "OPTION_INVALID", /--file/],
  ] as const;
  for (const [args, code, what] of cases) assertRefused(await site.go(...args), code, what);
  assertEquals(site.feeds.counts(), []);
});

Deno.test("ingest --source yahoo,…: a provider that fails is stood in for, and the row says who told it", async () => {
  await using site = new Site();
  site.feeds.quirk("yahoo.not_found", { symbols: ["IBM"] });
  const both = ["ingest", "--source", "yahoo,alphavantage", "--symbols", "AAPL,IBM"];
  const since = new Date(site.feeds.clock.now() - 21 * 86_400_000).toISOString().slice(0, 10);
  const until = new Date(site.feeds.clock.now() - 4 * 86_400_000).toISOString().slice(0, 10);
  const done = await site.go(...both, "--from", since, "--to", until);
  assertEquals(done.code, 0, done.out + done.err);
  assertMatch(done.out, /alphavantage IBM 1d: 1\d new/);
  assert(!done.out.includes("alphavantage AAPL"), done.out);
  const sql = "SELECT symbol, source, count(*) AS bars FROM bronze.bars GROUP BY ALL ORDER BY ALL";
  const rows = JSON.parse(assertDone(await site.go("query", sql, "--json")));
  assertEquals(rows.map(({ symbol, source }: Record<string, string>) => [symbol, source]), [
    ["AAPL", "yahoo"],
    ["IBM", "alphavantage"],
  ]);
  assertEquals(new Set(rows.map(({ bars }: { bars: number }) => bars)).size, 1);
  // Nothing of it is in reach of a free key: that is no success.
  const longAgo = await site.go("ingest", "--source", "alphavantage", "--symbols", "IBM", ...RANGE);
  assertEquals(longAgo.code, 1, longAgo.out);
  assertMatch(longAgo.out, /failed +IBM 1d: .*from about .* on only/);
});

Deno.test("ingest that is stopped while a provider answers: exit 1, says what was not read, and goes on", async () => {
  await using site = new Site();
  site.feeds.quirk("http.slow", { symbols: ["AAPL"], parameters: { ms: 600_000 } });
  const three = [...yahoo("IBM", "AAPL", "MSFT"), ...RANGE];
  {
    await using running = site.start(three, site.feeds.variables);
    while (site.feeds.counts().length === 0) await delay(20);
    const { code, out } = await running.end("SIGTERM");
    assertEquals(code, 1, out);
    assertMatch(out, /not read +[23] of 3 series to their end/);
    assertMatch(out, /failed +interrupted before all of it was read/);
    assert(!/nothing new|^proven/m.test(out), out);
  }
  site.feeds.calm("http.slow");
  assertMatch(assertDone(await site.go(...three)), /proven +\d+ records/);
  const sql = "SELECT count(DISTINCT symbol || open_time), count(*) FROM bronze.bars";
  assertMatch(assertDone(await site.go("query", sql)), /27 +│ +27/);
});
