import { assertEquals } from "@std/assert";
import type { Bar, CorporateAction } from "../wire.ts";
import { describeAction, placeActions } from "./marks.js";

const at = (day: string) => Date.parse(`${day}T00:00:00Z`) / 1000;
const bars = (...days: readonly string[]): Bar[] => days.map((day) => [at(day), 1, 1, 1, 1, 1, 0]);
const split = (day: string): CorporateAction => ({ day: at(day), action: "split", amount: 2 });

Deno.test("placeActions() marks the first candle without them, over weekends, in weeks and months", () => {
  const actions = [split("2024-03-09")]; // A Saturday.
  const days = bars("2024-03-08", "2024-03-11", "2024-03-12");
  assertEquals([...placeActions(days, actions, "1d").keys()], [at("2024-03-11")]);
  const weeks = bars("2024-02-26", "2024-03-04", "2024-03-11");
  assertEquals([...placeActions(weeks, actions, "1wk").keys()], [at("2024-03-04")]);
  const months = bars("2024-02-01", "2024-03-01");
  assertEquals([...placeActions(months, actions, "1mo").keys()], [at("2024-03-01")]);
});

Deno.test("placeActions() leaves out what lies before, behind, or in a gap of the candles", () => {
  const days = bars("2024-03-08", "2024-06-03");
  const actions = ["2024-03-08", "2024-03-20", "2024-06-04"].map(split);
  assertEquals(placeActions(days, actions, "1d").size, 0);
  assertEquals(placeActions([], actions, "1d").size, 0);
});

Deno.test("describeAction() says what a split or a dividend gave", () => {
  assertEquals(describeAction(split("2024-03-08")), "Split 2:1");
  assertEquals(describeAction({ day: 0, action: "split", amount: 0.125 }), "Split 1:8");
  assertEquals(describeAction({ day: 0, action: "dividend", amount: 0.23 }), "Dividend 0.23");
});
