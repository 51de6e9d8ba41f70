import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { EVENING } from "services/feeds/fixture.ts";
import type { QuirkName } from "services/feeds/quirks/list.ts";
import type { QuirkSetting } from "services/feeds/world/quirks.ts";
import { TickhouseError } from "../../errors.ts";
import { HEARTBEAT_MS, Rig } from "./fixture.ts";
import type { Socket } from "./link.ts";

const MINUTE_MS = 60_000;
const SYMBOLS = ["AAPL", "BINANCE:BTCUSDT"] as const;

/** Reads for some minutes with a quirk. */
async function withQuirk(
  name: QuirkName,
  setting: QuirkSetting = {},
  { minutes = 2, equalTrades = "one" }: { minutes?: number; equalTrades?: "one" | "each" } = {},
) {
  const rig = await Rig.at();
  rig.feeds.quirk(name, setting);
  const fromMs = rig.feeds.clock.now();
  rig.begin(rig.trades(SYMBOLS, { equalTrades }));
  await rig.pass(minutes * MINUTE_MS);
  return { rig, fromMs, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() };
}

/** The gap of AAPL, the only one. */
async function gapOf(rig: Rig) {
  const [gap, ...more] = (await rig.gaps()).filter(({ symbol }) => symbol === "AAPL");
  assertEquals(more, []);
  assert(gap);
  return gap;
}

/** What each quirk of the WebSocket becomes; a new one is a type error here. */
const QUIRKS: Readonly<
  Record<
    Exclude<
      Extract<QuirkName, `finnhub.${string}`>,
      | `finnhub.zero_${string}`
      | "finnhub.close_outside"
      | "finnhub.quote_time_ms"
      | "finnhub.bad_key"
      | "finnhub.no_data"
      | "finnhub.bad_candle"
    >,
    (name: QuirkName) => Promise<void>
  >
> = {
  "finnhub.repeat": async (name) => {
    await using run = await withQuirk(name, { probability: 0.5 });
    const { rig, fromMs } = run;
    await rig.pass(5_000);
    for (const symbol of SYMBOLS) rig.assertTrue(symbol, fromMs, fromMs + 2 * MINUTE_MS);
    assert(rig.skipped > 50);
  },
  "finnhub.repeat_within": async (name) => {
    await using run = await withQuirk(name, { probability: 0.2 });
    for (const symbol of SYMBOLS) run.rig.assertTrue(symbol, run.fromMs);
    assert(run.rig.skipped > 20);
    assert(run.rig.notes.some((note) => note.includes("TICKHOUSE_FINNHUB_EQUAL_TRADES")));
  },
  "finnhub.out_of_order": async (name) => {
    await using run = await withQuirk(name, { probability: 0.3 });
    await run.rig.pass(3_000);
    run.rig.assertTrue("AAPL", run.fromMs, run.fromMs + 2 * MINUTE_MS);
    const times = run.rig.rows.map(({ event_time }) => event_time);
    assert(times.some((time, i) => i > 0 && time < (times[i - 1] ?? 0)));
  },
  "finnhub.late": async (name) => {
    await using run = await withQuirk(name, {
      probability: 0.2,
      parameters: { within_ms: 30_000 },
    });
    await run.rig.pass(31_000);
    const happened = run.rig.assertTrue("AAPL", run.fromMs, run.fromMs + 2 * MINUTE_MS);
    const late = run.rig.rows.filter(({ conditions }) => conditions?.split(" ").includes("30"));
    assert(late.length > 5);
    assert(happened.some(({ conditions }) => conditions.includes("30")));
    assertEquals((await run.rig.gaps()).length, 0);
  },
  "finnhub.trade_time_s": async (name) => {
    await using run = await withQuirk(name);
    const { rows } = run.rig;
    assert(rows.length > 100);
    assert(rows.every(({ event_time }) => event_time % 1e6 === 0));
    assert(rows.every(({ event_time }) => event_time >= (run.fromMs - 1000) * 1000));
  },
  "finnhub.bad_element": async (name) => {
    await using run = await withQuirk(name, { probability: 0.2 });
    for (const symbol of SYMBOLS) run.rig.assertTrue(symbol, run.fromMs);
    assert(run.rig.refused.length > 10);
    const reason = 'finnhub AAPL: p is "n/a": no price above 0';
    assert(run.rig.reasons.includes(reason));
    const raw = run.rig.refused.map(({ raw }) => new TextDecoder().decode(raw));
    assert(raw.every((text) => JSON.parse(text).p === "n/a"));
  },
  "finnhub.bad_message": async (name) => {
    await using run = await withQuirk(name, { next: 3 }, { minutes: 4 });
    for (const symbol of SYMBOLS) {
      run.rig.assertTrue(symbol, run.fromMs, run.fromMs + 2 * MINUTE_MS);
    }
    assertMatch(run.rig.reasons[0] ?? "", /^finnhub: the message is no JSON: \{"data":\[/);
    const gaps = await run.rig.gaps();
    assert(gaps.length > 0);
    assert(gaps.every(({ reason, state }) => reason === "provider_error" && state === "filled"));
  },
  "finnhub.error_message": async (name) => {
    await using run = await withQuirk(name, {
      next: 1,
      parameters: { msg: "Subscribing to too many symbols" },
    });
    assertMatch(run.rig.notes.join(), /Finnhub says: Subscribing to too many symbols: .* 50 of a/);
    run.rig.assertTrue("AAPL", run.fromMs);
  },
  "finnhub.cut": (name) => assertFilled(name, "the connection to Finnhub ended"),
  "finnhub.close": (name) => assertFilled(name, "code 1001"),
  "finnhub.stall": async (name) => {
    await using run = await withQuirk(name, {}, { minutes: 0 });
    const { rig, fromMs } = run;
    rig.feeds.calm(name);
    await rig.pass(MINUTE_MS + 5_000);
    rig.feeds.quirk(name, { next: 1 });
    const begunMs = rig.feeds.clock.now();
    await rig.pass(4 * MINUTE_MS);
    const gap = await gapOf(rig);
    assertEquals([gap.reason, gap.state, gap.filledBy], ["stalled", "filled", "finnhub"]);
    assert(gap.noticedUs / 1000 - begunMs <= 2 * HEARTBEAT_MS);
    rig.assertTrue("AAPL", fromMs, begunMs + 4 * MINUTE_MS);
  },
  "finnhub.only_pings": async (name) => {
    await using run = await withQuirk(name, {}, { minutes: 0 });
    const { rig, fromMs } = run;
    rig.feeds.calm(name);
    await rig.pass(MINUTE_MS);
    rig.feeds.quirk(name, { next: 1 });
    await rig.pass(5 * MINUTE_MS);
    const gap = await gapOf(rig);
    assertEquals([gap.reason, gap.state], ["stalled", "filled"]);
    assertMatch(gap.detail ?? "", /only pings came for \d+ s, though AAPL was traded/);
    for (const symbol of SYMBOLS) rig.assertTrue(symbol, fromMs);
  },
  "finnhub.one_connection": async () => {
    await using rig = await Rig.at();
    rig.begin(rig.trades(SYMBOLS));
    await rig.pass(10_000);
    const other = new WebSocket(`${rig.feeds.variables["TICKHOUSE_FINNHUB_SOCKET"]}?token=feeds`);
    await new Promise((resolve) => other.onopen = resolve);
    await rig.pass(29_000);
    assertEquals(rig.connections.length, 1);
    assertEquals((await gapOf(rig)).state, "open");
    assertMatch(rig.notes.join(), /another one uses the same key.*end the other program/);
    const closed = new Promise((resolve) => other.onclose = resolve);
    other.close();
    await closed;
    await rig.pass(30_000);
    assertEquals(rig.connections.length, 2);
    assertEquals((await gapOf(rig)).state, "filled");
  },
  "finnhub.replay": async (name) => {
    await using run = await withQuirk(name, { parameters: { seconds: 60 } }, { minutes: 1 });
    run.rig.feeds.cutAll();
    await run.rig.pass(3 * MINUTE_MS);
    for (const symbol of SYMBOLS) run.rig.assertTrue(symbol, run.fromMs);
    assertEquals(run.rig.refused, []);
    assert(run.rig.skipped > 100);
  },
  "finnhub.lying_replay": async (name) => {
    await using run = await withQuirk(name, { parameters: { seconds: 50 } }, { minutes: 1 });
    const { rig } = run;
    const before = rig.feeds.lies().length;
    rig.feeds.cutAll();
    await rig.pass(3 * MINUTE_MS);
    for (const symbol of SYMBOLS) rig.assertTrue(symbol, run.fromMs);
    assertEquals(rig.refused.length, rig.feeds.lies().length - before);
    assertMatch(
      rig.reasons[0] ?? "",
      /finnhub AAPL: p is [\d.]+: .* came before with price [\d.]+/,
    );
  },
  "finnhub.refuse_socket": async () => {
    await using rig = await Rig.at();
    rig.begin(rig.trades(SYMBOLS));
    await rig.pass(10_000);
    rig.feeds.quirk("finnhub.refuse_socket", { next: 1 });
    rig.feeds.cutAll();
    await rig.pass(20_000);
    assertEquals(rig.connections.length, 2);
    await rig.pass(60_000);
    assertEquals(rig.connections.length, 3);
    assertMatch(rig.notes.join(), /refuses the connection with 429/);
    assertEquals((await gapOf(rig)).state, "filled");
  },
  "finnhub.ignore_unsubscribe": async (name) => {
    // Nothing is ever unsubscribed: who reads other symbols makes a connection of its own.
    await using run = await withQuirk(name);
    run.rig.assertTrue("AAPL", run.fromMs);
  },
  "finnhub.no_access": async (name) => {
    await using run = await withQuirk(name, {}, { minutes: 1 });
    run.rig.feeds.cutAll();
    await run.rig.pass(MINUTE_MS);
    const gap = await gapOf(run.rig);
    assertEquals([gap.reason, gap.state], ["disconnected", "open"]);
    assertMatch(gap.detail ?? "", /not filled: the plan has no ticks$/);
    assert(run.rig.notes.some((note) => note.includes("the plan has no ticks")));
  },
  "finnhub.limit_text": (name) => assertFilledLater(name, /429: API limit reached/),
  "finnhub.limit_json": (name) => assertFilledLater(name, /429: API limit reached/),
};

/** The connection ends, and what was missed is there within five seconds. */
async function assertFilled(name: QuirkName, detail: string): Promise<void> {
  await using run = await withQuirk(name, {}, { minutes: 0 });
  const { rig, fromMs } = run;
  rig.feeds.calm(name);
  await rig.pass(MINUTE_MS);
  const endedMs = rig.feeds.clock.now();
  rig.feeds.quirk(name, { next: 1 });
  await rig.pass(6_000, 250);
  const gap = await gapOf(rig);
  assertEquals([gap.reason, gap.state, gap.filledBy], ["disconnected", "filled", "finnhub"]);
  assert((gap.closedUs ?? Infinity) / 1000 - endedMs <= 5_000 + 1_000);
  assert(gap.detail?.includes(detail));
  for (const symbol of SYMBOLS) rig.assertTrue(symbol, fromMs, endedMs + 5_000);
}

/** REST can't be asked for a while: the gap stays, says why, and is filled then. */
async function assertFilledLater(name: QuirkName, why: RegExp): Promise<void> {
  await using rig = await Rig.at();
  const fromMs = rig.feeds.clock.now();
  rig.begin(rig.trades(SYMBOLS));
  await rig.pass(20_000);
  rig.feeds.quirk(name);
  rig.feeds.cutAll();
  await rig.pass(5 * MINUTE_MS, 5_000);
  const gap = await gapOf(rig);
  assertEquals(gap.state, "open");
  assertMatch(gap.detail ?? "", why);
  rig.feeds.calm(name);
  await rig.pass(10 * MINUTE_MS, 10_000);
  assertEquals((await gapOf(rig)).state, "filled");
  for (const symbol of SYMBOLS) rig.assertTrue(symbol, fromMs, fromMs + 5 * MINUTE_MS);
}

for (const [name, test] of Object.entries(QUIRKS)) {
  Deno.test(`Trades: quirk ${name}`, () => test(name as QuirkName));
}

for (const name of ["http.bad_gateway", "http.truncated", "http.cut"] as const) {
  Deno.test(`Trades: quirk ${name} of REST`, () =>
    assertFilledLater(name, /not filled yet: finnhub/));
}

Deno.test("Trades: when the market is shut pings are enough, and nothing is missing", async () => {
  await using rig = await Rig.at("2026-11-26T02:00:00Z");
  rig.begin(rig.trades(["AAPL"]));
  await rig.pass(30 * MINUTE_MS, 10_000);
  rig.feeds.cutAll();
  await rig.pass(MINUTE_MS);
  assertEquals(rig.connections.length, 2);
  assertEquals(await rig.gaps(), []);
});

Deno.test("Trades: what was missed while it did not run is noted and fetched by the next run", async () => {
  await using rig = await Rig.at();
  const fromMs = rig.feeds.clock.now();
  rig.begin(rig.trades(["AAPL"]));
  await rig.pass(MINUTE_MS);
  await rig.end();
  await rig.pass(10 * MINUTE_MS, 10_000);
  rig.begin(rig.trades(["AAPL", "IBM"]));
  await rig.pass(10_000);
  const gap = await gapOf(rig);
  assertEquals([gap.reason, gap.state], ["disconnected", "filled"]);
  assertEquals((await rig.gaps()).filter(({ symbol }) => symbol === "IBM"), []);
  const ids = new Set(
    rig.rows.filter((row) => row.symbol === "AAPL" && row.event_time >= fromMs * 1000)
      .map((row) => row.trade_id),
  );
  const happened = rig.feeds.truth("AAPL", fromMs * 1000, rig.feeds.clock.now() * 1000);
  assertEquals(ids.size, happened.length);
});

Deno.test("Trades: equal ones of a message are several if the settings say so", async () => {
  const count = async (equalTrades: "one" | "each") => {
    await using run = await withQuirk("market.identical_trades", { probability: 0.4 }, {
      equalTrades,
    });
    const rows = run.rig.rows.filter(({ symbol }) => symbol === "AAPL");
    const happened = run.rig.feeds.truth("AAPL", run.fromMs * 1000, 4e15).length;
    return { rows: rows.length, ids: new Set(rows.map((r) => r.trade_id)).size, happened };
  };
  const [one, each] = [await count("one"), await count("each")];
  assert(one.rows < one.happened);
  assertEquals([each.rows, each.ids], [each.happened, each.happened]);
});

Deno.test("Trades: a key that is refused at once is an error that says so", async () => {
  await using rig = await Rig.at(EVENING, { keys: { finnhub: "another" } });
  const source = rig.trades(["AAPL"], { key: "wrong" });
  rig.begin(source);
  const error = await assertRejects(() => rig.ended(), TickhouseError, "refuses the key with 401");
  assertEquals(error.code, "PROVIDER_ACCESS");
  assert(!error.message.includes("wrong"));
  await assertRejects(() => rig.end());
});

Deno.test("Trades: while it can't be connected the gap grows", async () => {
  await using rig = await Rig.at();
  rig.begin(rig.trades(["AAPL"]));
  await rig.pass(10_000);
  rig.feeds.quirk("finnhub.refuse_socket");
  rig.feeds.cutAll();
  await rig.pass(5 * MINUTE_MS);
  const gap = await gapOf(rig);
  assertEquals(gap.state, "open");
  assert(rig.feeds.clock.now() - gap.toUs / 1000 < 1.5 * MINUTE_MS);
});

Deno.test("Trades: a record without any trade fills nothing", async () => {
  await using rig = await Rig.at();
  rig.begin(rig.trades(["AAPL", "NOPE"]));
  await rig.pass(10_000);
  rig.feeds.cutAll();
  await rig.pass(30_000);
  const [gap] = (await rig.gaps()).filter(({ symbol }) => symbol === "NOPE");
  assertEquals(gap?.state, "open");
  assertMatch(gap?.detail ?? "", /not filled yet: .*its record of that day has no trade at all/);
  assertEquals((await gapOf(rig)).state, "filled");
});

Deno.test("Trades: a stall is noticed in time though requests must wait", async () => {
  await using rig = await Rig.at(undefined, {
    limits: { finnhub: [{ requests: 1, perMs: 86_400_000 }] },
  });
  rig.begin(rig.trades(SYMBOLS));
  await rig.pass(MINUTE_MS);
  rig.feeds.cutAll();
  await rig.pass(2 * MINUTE_MS);
  rig.feeds.quirk("finnhub.stall", { next: 1 });
  const begunMs = rig.feeds.clock.now();
  await rig.pass(3 * MINUTE_MS);
  const [stall] = (await rig.gaps()).filter(({ reason }) => reason === "stalled");
  assert(stall && stall.noticedUs / 1000 - begunMs <= 2 * HEARTBEAT_MS);
});

Deno.test("Trades: a key that a message repeats is in no dead letter", async () => {
  await using rig = await Rig.at();
  const key = "c0ffee-c0ffee-c0ffee";
  let socket: Socket | undefined;
  rig.begin(rig.trades(["AAPL"], {
    key,
    connect: () => socket = { ...SILENT },
  }));
  await rig.pass(1_000);
  socket?.onopen?.(new Event("open"));
  await rig.pass(1_000);
  for (const data of [`{"type":"${key}"}`, `{"type":"trade","data":["${key}"]}`]) {
    socket?.onmessage?.(new MessageEvent("message", { data }));
  }
  await rig.pass(1_000);
  const told = rig.refused.map(({ reason, raw }) => `${reason} ${new TextDecoder().decode(raw)}`);
  assertEquals(told.length, 2);
  assert(told.every((one) => one.includes("***") && !one.includes(key)));
});

Deno.test("Trades: a symbol that Finnhub does not know is named once, by its quote", async () => {
  await using rig = await Rig.at();
  rig.begin(rig.trades(["AAPL", "NOPE"]));
  await rig.pass(5 * MINUTE_MS, 5_000);
  const told = rig.notes.filter((note) => note.includes("NOPE"));
  assertEquals(told.length, 1);
  assertMatch(told[0] ?? "", /no trade comes of NOPE: finnhub symbol is "NOPE": .* does not know/);
  assert(!rig.notes.some((note) => note.includes('AAPL"')));
  const quotes = rig.feeds.counts().filter(({ path }) => path.endsWith("/quote"));
  assertEquals(quotes.reduce((sum, { count }) => sum + count, 0), 1);
});

Deno.test("Trades: while its market is shut nobody asks why no trade comes of a symbol", async () => {
  await using rig = await Rig.at("2026-11-26T02:00:00Z");
  rig.begin(rig.trades(["AAPL"]));
  await rig.pass(5 * MINUTE_MS, 5_000);
  assertEquals(rig.feeds.counts().filter(({ path }) => path.endsWith("/quote")), []);
});

/** A connection of which nothing comes. */
const SILENT: Socket = {
  ...{ readyState: WebSocket.CLOSED, send: () => {}, close: () => {} },
  ...{ onopen: null, onmessage: null, onclose: null, onerror: null },
};
