import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FEED_INSTRUMENTS } from "../../../services/feeds/market/instruments.ts";
import { REAL_LIMITS } from "../../../services/feeds/world/limits.ts";
import { VirtualClock } from "../../clock.ts";
import { HistoryWorld } from "../../history/fixture.ts";
import { dailyBudget } from "./budget.ts";
import { alphavantage } from "./entry.ts";

/** Forty symbols, and what a free key may ask: five a minute, 25 a day. */
const NAMES = Array.from({ length: 40 }, (_, i) => `ACME${String.fromCharCode(65 + i % 26)}${i}`);
const [IBM] = FEED_INSTRUMENTS.filter(({ symbol }) => symbol === "IBM");
const instruments = NAMES.map((symbol) => ({
  ...IBM,
  ...{ symbol, finnhub: symbol, alphavantage: symbol, name: symbol, instrument: symbol },
})) as typeof FEED_INSTRUMENTS;
const WEEK = { symbols: NAMES, interval: "1d", from: "2026-11-16", history: true } as const;
const DAYS = 7;

async function run(world: HistoryWorld, options: Parameters<typeof alphavantage>[0] = WEEK) {
  const source = await world.open(alphavantage(options));
  await world.run(source);
  const reports = source.series?.() ?? [];
  return {
    done: reports.filter(({ failure }) => failure === null).length,
    failures: new Set(reports.flatMap(({ failure }) => failure ? [failure.code] : [])),
    again: new Set(reports.flatMap(({ failure }) => failure?.againMs ?? [])),
  };
}

async function states(world: HistoryWorld): Promise<Record<string, number>> {
  const gaps = await world.metadata.gaps.list({ provider: "alphavantage" });
  const names = gaps.map(({ reason, state, filledBy }) =>
    `${reason} ${state} ${filledBy ?? ""}`.trim()
  );
  return Object.fromEntries([...new Set(names)].map((name) => [
    name,
    names.filter((one) => one === name).length,
  ]));
}

Deno.test("25 requests a day and 40 symbols: the next day's run gets the rest by itself, and nothing is asked twice", async () => {
  await using world = await HistoryWorld.at("2026-11-24T23:30:00Z", {
    instruments,
    limits: REAL_LIMITS,
  });
  const first = await run(world);
  assertEquals([first.done, first.failures, world.requests()], [
    ...[25, new Set(["PROVIDER_QUOTA"]), 25],
  ]);
  assertEquals(first.again, new Set([Date.parse("2026-11-25T05:00:00Z")]));
  assertEquals(await states(world), { "quota open": 15 });
  assertEquals(world.rows.length, 25 * DAYS);
  // The rest did not wait for a turn that it would not get.
  assert(world.clock.now() < Date.parse("2026-11-24T23:37:00Z"));
  // The same day again: what is covered is not asked for, and nothing else can be.
  const second = await run(world);
  assertEquals([second.done, world.requests()], [25, 0]);
  // The next day, in New York and by the stand-in's count; without saying since when.
  world.pass({ hours: 10 });
  const { from: _, ...plain } = WEEK;
  const third = await run(world, plain);
  assertEquals([third.done, third.failures.size, world.requests()], [40, 0, 15]);
  assertEquals(await states(world), { "quota filled alphavantage": 15 });
  for (const name of NAMES) assertEquals(world.facts(name, "1d").size, DAYS, name);
  assertEquals(world.rows.length, 40 * DAYS);
});

Deno.test("a quota that another machine used up: the first answer says so, and the others ask nothing", async () => {
  await using world = await HistoryWorld.at("2026-11-24T23:30:00Z", { instruments });
  world.feeds.quirk("alphavantage.day_limit", { next: 100 });
  const { done, failures } = await run(world);
  assertEquals([done, failures, world.requests()], [0, new Set(["PROVIDER_QUOTA"]), 1]);
  assertEquals(await states(world), { "quota open": 40 });
  world.feeds.calm();
  world.pass({ hours: 6 });
  assertEquals((await run(world)).done, 25);
});

Deno.test("a larger plan has no such day, and settings say what the key may", async () => {
  const settings: [Record<string, string>, number][] = [
    [{ TICKHOUSE_ALPHAVANTAGE_PLAN: "premium" }, 40],
    [{ TICKHOUSE_ALPHAVANTAGE_PER_DAY: "30" }, 30],
    [{ TICKHOUSE_ALPHAVANTAGE_PER_DAY: "0", TICKHOUSE_ALPHAVANTAGE_PER_MINUTE: "600" }, 40],
  ];
  for (const [more, done] of settings) {
    await using world = await HistoryWorld.at("2026-11-24T23:30:00Z", { instruments }, more);
    assertEquals((await run(world)).done, done, JSON.stringify(more));
  }
});

Deno.test("dailyBudget(): days begin at midnight in New York, also when clocks change; no key is kept", async () => {
  await using world = await HistoryWorld.at("2026-11-24T23:30:00Z");
  const clock = new VirtualClock(Date.parse("2026-11-01T03:59:00Z"));
  const budget = await dailyBudget({
    ...{ provider: "acme", who: "https://acme s3cret", perDay: 2, clock, metadata: world.metadata },
  });
  assertEquals(budget.nextMs(), Date.parse("2026-11-01T04:00:00Z"));
  assertEquals([await budget.take(), await budget.take(), await budget.take()], [
    true,
    true,
    false,
  ]);
  await clock.sleep(60_000);
  // This day has 25 hours.
  assertEquals(budget.nextMs(), Date.parse("2026-11-02T05:00:00Z"));
  assertEquals(await budget.take(), true);
  await budget.giveBack?.();
  await budget.spent?.();
  await budget.spent?.();
  assertEquals(await budget.take(), false);
  const hash = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode("https://acme s3cret")),
  ).toHex();
  const day = { provider: "acme", keyHash: hash.slice(0, 16), day: "2026-11-01" };
  assertEquals(await world.metadata.requests.used(day), 2);
  assertStringIncludes(hash, day.keyHash);
});
