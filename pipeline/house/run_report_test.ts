import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import type { Proof } from "../reconcile/reconcile.ts";
import type { IngestReport } from "../stream/ingest.ts";
import type { JourneyReport } from "./journey.ts";
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

const run = (read: IngestReport, rows: number, dead: number) => ({
  read,
  ends: report(0).ends.map((end) => ({ ...end, rows, dead })),
});
const textOf = (one: JourneyReport, proof = PROVEN) =>
  String(runReport({ ...one, proof, proven: isProven(one, proof) }));

Deno.test("a run that refused all that came is not proven, says so, and names the first reasons", () => {
  const reasons = [{ at: "line 2", reason: "close is -1: must be more than 0" }];
  const one = run({ accepted: 0, refused: 7, reasons }, 0, 0);
  assertEquals(isProven(one, PROVEN), false);
  const text = textOf(one);
  assertMatch(text, /^refused +7, kept with their reasons: `deno task dead` shows them$/m);
  assertMatch(text, /^ +line 2: close is -1: must be more than 0\n +and 6 more$/m);
  assertMatch(text, /^failed +nothing was accepted: all 7 records were refused$/m);
  assertNotMatch(text, /proven/);
  // Some that were good make it a run like others.
  assertEquals(isProven(run({ accepted: 1, refused: 7, reasons }, 1, 0), PROVEN), true);
});

Deno.test("a run that stored nothing but dead letters is not proven, though all is accounted for", () => {
  const one = run({ accepted: 50, refused: 0 }, 0, 50);
  assertEquals(isProven(one, PROVEN), false);
  const text = textOf(one);
  assertMatch(
    text,
    /^stored +0 rows in the lake, and 50 dead letters$|^loaded +0 rows into the lake, and 50/m,
  );
  assertMatch(text, /^failed +the warehouse got nothing but 50 dead letters$/m);
  assertMatch(text, /^dead +50 dead letters, .*`deno task dead`/m);
  assertNotMatch(text, /proven/);
  assertEquals(isProven(run({ accepted: 50, refused: 0 }, 1, 49), PROVEN), true);
});

Deno.test("a run to which nothing came says that, and not that it is proven", () => {
  const live = run({ accepted: 0, refused: 0 }, 0, 0);
  assertEquals(isProven(live, PROVEN), true);
  assertMatch(textOf(live), /^nothing +no record came/m);
  const file = textOf(run({ accepted: 0, refused: 0, readBefore: true }, 0, 0));
  assertMatch(file, /^read +nothing new: all of it was read before$/m);
  for (const text of [textOf(live), file]) assertNotMatch(text, /proven/);
});

const SERIES = {
  ...{ provider: "yahoo", symbol: "IBM", interval: "1d", requests: 1, received: 9, added: 9 },
  ...{ revised: 0, provisional: 0, cancelled: 0, refused: 0, blank: 0, actions: 0, missing: 0 },
  ...{ covered: { fromUs: 0, toUs: 86_400_000_000 }, ended: true, failure: null },
};

Deno.test("a series that failed is said with its reason, and the run is not proven", () => {
  const failure = {
    code: "PROVIDER_QUOTA",
    reason: "quota" as const,
    message: "it answered 429",
    againMs: null,
  };
  const failed = { ...SERIES, added: 0, covered: null, failure };
  const read = { accepted: 421, refused: 0 };
  const one = run({ ...read, series: [SERIES, { ...failed, symbol: "AAPL" }] }, 421, 0);
  assertEquals(isProven(one, PROVEN), false);
  assertMatch(textOf(one), /^fetched +yahoo IBM 1d: 9 new \(1970-01-01 to 1970-01-02\)$/m);
  assertMatch(textOf(one), /^failed +AAPL 1d: it answered 429$/m);
  // Another provider stood in for it.
  const whole = run({ ...read, series: [failed, { ...SERIES, provider: "finnhub" }] }, 421, 0);
  assertEquals(isProven(whole, PROVEN), true);
});

Deno.test("a run says how many records of other datasets came with those it read", () => {
  const read = { accepted: 9, refused: 0, beside: { corporate_actions: 4 } };
  assertMatch(textOf(run(read, 13, 0)), /^read +9 records and 4 corporate_actions, 0 refused$/m);
});

Deno.test("a run that ended before all was read is not proven, and says how much was not", () => {
  const unread = { ...SERIES, added: 0, covered: null, ended: false };
  const series = [SERIES, { ...unread, symbol: "AAPL" }, { ...unread, symbol: "MSFT" }];
  const read = { accepted: 9, refused: 0, series };
  const one = run({ ...read, interrupted: true }, 9, 0);
  assertEquals(isProven(one, PROVEN), false);
  assertMatch(textOf(one), /^not read +2 of 3 series to their end$/m);
  assertMatch(textOf(one), /^failed +interrupted before all of it was read: the same command/m);
  assertNotMatch(textOf(one), /nothing new|^proven/m);
  // A stream is read until it is stopped.
  assertEquals(isProven(run(read, 9, 0), PROVEN), true);
  assertMatch(textOf(run(read, 9, 0)), /^not read +2 of 3 series to their end$/m);
});
