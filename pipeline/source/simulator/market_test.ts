import { assert, assertEquals, assertThrows } from "@std/assert";
import { VirtualClock } from "../../clock.ts";
import { ticks } from "../../datasets/datasets.ts";
import { problemsOf } from "../../datasets/zod.ts";
import { TickhouseError } from "../../errors.ts";
import { texts } from "../../testing.ts";
import { sourceConformance } from "../conformance.ts";
import { Simulator, type SimulatorOptions } from "./simulator.ts";

/** A Friday, 15:00 UTC: 10:00 in New York. */
const OPEN = Date.UTC(2025, 10, 21, 15);
const S = 1_000_000;

interface Print {
  readonly symbol: string;
  readonly price: number;
  readonly size: number;
  readonly event_time: number;
  readonly trade_id: string;
  readonly sequence: number;
  readonly action?: "correct" | "cancel";
  readonly conditions: string;
  readonly receive_time: number;
}

function market(options: SimulatorOptions, clock = new VirtualClock(OPEN)): Simulator {
  return new Simulator({ market: "realistic", rate: 100, clock, ...options });
}

async function printsOf(options: SimulatorOptions, clock?: VirtualClock): Promise<Print[]> {
  const found: Print[] = [];
  const never = new AbortController().signal;
  for await (const { records } of market(options, clock).read(undefined, never)) {
    for (const { values } of records) found.push(...texts(values).map((one) => JSON.parse(one)));
  }
  return found;
}

sourceConformance("a realistic Simulator", () => Promise.resolve(market({ limit: 400, seed: 7 })));

Deno.test("a realistic market: equal seeds and clocks give equal prints, other seeds others", async () => {
  const one = await printsOf({ seed: 5, limit: 2_000 });
  assertEquals(one, await printsOf({ seed: 5, limit: 2_000 }));
  const other = await printsOf({ seed: 6, limit: 2_000 });
  assert(other.some(({ price }, i) => price !== one[i]?.price));
});

Deno.test("a realistic market: it goes on where its state stands, print for print", async () => {
  const never = new AbortController().signal;
  const whole: string[] = [];
  const states: [string, number][] = [];
  for await (const { records, state } of market({ limit: 3_000 }).read(undefined, never)) {
    whole.push(...records.flatMap(({ values }) => texts(values)));
    states.push([state, whole.length]);
  }
  const what = (line: string) => line.replaceAll(/"(event|receive)_time":\d+/g, "");
  const [state, from] = states[Math.floor(states.length / 2)] ?? ["", 0];
  const rest: string[] = [];
  for await (const { records } of market({ limit: 3_000 }).read(state, never)) {
    rest.push(...records.flatMap(({ values }) => texts(values)));
  }
  // Batches are cut at other places, and each has its symbols one after the other.
  assertEquals(rest.map(what).sort(), whole.slice(from).map(what).sort());
  assert(from > 0 && rest.length > 0);
});

Deno.test("a realistic market: as many records as asked, each valid, in every way that feeds have", async () => {
  const prints = await printsOf({ limit: 40_000, rate: 2_000 });
  assertEquals(prints.length, 40_000);
  for (const print of prints.slice(0, 2_000)) {
    assertEquals(problemsOf(ticks, { ...print }), undefined);
  }
  const seen = new Map<string, Print[]>();
  let [repeated, older] = [0, 0];
  for (const print of prints) {
    const key = `${print.symbol} ${print.trade_id}`;
    const before = seen.get(key) ?? [];
    const again = before.some(({ sequence }) => sequence === print.sequence);
    if (again) repeated++;
    if (before.some(({ sequence }) => sequence > print.sequence)) older++;
    // Only what says otherwise than before has a number of its own.
    const first = before.find(({ sequence }) => sequence === print.sequence) ?? print;
    assertEquals({ ...print, receive_time: 0 }, { ...first, receive_time: 0 });
    if (before.length === 0) assertEquals(print.action, undefined);
    else if (!again) assert(print.action !== undefined);
    seen.set(key, [...before, print]);
  }
  const count = (test: (print: Print) => boolean) => prints.filter(test).length;
  const has = (code: string) => count(({ conditions }) => conditions.split(" ").includes(code));
  const moved =
    [...seen.values()].filter((all) => new Set(all.map(({ event_time }) => event_time)).size > 1)
      .length;
  const counts = {
    ...{ repeated, older, moved },
    corrected: count(({ action }) => action === "correct"),
    cancelled: count(({ action }) => action === "cancel"),
    late: count((one) => one.receive_time - one.event_time > S && one.conditions === "@ Z"),
    ...{ odd: has("I"), sweeps: has("F"), extended: has("T"), openings: has("O") },
  };
  for (const [what, found] of Object.entries(counts)) assert(found >= 5, `${what}: ${found}`);
  // Most trades are what they were.
  assert(counts.corrected + counts.cancelled + counts.repeated < 1_500, JSON.stringify(counts));
  assertEquals(
    count(({ conditions, size }) =>
      / I\b/.test(conditions) && size >= 100 &&
      size % 10 !== 0
    ),
    0,
  );
});

Deno.test("a realistic market: prints are received when the market's clock says, not this machine's", async () => {
  const clock = new VirtualClock(Date.UTC(2090, 0, 2));
  for (const { event_time, receive_time } of await printsOf({ limit: 2_000 }, clock)) {
    assert(receive_time > event_time && receive_time - event_time < 300 * S);
    assert(Math.abs(receive_time - clock.now() * 1000) < 120 * S);
  }
});

Deno.test("a realistic market: a symbol is halted for minutes, and opens again with a print of its own", async () => {
  const prints = await printsOf({ limit: 30_000, rate: 2, instruments: INSTRUMENTS });
  // As each was sent first: repeats and corrections come later.
  const first = prints.filter((print, i) =>
    !print.action &&
    prints.findIndex(({ symbol, sequence }) =>
        symbol === print.symbol && sequence === print.sequence
      ) === i
  );
  const reopenings = first.filter(({ conditions }) => conditions === "@ 5");
  assert(reopenings.length >= 3, `${reopenings.length}`);
  for (const { symbol, receive_time } of reopenings) {
    const before = prints.filter((one) =>
      one.symbol === symbol && one.receive_time < receive_time - S
    );
    const s = (receive_time - Math.max(...before.map((one) => one.receive_time))) / S;
    assert(s >= 100 && s < 320, `${symbol} was halted for ${s} s`);
  }
});

Deno.test("a realistic market: each symbol of a session opens once, and closes behind the close", async () => {
  const clock = new VirtualClock(Date.UTC(2025, 10, 21, 20, 59, 50));
  const prints = await printsOf({
    ...{ session: "us-equities", rate: 20, limit: 400, instruments: INSTRUMENTS },
  }, clock);
  const closeUs = Date.UTC(2025, 10, 21, 21) * 1000;
  const closings = prints.filter(({ conditions, action }) => conditions === "@ 6" && !action);
  assertEquals([...new Set(closings.map(({ symbol }) => symbol))].sort(), ["A", "B", "C"]);
  for (const { event_time, size } of closings) {
    assert(event_time >= closeUs + 50_000 && event_time < closeUs + 400_000 && size >= 4_000);
  }
  // The next day opens on Monday.
  const monday = prints.filter(({ event_time }) => event_time > closeUs + 10 * S);
  const first = new Map(
    monday.toReversed().filter(({ action }) => !action)
      .map((one) => [one.symbol, one]),
  );
  assert(monday.length > 100);
  for (const { conditions } of first.values()) assertEquals(conditions, "@ O");
});

Deno.test("a realistic market takes over from a plain one: its trades go on counting", async () => {
  const never = new AbortController().signal;
  const clock = new VirtualClock(OPEN);
  const options = { clock, rate: 100, limit: 300, instruments: INSTRUMENTS };
  const plain = await Array.fromAsync(new Simulator(options).read(undefined, never));
  const after = market({ ...options, limit: 600 }, clock).read(plain.at(-1)?.state, never);
  const lines = (await Array.fromAsync(after)).flatMap(({ records }) => records)
    .flatMap(({ values }) => texts(values)).map((line): Print => JSON.parse(line));
  assertEquals(lines.length, 300);
  const ids = new Set(
    plain.flatMap(({ records }) => records).flatMap(({ key, values }) =>
      texts(values).map((line) => `${key} ${JSON.parse(line).trade_id}`)
    ),
  );
  assertEquals(lines.filter((one) => ids.has(`${one.symbol} ${one.trade_id}`)), []);
});

Deno.test("a realistic market refuses faults, which are of a plain one", () => {
  assertThrows(() => market({ faults: { late: 0.1 } }), TickhouseError, "faults");
});

const INSTRUMENTS = ["A", "B", "C"].map((symbol) => ({ symbol, price: 100, volatility: 0.3 }));
