import { assert, assertEquals, assertThrows } from "@std/assert";
import { VirtualClock } from "../../clock.ts";
import { TickhouseError } from "../../errors.ts";
import { texts } from "../../testing.ts";
import { sourceConformance } from "../conformance.ts";
import { QuoteSimulator } from "./quote_simulator.ts";

const START = Date.UTC(2026, 10, 20, 23, 59, 50);
const MIDNIGHT_S = START / 1000 + 10;

function make(clock = new VirtualClock(START)): QuoteSimulator {
  return new QuoteSimulator({ limit: 20, clock });
}

sourceConformance("QuoteSimulator", () => Promise.resolve(make()));

async function quotesOf(source: QuoteSimulator, symbol: string) {
  const signal = new AbortController().signal;
  const batches = await Array.fromAsync(source.read(undefined, signal));
  return batches.flatMap((b) => b.records).filter(({ key }) => key === symbol)
    .flatMap(({ values }) => texts(values)).map((text) => JSON.parse(text));
}

Deno.test("QuoteSimulator gives each symbol a quote a second", async () => {
  const times = (await quotesOf(make(), "AAPL")).map(({ t }) => t);
  assertEquals(times, Array.from({ length: 20 }, (_, i) => START / 1000 + i));
});

Deno.test("QuoteSimulator begins a day with the last price of the day before", async () => {
  const found = await quotesOf(make(), "AAPL");
  const first = found.find(({ t }) => t === MIDNIGHT_S);
  const before = found.find(({ t }) => t === MIDNIGHT_S - 1);
  assertEquals([first.o, first.h, first.l, first.pc], [first.c, first.c, first.c, before.c]);
  const last = found.at(-1);
  assert(last.h >= last.c && last.l <= last.c && last.o === first.c);
});

Deno.test("QuoteSimulator catches up the seconds that it missed", async () => {
  const clock = new VirtualClock(START);
  const signal = new AbortController().signal;
  const source = new QuoteSimulator({ clock });
  let state = "";
  for await (const batch of source.read(undefined, signal)) {
    state = batch.state;
    break;
  }
  await clock.sleep(5_000);
  for await (const { records } of source.read(state, signal)) {
    assertEquals(records[0]?.values.length, 5);
    break;
  }
});

Deno.test("QuoteSimulator refuses to simulate nothing", () => {
  assertThrows(() => new QuoteSimulator({ instruments: [] }), TickhouseError, "symbols");
});
