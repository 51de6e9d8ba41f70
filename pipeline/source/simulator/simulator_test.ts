import { assert, assertEquals, assertThrows } from "@std/assert";
import { VirtualClock } from "../../clock.ts";
import { TickhouseError } from "../../errors.ts";
import { texts } from "../../testing.ts";
import { sourceConformance } from "../conformance.ts";
import { Simulator, type SimulatorOptions } from "./simulator.ts";

/** A Friday, 15:00 UTC: 10:00 in New York. */
const OPEN = Date.UTC(2025, 10, 21, 15);

sourceConformance("Simulator", () => {
  const clock = new VirtualClock(OPEN);
  return Promise.resolve(new Simulator({ clock, rate: 100, limit: 40, seed: 7 }));
});

Deno.test("Simulator: equal seeds and clocks give equal ticks, other seeds others", async () => {
  const one = await ticksOf({ seed: 5, limit: 500 });
  assertEquals(one, await ticksOf({ seed: 5, limit: 500 }));
  const other = await ticksOf({ seed: 6, limit: 500 });
  assert(other.some((tick, i) => tick.price !== one[i]?.price));
});

Deno.test("Simulator: the rate is kept, from half a tick a second to thousands", async () => {
  for (const rate of [0.5, 3, 1000, 7777]) {
    const clock = new VirtualClock(OPEN);
    const seconds = 20;
    const stop = new AbortController();
    let count = 0;
    for await (const batch of new Simulator({ clock, rate }).read(undefined, stop.signal)) {
      count += batch.records.reduce((sum, { values }) => sum + values.length, 0);
      if (clock.now() >= OPEN + seconds * 1000) stop.abort();
    }
    assert(Math.abs(count - rate * seconds) <= Math.max(1, rate * 0.01), `${rate}/s gave ${count}`);
  }
});

Deno.test("Simulator: every two seconds five at a time, and none in between", async () => {
  const clock = new VirtualClock(OPEN);
  const simulator = new Simulator({ clock, rate: 2.5, everySeconds: 2, limit: 15 });
  const found: [number, number][] = [];
  for await (const { records } of simulator.read(undefined, new AbortController().signal)) {
    const count = records.reduce((sum, { values }) => sum + values.length, 0);
    found.push([clock.now() - OPEN, count]);
  }
  assertEquals(found, [[2_000, 5], [4_000, 5], [6_000, 5]]);
});

Deno.test("Simulator: event times rise, and are those of the clock", async () => {
  const times = (await ticksOf({ rate: 1000, limit: 2000 })).map((tick) => tick.event_time);
  times.sort((a, b) => a - b).reduce((before, time) => {
    assert(time >= before);
    return time;
  });
  const [first = 0] = times;
  const last = times.at(-1) ?? 0;
  assert(first >= (OPEN - 10) * 1000 && last <= (OPEN + 2_100) * 1000);
});

Deno.test("Simulator: prices move with the volatility they are given", async () => {
  const measured = async (volatility: number) => {
    const prices = (await ticksOf({
      instruments: [{ symbol: "X", price: 10_000, volatility }],
      rate: 0.5,
      drift: 0,
      limit: 4000,
    })).map((tick) => tick.price);
    const returns = prices.slice(1).map((price, i) => Math.log(price / (prices[i] ?? price)));
    const variance = returns.reduce((sum, r) => sum + r * r, 0) / returns.length;
    return Math.sqrt(variance / 2 * 252 * 6.5 * 3600);
  };
  for (const volatility of [0.3, 0.9]) {
    const found = await measured(volatility);
    assert(Math.abs(found / volatility - 1) < 0.05, `${volatility} measured as ${found}`);
  }
});

Deno.test("Simulator: outside the session there are no ticks", async () => {
  const saturday = Date.UTC(2025, 10, 22, 15);
  const clock = new VirtualClock(saturday);
  const simulator = new Simulator({ clock, rate: 10, limit: 5, session: "us-equities" });
  const [batch] = await Array.fromAsync(simulator.read(undefined, new AbortController().signal));
  const [text = "{}"] = texts(batch?.records[0]?.values ?? missing());
  // Monday, 09:30 in New York.
  assert(JSON.parse(text).event_time >= Date.UTC(2025, 10, 24, 14, 30) * 1000);
});

Deno.test("Simulator: faults come as often as asked, and trade ids tell repeats", async () => {
  const raw = await rawTicks({
    rate: 1000,
    limit: 20_000,
    faults: { repeated: 0.05, malformed: 0.02, late: 0.1 },
  });
  const broken = raw.filter((text) => !parses(text)).length;
  const different = new Set(raw).size;
  assert(Math.abs(broken / 20_000 - 0.02) < 0.005, `${broken} broken`);
  assert(Math.abs((raw.length - different) / 20_000 - 0.05) < 0.01);
  assert(raw.length > 20_000);
});

Deno.test("Simulator: options out of range are refused by name", () => {
  const cases: [SimulatorOptions, string][] = [
    [{ rate: 0 }, "rate"],
    [{ rate: NaN }, "rate"],
    [{ rate: -5 }, "-5"],
    [{ instruments: [] }, "symbols"],
    [{ instruments: [{ symbol: "", price: 1, volatility: 1 }] }, "symbol"],
    [{ instruments: [{ symbol: "A", price: -1, volatility: 1 }] }, "price of A"],
    [{ instruments: [{ symbol: "A", price: 1, volatility: 99 }] }, "volatility of A"],
    [{ faults: { late: 2 } }, "late"],
  ];
  for (const [options, says] of cases) {
    assertThrows(() => new Simulator(options), TickhouseError, says);
  }
});

interface Tick {
  readonly symbol: string;
  readonly price: number;
  readonly event_time: number;
}

async function rawTicks(options: SimulatorOptions): Promise<string[]> {
  const simulator = new Simulator({ clock: new VirtualClock(OPEN), rate: 100, ...options });
  const found: string[] = [];
  for await (const { records } of simulator.read(undefined, new AbortController().signal)) {
    for (const { values } of records) found.push(...texts(values));
  }
  return found;
}

async function ticksOf(options: SimulatorOptions): Promise<Tick[]> {
  return (await rawTicks(options)).map((text) => JSON.parse(text));
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function missing(): never {
  throw new Error("no tick came");
}
