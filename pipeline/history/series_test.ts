import { assert, assertEquals } from "@std/assert";
import { alphavantage } from "../source/alphavantage/entry.ts";
import { yahoo } from "../source/yahoo/entry.ts";
import { HistoryWorld, type Row, timeOf } from "./fixture.ts";

/** A Tuesday evening: New York has closed more than two hours ago. */
const EVENING = "2026-11-24T23:30:00Z";
const WEEK = { symbols: ["AAPL"], interval: "1d", from: "2026-11-16" } as const;

function days(rows: Iterable<Row>): string[] {
  return [...rows].map(({ open_time }) => timeOf(open_time));
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

Deno.test("a series: Alpha Vantage's minutes and days", async () => {
  await using world = await HistoryWorld.at(EVENING);
  for (const interval of ["1d", "1m", "5m", "15m", "30m", "1h"]) {
    const { rows, refused } = await world.run(
      alphavantage({ symbols: ["IBM"], interval, from: "2026-11-16" }),
    );
    console.log(interval, rows.length, refused, world.requests(), rows[0], rows.at(-1)?.open_time, await world.gaps("alphavantage", "IBM", interval), world.notes);
    world.pass({ hours: 0 });
    await world.run(alphavantage({ symbols: ["IBM"], interval }));
    console.log(world.requests());
  }
  assert(world.rows.length > 0);
});
