import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { EARLY, EVENING } from "services/feeds/fixture.ts";
import { TickhouseError } from "../../errors.ts";
import { OPEN, Rig } from "./fixture.ts";
import { readQuote } from "./quote.ts";

/** Reads AAPL's quotes for a while, with a quirk. */
async function withQuirk(name: string | undefined, at = OPEN, seconds = 10, symbols = ["AAPL"]) {
  const rig = await Rig.at(at);
  if (name) rig.feeds.quirk(name);
  rig.begin(rig.quotes(symbols));
  await rig.pass(seconds * 1000);
  return rig;
}

Deno.test("Quotes: each change is a record, under Finnhub's names, and what says the same is none", async () => {
  await using rig = await withQuirk(undefined, OPEN, 30);
  assert(rig.rows.length > 5 && rig.skipped > 0);
  const [row] = rig.rows;
  assertEquals([row?.symbol, row?.source], ["AAPL", "finnhub"]);
  assert(row?.l <= row?.o && row?.o <= row?.h);
  const texts = rig.rows.map(({ c, t }) => `${c} ${t}`);
  assertEquals(new Set(texts).size, texts.length);
});

Deno.test("Quotes: quirk finnhub.zero_before_open: o, h, l are null, c is kept", async () => {
  await using rig = await withQuirk("finnhub.zero_before_open", EARLY);
  const [row] = rig.rows;
  assertEquals([row?.o, row?.h, row?.l], [null, null, null]);
  assert(row?.c > 0 && row?.pc > 0);
});

Deno.test("Quotes: quirk finnhub.close_outside: c beyond the day's range is kept", async () => {
  await using rig = await withQuirk("finnhub.close_outside", EVENING);
  assert(rig.rows[0]?.c > rig.rows[0]?.h);
  assertEquals(rig.refused, []);
});

Deno.test("Quotes: quirk finnhub.quote_time_ms: t is seconds all the same", async () => {
  await using rig = await withQuirk("finnhub.quote_time_ms");
  assert(rig.rows.every(({ t }) => t > 1.7e9 && t < 1.8e9));
});

Deno.test("Quotes: quirk finnhub.zero_quote of a known symbol is a dead letter, no record", async () => {
  await using rig = await withQuirk(undefined);
  const before = rig.rows.length;
  rig.feeds.quirk("finnhub.zero_quote");
  await rig.pass(5_000);
  assertEquals(rig.rows.length, before);
  assertEquals(
    rig.reasons[0],
    "finnhub AAPL: all figures are 0, of a symbol that had others before",
  );
});

Deno.test("Quotes: an unknown symbol is named once, and the rest goes on; nothing but such is an error", async () => {
  await using rig = await withQuirk(undefined, OPEN, 30, ["AAPL", "NOPE"]);
  assertEquals(rig.notes.filter((note) => note.includes('"NOPE"')).length, 1);
  assert(rig.rows.length > 5);
  await using lost = await withQuirk(undefined, OPEN, 5, ["NOPE"]);
  const error = await assertRejects(() => lost.end(), TickhouseError, '"NOPE"');
  assertEquals(error.code, "PROVIDER_SYMBOL_UNKNOWN");
});

for (
  const [name, said] of [
    ["finnhub.limit_text", /429: API limit reached/],
    ["finnhub.limit_json", /429: API limit reached/],
    ["http.bad_gateway", /502: 502 Bad Gateway/],
    ["http.truncated", /it is no JSON/],
  ] as const
) {
  Deno.test(`Quotes: quirk ${name} is told, and it goes on afterwards`, async () => {
    await using rig = await withQuirk(undefined);
    const before = rig.rows.length;
    rig.feeds.quirk(name);
    await rig.pass(120_000, 5_000);
    assertMatch(rig.notes.join(), said);
    assertEquals(rig.rows.length, before);
    rig.feeds.calm(name);
    await rig.pass(300_000, 5_000);
    assert(rig.rows.length > before);
  });
}

for (const name of ["finnhub.no_access", "finnhub.bad_key"] as const) {
  Deno.test(`Quotes: quirk ${name} ends it, if nothing ever came`, async () => {
    await using rig = await withQuirk(name);
    const error = await assertRejects(() => rig.end(), TickhouseError, "40");
    assertEquals(error.code, "PROVIDER_ACCESS");
  });
}

Deno.test("Quotes: no more is asked than the plan allows", async () => {
  await using rig = await Rig.at(OPEN, { limits: { finnhub: [{ requests: 60, perMs: 60_000 }] } });
  rig.begin(rig.quotes(["AAPL", "IBM", "KO"]));
  await rig.pass(180_000, 250);
  assertEquals(rig.feeds.counts().filter(({ status }) => status === 429), []);
  assert(rig.rows.length > 50);
});

Deno.test("readQuote() names symbol, field and value of what is none", () => {
  const quote = { c: 261.74, d: null, dp: null, h: 263, l: 260, o: 261, pc: 259, t: 1_582_641_000 };
  const fault = (change: Record<string, unknown>) => {
    const read = readQuote("AAPL", { ...quote, ...change });
    return read.kind === "fault" ? read.fault : read.kind;
  };
  assertEquals(fault({}), "quote");
  assertEquals(fault({ c: "x" }), 'finnhub AAPL: c is "x": no number');
  assertEquals(fault({ t: 5 }), "finnhub AAPL: t is 5: no time in seconds or milliseconds");
  assertMatch(fault({ l: 262 }), /finnhub AAPL: l is 262: must not be more than o/);
  assertMatch(fault({ c: 0 }), /finnhub AAPL: c is 0: must be more than 0/);
});
