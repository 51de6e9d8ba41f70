import { assert, assertEquals, assertMatch } from "@std/assert";
import { VirtualClock } from "../../clock.ts";
import { Hearing } from "./hearing.ts";
import { Outbox } from "./outbox.ts";

const NOW = Date.UTC(2026, 10, 24, 15);

function hearing() {
  const outbox = new Outbox(new AbortController().signal);
  const hearing = new Hearing({
    ...{ outbox, symbols: ["AAPL"], clock: new VirtualClock(NOW), equalTrades: "one" },
    ...{ heartbeatMs: 60_000, noteOnce: () => {} },
  });
  hearing.subscribed(NOW - 1000);
  return { outbox, hearing };
}

function message(count: number, from = 0): string {
  const data = Array.from({ length: count }, (_, i) => (
    { c: null, p: 100, s: "AAPL", t: NOW, v: from + i }
  ));
  return JSON.stringify({ type: "trade", data });
}

Deno.test("Hearing: what the log can't take is no queue without end: it is full until all is subscribed to again", () => {
  const { outbox, hearing: one } = hearing();
  for (let i = 0; i < 30; i++) one.hear(message(10_000, i * 10_000));
  assert(one.isFull && outbox.size <= 210_000);
  const [before, heardMs] = [outbox.size, one.tradeMs];
  one.hear(message(1, 1e6));
  assertEquals([outbox.size, one.tradeMs], [before, heardMs]);
  outbox.take();
  one.subscribed(NOW);
  one.hear(message(1, 1e6));
  assertEquals([one.isFull, outbox.size], [false, 1]);
});

Deno.test("Hearing: a trade of a symbol that nobody subscribed to is refused by name", () => {
  const { outbox, hearing: one } = hearing();
  one.hear(message(1).replaceAll("AAPL", "IBM"));
  const { refused, count } = outbox.take();
  assertEquals(count, 0);
  assertMatch(refused[0]?.reason ?? "", /s is "IBM": not subscribed to/);
});
