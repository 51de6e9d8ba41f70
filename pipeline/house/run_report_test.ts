import { assertEquals, assertMatch } from "@std/assert";
import type { Proof } from "../reconcile/reconcile.ts";
import { isProven, runReport } from "./run_report.ts";

const PROVEN: Proof = { partitions: [], proven: true };
const report = (left: number) => ({
  read: { accepted: 421, refused: 0 },
  ends: [
    { name: "lake", spoken: "the lake", rows: 421, dead: 0, left: 0 },
    { name: "warehouse", spoken: "the warehouse", rows: 421 - left, dead: 0, left },
  ],
});
const text = (left: number) =>
  String(runReport({ ...report(left), proof: PROVEN, proven: left === 0 }));

Deno.test("isProven() is false for a run that left something in the log, whatever was compared", () => {
  assertEquals(isProven(report(0), PROVEN), true);
  assertEquals(isProven(report(380), PROVEN), false);
  assertEquals(isProven(report(0), { ...PROVEN, proven: false }), false);
});

Deno.test("runReport() says what was left, by whom, and does not say proven", () => {
  assertMatch(text(0), /^proven /m);
  assertMatch(text(380), /^NOT proven the warehouse did not take 380 offsets of the log in time/m);
  assertEquals(/^proven /m.test(text(380)), false);
});
