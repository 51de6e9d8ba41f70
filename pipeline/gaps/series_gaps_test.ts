import { assertEquals } from "@std/assert";
import { openCalendar } from "../calendar/open.ts";
import type { Gap, GapReason, GapState } from "../metadata/gaps.ts";
import { type Known, seriesGaps } from "./series_gaps.ts";

const calendar = openCalendar(new URL("../../models/seeds", import.meta.url).pathname);
const us = (text: string) => Date.parse(text) * 1000;
const SERIES = { provider: "yahoo", symbol: "AAPL", interval: "1d" };
/** Thanksgiving's week of 2025: closed on Thursday, a half day on Friday. */
const COVERED = { fromUs: us("2025-11-24"), toUs: us("2025-12-01") };
const DAYS = ["2025-11-24", "2025-11-25", "2025-11-26", "2025-11-28"].map(us);

function gap(from: string, to: string, reason: GapReason, more: Partial<Gap> = {}): Gap {
  const state: GapState = "open";
  return {
    ...SERIES,
    ...{ id: `${from} ${reason}`, fromUs: us(from), toUs: us(to), reason, state },
    ...{ detail: null, noticedUs: 0, closedUs: null, filledBy: null, ...more },
  };
}

function held(known: Partial<Known>) {
  return seriesGaps(calendar, {
    ...{ series: SERIES, covered: COVERED, gaps: [], exchange: "XNAS", there: new Set(DAYS) },
    ...known,
  });
}

Deno.test("seriesGaps(): holidays and weekends are explained, not missing", () => {
  const found = held({});
  assertEquals([found.expected, found.there, found.unexplained], [4, 4, []]);
  assertEquals(found.explained.map(({ day, reason }) => [day, reason]), [
    ["2025-11-27", "holiday"],
    ["2025-11-28", "early_close"],
    ["2025-11-29", "closed"],
    ["2025-11-30", "closed"],
  ]);
});

Deno.test("seriesGaps(): a bar that is neither there nor in the ledger is not explained", () => {
  const there = new Set(DAYS.slice(1));
  assertEquals(held({ there }).unexplained, DAYS.slice(0, 1));
  const gaps = [gap("2025-11-24", "2025-11-25", "no_trade", { state: "accepted" })];
  assertEquals(held({ there, gaps }).unexplained, []);
});

Deno.test("seriesGaps(): a gap that was filled explains nothing, unless by another provider", () => {
  const there = new Set(DAYS.slice(1));
  const filled = (filledBy: string) => [
    gap("2025-11-24", "2025-11-25", "quota", { state: "filled", filledBy }),
  ];
  assertEquals(held({ there, gaps: filled("yahoo") }).unexplained, DAYS.slice(0, 1));
  assertEquals(held({ there, gaps: filled("alphavantage") }).unexplained, []);
});

Deno.test("seriesGaps(): gaps that overlap and touch explain what lies in any of them", () => {
  const gaps = [
    gap("2025-11-24", "2025-11-26", "quota"),
    gap("2025-11-25", "2025-11-25T12:00:00Z", "provider_error"),
    gap("2025-11-26", "2025-11-27", "quota"),
  ];
  assertEquals(held({ there: new Set(), gaps }).unexplained, DAYS.slice(3));
});

Deno.test("seriesGaps(): without an exchange, or a warehouse, nothing is claimed", () => {
  const unknown = held({ exchange: null });
  assertEquals([unknown.expected, unknown.there, unknown.unexplained], [null, 4, []]);
  const blind = held({ there: null });
  assertEquals([blind.expected, blind.there, blind.unexplained], [4, null, []]);
  const trades = held({ series: { ...SERIES, interval: "trade" } });
  assertEquals([trades.expected, trades.unexplained], [null, []]);
});
