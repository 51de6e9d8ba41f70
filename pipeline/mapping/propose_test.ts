import { assertEquals, assertMatch } from "@std/assert";
import { datasetNamed } from "../datasets/datasets.ts";
import { checkMapping } from "./mapping.ts";
import { propose } from "./propose.ts";

/** What is proposed for the messages, and checked where it is whole. */
function proposed(...messages: readonly object[]) {
  const found = propose("their.topic", messages.map((one) => JSON.stringify(one)));
  const { dataset, fields } = found.mapping;
  const check = () => checkMapping(found.mapping, datasetNamed(dataset), "their.topic");
  return { ...found, dataset, fields, check, asked: found.questions.map(({ key }) => key) };
}

Deno.test("propose() knows the well-known producers, and asks for a zone that no time names", () => {
  const tutorial = proposed({ symbol: "AAPL", price: 1.5, timestamp: "2024-03-11 14:30:00" });
  assertEquals(tutorial.builtIn, "plain-ticks");
  assertEquals(tutorial.asked, ['time_zone: "America/New_York"']);
  const trade = { e: "trade", s: "B", t: 1, p: "1", q: "1", T: 1710163800120, m: true };
  assertEquals(proposed(trade).builtIn, "binance-trades");
  assertEquals(proposed(trade).questions, []);
  const list = { type: "trade", data: [{ s: "A", p: 1, t: 1710163800120, v: 1 }] };
  assertEquals(proposed(list, { type: "ping" }).builtIn, "finnhub-trades");
});

Deno.test("propose() reads names and values of other producers", () => {
  const { fields, dataset, questions, unused, check } = proposed({
    ticker: "AAPL",
    tradePrice: "1.50",
    qty: 3,
    ts: 1710163800123456,
    tradeId: 17,
    exchange: "XNAS",
    note: "x",
  });
  assertEquals(dataset, "ticks");
  assertEquals(fields, {
    event_time: { path: "ts", format: "us" },
    symbol: "ticker",
    price: "tradePrice",
    size: "qty",
    trade_id: "tradeId",
    source: "exchange",
  });
  assertEquals([questions, unused], [[], ["note"]]);
  check();
});

Deno.test("propose() finds conditions, venue, currency and when a trade was received", () => {
  const { fields, unused, check } = proposed({
    ...{ symbol: "A", price: 1.5, time: "2024-03-11T14:30:00Z", source: "desk" },
    ...{ sale_conditions: ["@", "I"], mic: "XNAS", currency: "USD", received_at: 1710163800123 },
  });
  assertEquals(fields, {
    event_time: "time",
    symbol: "symbol",
    price: "price",
    source: "source",
    conditions: "sale_conditions",
    venue: "mic",
    currency: "currency",
    receive_time: { path: "received_at", format: "ms" },
  });
  assertEquals(unused, []);
  check();
});

Deno.test("propose() asks what is not certain, with the key that answers it", () => {
  const { fields, asked } = proposed({
    price: 1.5,
    volume: 300,
    time: "11.03.2024 14:30:00",
    side: "buy",
  });
  assertEquals(fields, { event_time: "time", price: "price" });
  assertEquals(asked.length, 4);
  assertMatch(asked[0] ?? "", /^fields.symbol/);
  assertMatch(asked[1] ?? "", /^fields.size: "volume" if it is that of the trade/);
  assertMatch(asked[2] ?? "", /"values": \{ "buy": "sell", "sell": "buy" \} \} for the maker/);
  assertMatch(asked[3] ?? "", /^fields.event_time: .*"%d/);
});

Deno.test("propose() finds nested places, lists and kinds of messages", () => {
  const nested = proposed(
    { type: "tick", body: { symbol: "A", px: 1.5, time: 1710163800 } },
    { type: "heartbeat" },
  );
  assertEquals(nested.fields, {
    event_time: { path: "body.time", format: "s" },
    symbol: "body.symbol",
    price: "body.px",
  });
  assertEquals(nested.mapping.skip, { type: ["heartbeat"] });
  assertEquals(nested.mapping.when, { type: ["tick"] });
  nested.check();
  const lists = proposed({ trades: [{ symbol: "A", price: 1, time: 1710163800 }] });
  assertEquals(lists.fields["price"], "trades[].price");
  lists.check();
});

Deno.test("propose() tells bars and quotes from trades", () => {
  const bar = { symbol: "A", open: 1, high: 2, low: 1, close: 2, volume: 7, time: "2024-03-11" };
  const bars = proposed(bar);
  assertEquals([bars.dataset, bars.fields["volume"]], ["bars", "volume"]);
  assertEquals(bars.asked, ['fields.bar_interval: { "value": "1m" }']);
  const quotes = proposed({
    symbol: "A",
    o: 1,
    h: 2,
    l: 1,
    c: 2,
    pc: 1,
    d: 1,
    dp: 1,
    t: 1710163800,
  });
  assertEquals(quotes.dataset, "quotes");
  quotes.check();
});
