/** What the ledger of gaps must do, in every store. @module */
import { assert, assertEquals } from "@std/assert";
import { rejects, type TestOfStore } from "./conformance.ts";
import type { Gap, GapReason, Gaps, GapState } from "./gaps.ts";
import type { Series } from "./metadata.ts";
import type { Range } from "./range.ts";

const AAPL: Series = { provider: "finnhub", symbol: "AAPL", interval: "trade" };
const REASONS: readonly GapReason[] = ["disconnected", "quota", "no_trade"];
/** Units of time of the model, and steps of a run. */
const UNITS = 24;
const STEPS = 40;
const RUNS = 12;

function missing(fromUs: number, toUs: number, reason: GapReason = "quota", noticedUs = 100) {
  return { ...AAPL, fromUs, toUs, reason, detail: null, noticedUs };
}

function short(gaps: readonly Gap[]): [number, number, GapReason, GapState][] {
  return gaps.map(({ fromUs, toUs, reason, state }) => [fromUs, toUs, reason, state]);
}

/** Registers the tests. */
export function gapsConformance(test: TestOfStore): void {
  test("gaps: open() makes one of those that touch and have one reason", async ({ store }) => {
    const { gaps } = store;
    const [first] = await gaps.open(missing(10, 20));
    assert(first);
    await gaps.open(missing(30, 40));
    await gaps.open(missing(20, 25, "disconnected"));
    await gaps.open({ ...missing(50, 60), symbol: "MSFT" });
    const joined = await gaps.open({ ...missing(20, 30, "quota", 50), detail: "why" });
    assertEquals(joined.map(({ id, noticedUs, detail }) => [id, noticedUs, detail]), [
      [first.id, 50, "why"],
    ]);
    assertEquals(short(await gaps.list({ symbol: "AAPL" })), [
      [10, 40, "quota", "open"],
      [20, 25, "disconnected", "open"],
    ]);
  });

  test("gaps: fill() splits what is filled in part, whatever the reason", async ({ store }) => {
    const { gaps } = store;
    const [first] = await gaps.open(missing(10, 40));
    await gaps.open(missing(15, 25, "disconnected"));
    const filled = await gaps.fill(AAPL, { fromUs: 20, toUs: 30 }, "yahoo", 200);
    assertEquals(short(filled), [[20, 30, "quota", "filled"], [20, 25, "disconnected", "filled"]]);
    const all = await gaps.list();
    assertEquals(
      short(all),
      [
        [10, 20, "quota", "open"],
        [15, 20, "disconnected", "open"],
        [20, 30, "quota", "filled"],
        [20, 25, "disconnected", "filled"],
        [30, 40, "quota", "open"],
      ].sort() as never,
    );
    assertEquals(all.filter(({ id }) => id === first?.id).map(({ fromUs }) => fromUs), [10]);
    for (const { state, filledBy, closedUs, noticedUs } of all) {
      assertEquals([filledBy, closedUs], state === "filled" ? ["yahoo", 200] : [null, null]);
      assertEquals(noticedUs, 100);
    }
    assertEquals(await gaps.fill(AAPL, { fromUs: 20, toUs: 30 }, "yahoo", 300), []);
  });

  test("gaps: what touches the range only stays open", async ({ store: { gaps } }) => {
    await gaps.open(missing(10, 20));
    assertEquals(await gaps.fill(AAPL, { fromUs: 20, toUs: 30 }, "x", 1), []);
    assertEquals(await gaps.accept(AAPL, { fromUs: 0, toUs: 10 }, null, 1), []);
    assertEquals(short(await gaps.list()), [[10, 20, "quota", "open"]]);
  });

  test("gaps: what was accepted is not opened again, and can be filled", async ({ store }) => {
    const { gaps } = store;
    await gaps.open(missing(0, 30));
    const accepted = await gaps.accept(AAPL, { fromUs: 10, toUs: 20 }, "was never traded", 5);
    assertEquals(accepted.map(({ detail, closedUs }) => [detail, closedUs]), [
      ["was never traded", 5],
    ]);
    const held = await gaps.open(missing(5, 25, "disconnected"));
    assertEquals(short(held), [[5, 10, "disconnected", "open"], [20, 25, "disconnected", "open"]]);
    assertEquals(await gaps.open(missing(12, 18)), []);
    assertEquals(short(await gaps.fill(AAPL, { fromUs: 12, toUs: 14 }, "x", 9)), [
      [12, 14, "quota", "filled"],
    ]);
  });

  test("gaps: list() takes a filter", async ({ store: { gaps } }) => {
    await gaps.open(missing(0, 10));
    await gaps.open(missing(20, 30, "halt"));
    await gaps.open({ ...missing(20, 30), provider: "yahoo" });
    await gaps.fill(AAPL, { fromUs: 0, toUs: 10 }, "x", 1);
    const found = async (filter: Parameters<Gaps["list"]>[0]) => (await gaps.list(filter)).length;
    assertEquals(await found({}), 3);
    assertEquals(await found({ state: "open" }), 2);
    assertEquals(await found({ reason: "halt" }), 1);
    assertEquals(await found({ provider: "yahoo" }), 1);
    assertEquals(await found({ range: { fromUs: 9, toUs: 20 } }), 1);
    assertEquals(await found({ limit: 2 }), 2);
  });

  test("gaps: what is no range is refused", async ({ store: { gaps } }) => {
    for (const [from, to] of [[5, 5], [6, 5], [NaN, 5], [0.5, 5], [0, 2 ** 60]] as const) {
      await rejects("RANGE_INVALID", () => gaps.open(missing(from, to)));
      await rejects("RANGE_INVALID", () => gaps.fill(AAPL, { fromUs: from, toUs: to }, "x", 1));
    }
  });

  test("gaps: of several that open at once one row comes", async ({ store, open }) => {
    await using other = await open();
    await Promise.all(Array.from(
      { length: 10 },
      (_, i) => (i % 2 ? other : store).gaps.open(missing(i * 10, i * 10 + 10)),
    ));
    assertEquals(short(await store.gaps.list()), [[0, 100, "quota", "open"]]);
  });

  test("gaps: any order of opening, filling and accepting is as a map of units says", async ({ store }) => {
    for (let seed = 1; seed <= RUNS; seed++) await compare(store.gaps, seed);
  });
}

/** What is known of a unit of time, the naive way. */
interface Unit {
  /** Reasons for which it is open, or was accepted. */
  readonly open: Set<GapReason>;
  readonly accepted: Set<GapReason>;
  /** How often it was filled, by reason. */
  readonly filled: Map<GapReason, number>;
}

async function compare(gaps: Gaps, seed: number): Promise<void> {
  const random = mulberry32(seed);
  const series = { ...AAPL, symbol: `S${seed}` };
  const model = Array.from({ length: UNITS }, (): Unit => ({
    open: new Set(),
    accepted: new Set(),
    filled: new Map(),
  }));
  const said: string[] = [];
  for (let step = 0; step < STEPS; step++) {
    const a = Math.floor(random() * UNITS);
    const b = Math.floor(random() * UNITS);
    const range: Range = { fromUs: Math.min(a, b), toUs: Math.max(a, b) + 1 };
    const units = model.slice(range.fromUs, range.toUs);
    const reason = REASONS[Math.floor(random() * REASONS.length)] ?? "quota";
    const kind = random();
    said.push(
      `${
        kind < 0.5 ? `open ${reason}` : kind < 0.85 ? "fill" : "accept"
      } ${range.fromUs}-${range.toUs}`,
    );
    if (kind < 0.5) {
      await gaps.open({ ...series, ...range, reason, detail: null, noticedUs: step });
      for (const unit of units) if (unit.accepted.size === 0) unit.open.add(reason);
    } else if (kind < 0.85) {
      await gaps.fill(series, range, "provider", step);
      units.forEach(fill);
    } else {
      await gaps.accept(series, range, null, step);
      units.forEach(accept);
    }
    check(await gaps.list({ symbol: series.symbol }), model, `seed ${seed}: ${said.join(", ")}`);
  }
}

function fill(unit: Unit): void {
  for (const reason of [...unit.open, ...unit.accepted]) {
    unit.filled.set(reason, (unit.filled.get(reason) ?? 0) + 1);
  }
  unit.open.clear();
  unit.accepted.clear();
}

function accept(unit: Unit): void {
  for (const reason of unit.open) unit.accepted.add(reason);
  unit.open.clear();
}

function check(found: readonly Gap[], model: readonly Unit[], message: string): void {
  for (const reason of REASONS) {
    const counts = (state: GapState) =>
      model.map((_, at) =>
        found.filter((gap) =>
          gap.reason === reason && gap.state === state && gap.fromUs <= at && at < gap.toUs
        ).length
      );
    assertEquals(counts("open"), model.map(({ open }) => Number(open.has(reason))), message);
    assertEquals(counts("accepted"), model.map((u) => Number(u.accepted.has(reason))), message);
    assertEquals(counts("filled"), model.map((u) => u.filled.get(reason) ?? 0), message);
    const open = found.filter((gap) => gap.reason === reason && gap.state === "open");
    const ends = new Set(open.map(({ toUs }) => toUs));
    assert(open.every(({ fromUs }) => !ends.has(fromUs)), `two that touch: ${message}`);
  }
  assert(found.every(({ fromUs, toUs }) => fromUs < toUs), `an empty row: ${message}`);
}

/** Random numbers of a seed, from 0 to 1. */
function mulberry32(seed: number): () => number {
  return () => {
    seed = seed + 0x6d2b79f5 | 0;
    let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 4294967296;
  };
}
