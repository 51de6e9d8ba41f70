import { assertEquals, assertMatch } from "@std/assert";
import { BAR_INTERVALS } from "../../datasets/bars.ts";
import { intervalNamed, intervalOf, isOfDays, tooNear } from "./interval.ts";

const DAY = 86_400_000_000;
const MINUTE = 60_000_000;
const days = (...of: string[]) => [of.map((day) => Date.parse(day) * 1000)];
const WRITTEN = { days: true, midnight: true };

Deno.test("intervalOf() takes the commonest distance, whatever the gaps", () => {
  const week = days("2024-03-04", "2024-03-05", "2024-03-06", "2024-03-07", "2024-03-08");
  assertEquals(intervalOf(week, WRITTEN).interval, "1d");
  assertEquals(intervalOf(days("2024-03-08", "2024-03-11"), WRITTEN).interval, "1d");
  const weeks = days("2024-03-04", "2024-03-11", "2024-03-18", "2024-03-26", "2024-04-01");
  assertEquals(intervalOf(weeks, WRITTEN).interval, "1wk");
  const months = days("2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01");
  assertEquals(intervalOf(months, WRITTEN).interval, "1mo");
  const quarters = days("2024-01-01", "2024-04-01", "2024-07-01");
  assertEquals(intervalOf(quarters, WRITTEN).interval, "3mo");
  const minutes = [[0, 1, 2, 3, 900, 901].map((n) => n * MINUTE)];
  assertEquals(intervalOf(minutes, { days: false, midnight: false }).interval, "1m");
});

Deno.test("intervalOf() does not call weeks days because the last one still runs", () => {
  const weeks = days(
    "2024-03-04",
    "2024-03-11",
    "2024-03-18",
    "2024-03-25",
    "2024-04-01",
    "2024-04-05",
  );
  assertEquals(intervalOf(weeks, WRITTEN).interval, "1wk");
  const months = days(
    "2023-12-01",
    "2024-01-01",
    "2024-02-01",
    "2024-03-01",
    "2024-04-01",
    "2024-05-01",
  )
    .map((times) => [...times, Date.parse("2024-05-08") * 1000]);
  assertEquals(intervalOf(months, WRITTEN).interval, "1mo");
  const both = days(
    "2024-01-01",
    "2024-02-01",
    "2024-03-01",
    "2024-03-08",
    "2024-03-15",
    "2024-03-22",
  );
  assertEquals(intervalOf(both, WRITTEN).interval, undefined);
});

Deno.test("intervalOf() does not take the distance of sparse minutes for their length", () => {
  const sparse = [[0, 2, 4, 6, 7, 9, 10, 12].map((n) => n * MINUTE)];
  const found = intervalOf(sparse, { days: false, midnight: false });
  assertEquals(found.interval, undefined);
  assertMatch(found.because, /2 are nearer, down to 1 minute/);
});

Deno.test("intervalOf() does not guess from too little", () => {
  const clocks = { days: false, midnight: false };
  assertEquals(intervalOf(days("2024-03-04"), clocks).interval, undefined);
  assertEquals(intervalOf(days("2024-03-04", "2024-03-05"), clocks).interval, undefined);
  assertEquals(intervalOf(days("2024-03-04", "2024-03-11"), WRITTEN).interval, undefined);
  assertEquals(intervalOf(days("2024-01-01", "2024-02-01"), WRITTEN).interval, undefined);
  assertEquals(intervalOf([[0, 7 * MINUTE, 14 * MINUTE]], clocks).interval, undefined);
});

Deno.test("intervalNamed() knows the vendors' names, and that Binance's 1M is no minute", () => {
  const named = ["M1", "H4", "D1", "1M", "1m", "Daily", "1440", "5min", "60", "D", "1wk", "7m"];
  assertEquals(named.map(intervalNamed), [
    ...["1m", "4h", "1d", "1mo", "1m", "1d", "1d", "5m", "1h", "1d", "1wk", undefined],
  ]);
});

Deno.test("tooNear() refuses bars that lie in each other, and no gap", () => {
  assertEquals(tooNear("1h", 60 * MINUTE), undefined);
  assertEquals(tooNear("1h", 600 * MINUTE), undefined);
  assertMatch(tooNear("1h", 30 * MINUTE) ?? "", /must be 1h from the bar before: it is 30 minutes/);
  assertEquals(tooNear("1mo", 28 * DAY), undefined);
  assertMatch(tooNear("1mo", DAY) ?? "", /it is 1 day/);
});

Deno.test("every interval of bars is one that files can have", () => {
  for (const interval of BAR_INTERVALS) {
    assertEquals(intervalNamed(interval), interval);
    assertMatch(tooNear(interval, 1) ?? "", /must be/);
  }
  assertEquals(BAR_INTERVALS.filter(isOfDays), ["1d", "3d", "1wk", "1mo", "3mo"]);
});
