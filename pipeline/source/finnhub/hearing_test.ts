import { assert, assertEquals, assertMatch } from "@std/assert";
import { VirtualClock } from "../../clock.ts";
import { Hearing } from "./hearing.ts";
import { Outbox } from "./outbox.ts";

const NOW = Date.UTC(2026, 10, 24, 15);

function hearing() {
  const outbox = new Outbox(new AbortController().signal);
  const notes: string[] = [];
  const hearing = new Hearing({
    ...{ outbox, symbols: ["AAPL"], clock: new VirtualClock(NOW), equalTrades: "one" },
    ...{ heartbeatMs: 60_000, noteOnce: (line: string) => void notes.push(line) },
  });
  hearing.subscribed(NOW - 1000);
  return { outbox, hearing, notes };
}

function message(count: number, from = 0, t = NOW): string {
  const data = Array.from(
    { length: count },
    (_, i) => ({ c: null, p: 100, s: "AAPL", t, v: from + i }),
  );
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

Deno.test("Hearing: trades of long before the connection are dead letters, and a note names the time of one", () => {
  const { outbox, hearing: one, notes } = hearing();
  one.hear(message(3, 0, NOW - 3 * 86_400_000));
  one.hear(message(2, 0, NOW - 86_400_000));
  // Such may be sent when a connection is made.
  one.hear(message(4, 0, NOW - 60_000));
  const { refused, count, skipped } = outbox.take();
  assertEquals([count, refused.length, skipped], [0, 5, 4]);
  const times =
    "2026-11-21T15:00:00.000Z is before the connection, which is of 2026-11-24T14:59:59.000Z";
  assertEquals(refused[0]?.reason, `finnhub AAPL: t is ${NOW - 3 * 86_400_000}: ${times}`);
  assertEquals(JSON.parse(new TextDecoder().decode(refused[0]?.raw)).v, 0);
  assertEquals(notes, [
    `AAPL: a trade came just now whose time ${times}: such ones are refused; see that this ` +
    "machine's clock, or a stand-in's, is right",
  ]);
});
