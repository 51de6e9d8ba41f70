import { assert, assertEquals } from "@std/assert";
import { open } from "tickhouse";
import type { Lie } from "services/feeds/finnhub/sends.ts";
import { FEED_INSTRUMENTS } from "services/feeds/market/instruments.ts";
import { scaled } from "services/feeds/world/world.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { judge } from "./judge.ts";
import { FeedWorld, HEARTBEAT_MS, SYMBOLS } from "./world.ts";

const DAYS = Number(Deno.env.get("FEED_DAYS") ?? 200);
const SEED = Number(Deno.env.get("FEED_SEED") ?? 1);

Deno.test(`${DAYS} days of trading, of seed ${SEED}: each trade is in silver once or in the ledger, none silent`, async () => {
  // Each waits for its disk and its sockets most of the time.
  const worlds = [SEED, SEED + 1].map((seed) => assertNoneSilent(seed, DAYS / 2));
  for (const one of await Promise.allSettled(worlds)) {
    if (one.status === "rejected") throw one.reason;
  }
});

async function assertNoneSilent(seed: number, days: number): Promise<void> {
  using folder = new TempFolder();
  await using world = await FeedWorld.open(folder.path, seed);
  for (let day = 0; day < days - 2; day++) await world.day(day);
  // What is missing at the end stays so.
  for (let day = days - 2; day < days; day++) await world.day(day, "without ticks");
  const gaps = await world.metadata.gaps.list({ provider: "finnhub", interval: "trade" });

  await using house = await open({ home: world.home, onNote: () => {} });
  const report = await house.stream({ source: null, seconds: 1 }).report;
  assertEquals(report.proven, true);
  const rows = await house.rows("SELECT symbol, trade_id FROM silver.silver_clean_ticks");
  const facts = new Set(rows.map(({ symbol, trade_id }) => `${symbol} ${trade_id}`));
  assertEquals(facts.size, rows.length);

  const { firstUs } = world;
  const lastUs = Math.floor((world.clock.now() - 2 * HEARTBEAT_MS) * 1000);
  const verdict = judge(world.feeds, SYMBOLS, facts, gaps, [firstUs, lastUs]);
  assertEquals(verdict.silent.slice(0, 20), []);
  assertEquals(verdict.made.slice(0, 20), []);
  const { stored, explained } = verdict;
  assert(stored > 100 * days && explained > days, `${stored} stored, ${explained} explained`);

  // Each stall was noticed within two heartbeats, and noted.
  const late = world.stalls.filter(({ atMs }) => {
    const until = (atMs + 2 * HEARTBEAT_MS) * 1000;
    return !gaps.some(({ reason, noticedUs }) =>
      reason === "stalled" && noticedUs > atMs * 1000 && noticedUs <= until
    );
  });
  assertEquals(late.map(({ atMs }) => new Date(atMs).toISOString()), []);

  // Each lie is told: a dead letter, or, where the program ended before it was looked into, counted.
  const told = new Set(world.refused.map(({ raw }) => lieOf(JSON.parse(text(raw)))));
  const lies = world.feeds.lies().filter(({ at }) => at > firstUs / 1000 + HEARTBEAT_MS);
  const hidden = lies.filter((lie) => !told.has(lieOf(sentAs(lie))));
  const unchecked = world.notes.reduce((sum, note) => sum + uncheckedIn(note), 0);
  assert(lies.length > days / 4, `${lies.length} lies`);
  assert(hidden.length <= unchecked, `${hidden.length} hidden, ${unchecked} not checked`);
  const unended = hidden.filter(({ at }) =>
    !world.ends.some((end) => end >= at && end - at < CHECKED_WITHIN_MS)
  );
  assertEquals(unended, []);
}

/** A lie is looked into as soon as requests are answered: all that fails is calmed before that. */
const CHECKED_WITHIN_MS = 20 * HEARTBEAT_MS;

/** Trades that a run says it has left unchecked. */
function uncheckedIn(note: string): number {
  return Number(
    /(\d+) trades that Finnhub sent again after a reconnect were not checked/.exec(note)?.[1] ?? 0,
  );
}

/** A trade of the WebSocket, as far as it is told apart here. */
type Sent = Readonly<Record<"s" | "t" | "p" | "v", unknown>>;

function lieOf(sent: Sent | null): string {
  return JSON.stringify([sent?.s, sent?.t, sent?.p, sent?.v]);
}

function sentAs({ symbol, timeMs, price, size }: Lie): Sent {
  const { finnhub, digits, sizeDigits } = FEED_INSTRUMENTS.find((one) => one.symbol === symbol) ??
    { finnhub: "", digits: 0, sizeDigits: 0 };
  return { s: finnhub, t: timeMs, p: scaled(price, digits), v: scaled(size, sizeDigits) };
}

function text(raw: Uint8Array): string {
  const whole = new TextDecoder().decode(raw);
  // A message that was cut off is no lie.
  return whole.endsWith("}") || whole.endsWith("]}") ? whole : "null";
}
