import { assertEquals, assertMatch } from "@std/assert";
import type { Proof } from "../reconcile/reconcile.ts";
import { describeRun, isProven } from "./stream_report.ts";

const PROVEN: Proof = { partitions: [], proven: true };
const report = (left: number) => ({
  read: { accepted: 421, refused: 0 },
  lake: { rows: 421, dead: 0, left: 0 },
  warehouse: { rows: 421 - left, dead: 0, left },
  snowflake: null,
});

Deno.test("isProven() is false for a run that left something in the log, whatever was compared", () => {
  assertEquals(isProven(report(0), PROVEN), true);
  assertEquals(isProven(report(380), PROVEN), false);
  assertEquals(isProven(report(0), { ...PROVEN, proven: false }), false);
});

Deno.test("describeRun() says what was left, by whom, and does not say proven", () => {
  assertMatch(describeRun(report(0), PROVEN, undefined), /^proven /m);
  const text = describeRun(report(380), PROVEN, undefined);
  assertMatch(text, /^NOT proven the warehouse did not take 380 offsets of the log in time/m);
  assertEquals(/^proven /m.test(text), false);
});
