import { assert, assertEquals } from "@std/assert";
import type { QuirkName } from "../../services/feeds/quirks/list.ts";
import { pick, seeded, type Uniform } from "../provider/fuzz_fixture.ts";
import { yahoo } from "../source/yahoo/entry.ts";
import { alphavantage } from "../source/alphavantage/entry.ts";
import { calendar, HistoryWorld, timeOf } from "./fixture.ts";

const WORLDS = 40;
const DAY_MS = 86_400_000;

/** What goes wrong on the way, by provider; each is over before the last run. */
const QUIRKS: Readonly<Record<string, readonly QuirkName[]>> = {
  yahoo: [
    ...["yahoo.limit_text", "yahoo.limit_page", "yahoo.crumb", "yahoo.not_found"] as const,
    ...["yahoo.unprocessable", "yahoo.bad_request", "yahoo.empty_result"] as const,
    ...["yahoo.no_meta", "yahoo.no_timestamps", "yahoo.unequal_lengths", "yahoo.nulls"] as const,
    ...["yahoo.jitter", "yahoo.day_twice", "http.bad_gateway", "http.truncated"] as const,
    ...["http.redirect_link_local", "http.status"] as const,
  ],
  alphavantage: [
    ...["alphavantage.minute_limit", "alphavantage.day_limit", "alphavantage.burst"] as const,
    ...["alphavantage.premium", "alphavantage.error_message"] as const,
    ...["alphavantage.empty_object", "alphavantage.empty_series"] as const,
    ...["alphavantage.missing_field", "alphavantage.none_value"] as const,
    ...["alphavantage.zero_volume", "http.bad_gateway", "http.truncated", "http.status"] as const,
  ],
};

const PLACES = [
  ["yahoo", "AAPL", "XNAS"],
  ["yahoo", "SAP.DE", "XETR"],
  ["yahoo", "7203.T", "XTKS"],
  ["yahoo", "BTC-USD", "ALWAYS"],
  ["alphavantage", "IBM", "XNYS"],
] as const;

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Some runs of a series: at other times, over other ranges, with quirks, killed anywhere. */
async function story(random: Uniform, told: string[]): Promise<void> {
  const [provider, symbol, exchange] = pick(random, PLACES);
  const interval = pick(random, ["1d", "1d", "15m", "30m"]);
  const start = Date.UTC(2026, 9, 12) + Math.floor(random() * 30 * 1440) * 60_000;
  const premium = { TICKHOUSE_ALPHAVANTAGE_PLAN: "premium" };
  const seed = Math.floor(random() * 1000);
  await using world = await HistoryWorld.at(new Date(start).toISOString(), { seed }, premium);
  const spec = provider === "yahoo" ? yahoo : alphavantage;
  let first = Infinity;
  const runs = 2 + Math.floor(random() * 5);
  for (let run = 0; run <= runs; run++) {
    const isLast = run === runs;
    world.feeds.calm();
    const quirks: string[] = [];
    if (!isLast && random() < 0.6) {
      const probability = random() < 0.5 ? 1 : 0.1;
      const next = 1 + Math.floor(random() * 4);
      const name = pick(random, QUIRKS[provider] ?? []);
      quirks.push(`${name} ${probability} ${next}`);
      world.feeds.quirk(name, { probability, next });
    }
    const now = world.clock.now();
    const from = now - (1 + Math.floor(random() * 14)) * DAY_MS;
    const to = random() < 0.2 ? { to: day(Math.min(now, from + random() * 6 * DAY_MS)) } : {};
    first = Math.min(first, Date.parse(day(from)));
    const killed = !isLast && random() < 0.4
      ? { batch: Math.floor(random() * 2), before: pick(random, ["commit", "ledger"] as const) }
      : undefined;
    const options = { symbols: [symbol], interval, from: day(from), ...(isLast ? {} : to) };
    if (isLast) options.from = day(first);
    const again = random() < 0.1 ? { again: true } : {};
    const at = new Date(now).toISOString();
    told.push(JSON.stringify({ at, provider, ...options, ...again, killed, quirks }));
    await world.run(spec({ ...options, ...again }), killed);
    // Behind a breaker that has opened, and a bit more.
    if (!isLast) world.pass({ minutes: 3, hours: Math.floor(random() * 60) });
  }
  await check(world, { provider, symbol, interval, exchange, first });
}

async function check(
  world: HistoryWorld,
  about: {
    readonly provider: string;
    readonly symbol: string;
    readonly interval: string;
    readonly exchange: string;
    readonly first: number;
  },
): Promise<void> {
  const { provider, symbol, interval, exchange, first } = about;
  const mark = await world.metadata.watermarks.get({ provider, symbol, interval });
  assert(mark && mark.fromUs <= first * 1000, `covered from ${timeOf(mark?.fromUs ?? 0)}`);
  const late = provider === "yahoo" ? 2 : 18;
  const dueUs = world.nowUs - (late + 24 * 4) * 3_600e6;
  assert(mark.toUs > dueUs, `covered to ${timeOf(mark.toUs)}`);
  const facts = [...world.facts(symbol, interval).values()];
  const slots = new Set(calendar.slots(exchange, interval, first * 1000, mark.toUs));
  const gaps = await world.metadata.gaps.list({ provider, symbol, interval });
  const left = gaps.filter(({ state }) => state !== "filled");
  const missing = [...slots].filter((slot) =>
    left.some(({ fromUs, toUs }) => fromUs <= slot && slot < toUs)
  );
  const there = facts.map(({ open_time }) => open_time).filter((openUs) =>
    openUs >= first * 1000 && openUs < mark.toUs
  );
  const all = new Set([...there, ...missing]);
  const told = {
    silent: [...slots].filter((slot) => !all.has(slot)).map(timeOf),
    unexpected: there.filter((openUs) => !slots.has(openUs)).map(timeOf),
    both: there.filter((openUs) => missing.includes(openUs)).map(timeOf),
  };
  assertEquals(told, { silent: [], unexpected: [], both: [] });
  for (const { provisional, open_time } of facts) {
    assert(provisional === null || open_time >= mark.toUs, `${timeOf(open_time)} is provisional`);
  }
}

Deno.test("random worlds, cuts and ranges: what is in the log and what is in the ledger are the calendar's bars", async () => {
  for (let seed = 0; seed < WORLDS; seed++) {
    const told: string[] = [];
    try {
      await story(seeded(seed), told);
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`world ${seed}: ${what}\n${told.join("\n")}`, { cause });
    }
  }
});
