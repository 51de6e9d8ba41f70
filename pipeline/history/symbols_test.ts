import { assert, assertEquals, assertRejects } from "@std/assert";
import { TickhouseError } from "../errors.ts";
import { fuzzCases, oddSymbol, seeded } from "../provider/fuzz_fixture.ts";
import { checkSymbol, segmentOf } from "../provider/symbol.ts";
import { alphavantage } from "../source/alphavantage/entry.ts";
import { yahoo } from "../source/yahoo/entry.ts";
import { HistoryWorld } from "./fixture.ts";
import { keepAnswer } from "./raw.ts";

const EVENING = "2026-11-24T23:30:00Z";
const ASKED = 100_000;
const KEPT = 200;

Deno.test("odd symbols are values to the metadata store, never a part of its SQL", async () => {
  await using world = await HistoryWorld.at(EVENING);
  const { watermarks } = world.metadata;
  const range = { fromUs: 1, toUs: 2, lastTimeUs: null, updatedUs: 3 };
  const kept = new Set<string>();
  for (let i = 0; i < ASKED; i++) {
    const symbol = oddSymbol(seeded(i));
    // Half of a pair is no text that a database keeps.
    if (!symbol.isWellFormed() || symbol.includes("\0")) continue;
    const series = { provider: "yahoo", symbol, interval: "1d" };
    assertEquals((await watermarks.get(series)) !== undefined, kept.has(symbol));
    if (kept.size >= KEPT) continue;
    await watermarks.replace(series, range);
    kept.add(symbol);
    assertEquals((await watermarks.get(series))?.symbol, symbol);
  }
  assertEquals(
    (await watermarks.list("yahoo")).map(({ symbol }) => symbol).sort(),
    [...kept].sort(),
  );
});

Deno.test("answers of odd symbols that are some are kept in the store, each in its own place", async () => {
  await using world = await HistoryWorld.at(EVENING);
  const symbols = new Set<string>();
  fuzzCases({ cases: 3000, seed: 9 }, oddSymbol, (symbol) => void symbols.add(checkSymbol(symbol)));
  assert(symbols.size > 100, `${symbols.size}`);
  const answer = {
    ...{ provider: "yahoo", status: 200, text: "{}", url: "https://host/a", askedUs: 1 },
    ...{ answeredUs: 1, sha256: "0".repeat(64) },
  };
  const kept = [...symbols].slice(0, KEPT);
  for (const symbol of kept) await keepAnswer(world, answer, { symbol, interval: "1d" }, []);
  const keys = await Array.fromAsync(world.store.list(""));
  assertEquals(
    new Set(keys.map((key) => key.split("/")[3])),
    new Set(kept.map(segmentOf)),
  );
  assert(keys.every((key) => key.startsWith("feeds/yahoo/1d/") && key.split("/").length === 5));
});

Deno.test("what is no symbol is refused before anything is asked", async () => {
  await using world = await HistoryWorld.at(EVENING);
  const bad = [
    "../x",
    "%2e%2e",
    "\0",
    "x".repeat(10_240),
    "a b",
    "'; DROP TABLE gaps; --",
    "..",
    "",
  ];
  for (const symbol of bad) {
    for (const feed of [yahoo, alphavantage]) {
      const error = await assertRejects(
        () => world.open(feed({ symbols: ["AAPL", symbol], interval: "1d", from: "2026-11-16" })),
        TickhouseError,
      );
      assertEquals(error.code, "SYMBOL_INVALID");
    }
  }
  const good = ["BRK.B", "^GSPC", "BTC-USD", "0700.HK", "EURUSD=X"];
  await world.run(yahoo({ symbols: good, interval: "1d", from: "2026-11-16" }));
  const asked = world.feeds.requests.seen().map(({ symbol }) => symbol);
  assertEquals(asked, good);
});
