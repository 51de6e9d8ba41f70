import { assertEquals, assertStringIncludes } from "@std/assert";
import { Packed, type RecordBatch } from "../batch.ts";
import { jsonCodec } from "../codec/json.ts";
import { datasetNamed } from "../datasets/datasets.ts";
import { Workbench } from "../decode/workbench.ts";
import { batchOf, texts } from "../testing.ts";
import { BUILT_IN } from "./builtin.ts";
import { checkMapping, type Mapping, parseMappings } from "./mapping.ts";
import { type Mapped, Mapper } from "./mapper.ts";

/** What the messages become; `others` are further mappings of the topic. */
async function mapped(
  mapping: Mapping | string,
  messages: readonly (string | Uint8Array | Record<string, unknown>)[],
  { others = [], batch }: { others?: readonly Mapping[]; batch?: RecordBatch } = {},
): Promise<Mapped & { readonly lines: Record<string, unknown>[] }> {
  const found = typeof mapping === "string"
    ? BUILT_IN.find(({ name }) => name === mapping)
    : parseMappings(mapping, "test")[0];
  if (!found) throw new TypeError(`no mapping ${mapping}`);
  await using bench = await Workbench.open();
  const { session, spool } = bench;
  const dataset = datasetNamed(found.dataset);
  const checked = checkMapping(found, dataset, "theirs", others);
  const toLines = (values: Packed) => jsonCodec.toLines(values, dataset);
  const mapper = new Mapper({ checked, toLines, session, spool, origin: "theirs" });
  const result = await mapper.map(batch ?? batchOf("theirs", 2, 40, messages));
  const lines = result.records.flatMap(({ values }) => texts(values)).map((text) => {
    const entries = Object.entries(JSON.parse(text)).filter(([, value]) => value !== null);
    return Object.fromEntries(entries);
  });
  return { ...result, lines };
}

const TICKS: Mapping = {
  name: "test",
  dataset: "ticks",
  fields: { symbol: "symbol", price: "price", event_time: "timestamp" },
};

/** A file of the cases, as others' producers send them. */
const AAPL = { symbol: "AAPL", price: 231.57, timestamp: "2024-03-11 14:30:00" };

Deno.test("Mapper: a tutorial's ticks are ticks without a size, known by their place", async () => {
  const { lines, locals, refused, unused } = await mapped("plain-ticks", [
    AAPL,
    { symbol: "MSFT", price: 427.9, timestamp: "2024-03-11 14:30:02" },
    { symbol: "AAPL", price: 231.61, timestamp: "2024-03-11 14:30:04", extra: 1 },
  ]);
  assertEquals(refused, []);
  assertEquals(lines.filter(({ symbol }) => symbol === "AAPL"), [
    {
      symbol: "AAPL",
      price: "231.57",
      event_time: 1710167400000000,
      source: "theirs",
      trade_id: "theirs/2/40",
    },
    {
      symbol: "AAPL",
      price: "231.61",
      event_time: 1710167404000000,
      source: "theirs",
      trade_id: "theirs/2/42",
    },
  ]);
  assertEquals(locals, 3);
  assertEquals(unused, ["extra"]);
});

Deno.test("Mapper: Binance's trades have ids, sequence and the taker's side", async () => {
  const trade =
    `{"e": "trade", "E": 1710163800123, "s": "BTCUSDT", "t": 12345, "p": "72000.10", "q": "0.00100000", "T": 1710163800120, "m": true, "M": true}`;
  const { lines } = await mapped("binance-trades", [trade]);
  assertEquals(lines, [{
    symbol: "BTCUSDT",
    price: "72000.10",
    size: "0.00100000",
    event_time: 1710163800120000,
    source: "binance",
    trade_id: "12345",
    side: "sell",
    sequence: "12345",
  }]);
});

Deno.test("Mapper: Coinbase's heartbeats are skipped, and what it does not know is refused", async () => {
  const match = {
    type: "match",
    trade_id: 10,
    side: "sell",
    size: "5.23512",
    price: "400.23",
    product_id: "BTC-USD",
    sequence: 50,
    time: "2024-03-11T14:30:00.123456Z",
  };
  const heartbeat = { type: "heartbeat", last_trade_id: 20, product_id: "BTC-USD", sequence: 90 };
  const odd = { type: "received", product_id: "BTC-USD" };
  const { lines, skipped, locals, refused, messages, unused } = await mapped("coinbase-matches", [
    match,
    heartbeat,
    odd,
  ]);
  assertEquals([messages, skipped, locals, unused], [3, 1, 0, []]);
  assertEquals(lines, [{
    symbol: "BTC-USD",
    price: "400.23",
    size: "5.23512",
    event_time: 1710167400123456,
    source: "coinbase",
    trade_id: "10",
    side: "buy",
    sequence: "50",
  }]);
  assertEquals(refused.map(({ at, reason }) => [at, reason]), [
    ["partition 2 offset 42", "no mapping of the topic takes what its type says"],
  ]);
  assertEquals(JSON.parse(new TextDecoder().decode(refused[0]?.raw)), odd);
});

Deno.test("Mapper: each record of a list is one, and an empty list is none", async () => {
  const one = (p: number, s = "AAPL") => ({ p, s, t: 1710167400123, v: 10, c: null });
  const { lines, skipped, refused } = await mapped("finnhub-trades", [
    { type: "trade", data: [one(1.5), one(2.5, "MSFT"), one(3.5)] },
    { type: "ping" },
    { type: "trade", data: [] },
    { type: "trade", data: [one(4.5), one(-1)] },
    { type: "trade", data: "none" },
    { type: "trade" },
  ]);
  assertEquals(lines.map(({ symbol, price, trade_id }) => [symbol, Number(price), trade_id]), [
    ["AAPL", 1.5, "theirs/2/40/1"],
    ["AAPL", 3.5, "theirs/2/40/3"],
    ["AAPL", 4.5, "theirs/2/43/1"],
    ["MSFT", 2.5, "theirs/2/40/2"],
  ]);
  assertEquals(skipped, 2);
  assertEquals(refused.map(({ at, reason }) => [at, reason]), [
    ["partition 2 offset 43 record 2", "price, from data[].p, is -1: must be more than 0"],
    ["partition 2 offset 44", "data is no list of records"],
    ["partition 2 offset 45", "data is no list of records"],
  ]);
});

Deno.test("Mapper: a trade's list of conditions is codes with a space between, of numbers too", async () => {
  const polygon = { ev: "T", sym: "A", p: 114.125, s: 100, t: 1710167400123, i: "7", q: 3, x: 4 };
  const alpaca = { T: "t", S: "A", p: 1.5, s: 1, t: "2024-03-11T14:30:00Z", i: 9, x: "V" };
  const finnhub = { p: 1.5, s: "A", t: 1710167400123, v: 1 };
  const conditions = async (name: string, ...messages: Record<string, unknown>[]) => {
    const { lines, refused } = await mapped(name, messages);
    return [...refused.map(({ reason }) => reason), ...lines.map((line) => line.conditions)];
  };
  const of = (...lists: unknown[]) => lists.map((c) => ({ ...polygon, c }));
  assertEquals(
    await conditions("polygon-trades", ...of([0, 12], [37], [], null, "")),
    ["0 12", "37", undefined, undefined, undefined],
  );
  // A price of many digits is read by itself, and the list with it.
  const exact = { ...polygon, p: 114.12500000000001, c: [2, 1.5] };
  assertEquals(await conditions("polygon-trades", exact), ["2 1.5"]);
  assertEquals(await conditions("alpaca-trades", { ...alpaca, c: ["@", "I"] }), ["@ I"]);
  const list = { type: "trade", data: [{ ...finnhub, c: ["1", "24"] }, { ...finnhub, c: null }] };
  assertEquals(await conditions("finnhub-trades", list), ["1 24", undefined]);
  const long = Array.from({ length: 40 }, (_, i) => i);
  assertEquals(
    String(await conditions("polygon-trades", { ...polygon, c: long })).slice(0, 40),
    `conditions, from c, is "${long.join(" ")}`.slice(0, 40),
  );
  const { lines: [line] } = await mapped("alpaca-trades", [{ ...alpaca, c: ["@"] }]);
  assertEquals(line?.venue, "V");
});

Deno.test("Mapper: no digit of a number is lost", async () => {
  const ids = ["9007199254740993", "12345678901234567890123456789"];
  const messages = [
    ...ids.map((id) =>
      `{"id":${id},"symbol":"A","price":1.5,"size":1e-7,"timestamp":"2024-03-11"}`
    ),
    `{"id":1.50,"symbol":"A","price":0.30000000000000004,"size":"0.00000001","timestamp":"2024-03-11"}`,
    `{"id":3,"symbol":"A","price":1234567890.12345678,"size":3,"timestamp":"2024-03-11"}`,
    `{"id":4,"symbol":"A","price":"0.300000000000000001","size":3,"timestamp":"2024-03-11"}`,
  ];
  const fields = { ...TICKS.fields, trade_id: "id", size: "size" };
  const { lines, refused } = await mapped({ ...TICKS, fields }, messages);
  assertEquals(lines.map((line) => line.trade_id), [...ids, "1.50", "3"]);
  assertEquals(lines.map((line) => line.price), ["1.5", "1.5", "0.3", "1234567890.12345678"]);
  assertEquals(Number(lines[0]?.size), 1e-7);
  assertEquals(lines[2]?.size, "0.00000001");
  assertEquals(refused.length, 1);
  assertStringIncludes(refused[0]?.reason ?? "", "must have at most 8 decimals");
});

Deno.test("Mapper: a bad message harms no other, and is kept as it came", async () => {
  const bad: (string | Uint8Array)[] = [
    "{",
    "",
    "[1]",
    "null",
    "\ufeff{}",
    Uint8Array.of(0xff, 0xfe),
    `{"symbol":"A","symbol":"B","price":1,"timestamp":"2024-03-11"}`,
    `{"symbol":"A","price":1,"timestamp":"14:30"}`,
    `{"symbol":"A","price":1,"timestamp":"infinity"}`,
    `{"symbol":"A","price":1}`,
    `{"symbol":"\\u00015","price":1,"timestamp":"2024-03-11"}`,
    `{"symbol":"A","price":1,"timestamp":"2024-03-11"}{"symbol":"A"}`,
  ];
  const all = bad.flatMap((message) => [message, JSON.stringify(AAPL)]);
  const { lines, refused, messages } = await mapped("plain-ticks", all);
  assertEquals(messages, 24);
  assertEquals(lines.map(({ trade_id }) => trade_id), bad.map((_, i) => `theirs/2/${41 + 2 * i}`));
  const reasons = refused.map(({ reason }) => reason);
  assertEquals(reasons.length, bad.length, reasons.join("\n"));
  assertEquals(reasons[6], "the message has a field twice");
  assertEquals(
    reasons[7],
    'event_time, from timestamp, is "14:30": is no time of the format iso',
  );
  assertEquals(reasons[9], "event_time, from timestamp, is missing");
});

Deno.test("Mapper: times are of the zone that is named, and what clocks show twice is refused", async () => {
  const at = (timestamp: string | number) => ({ symbol: "A", price: 1, timestamp });
  const zone = { ...TICKS, time_zone: "America/New_York" };
  const { lines, refused, locals } = await mapped(zone, [
    at("2024-03-11 09:30:00"),
    at("2024-03-11 09:30:00Z"),
    at("2024-03-11T09:30:00.123456789-05:00"),
    at("2024-11-03 01:30:00"),
    at("2024-03-10 02:30:00"),
    at("2024-03-10"),
  ]);
  assertEquals(lines.map(({ event_time }) => Number(event_time)), [
    Date.UTC(2024, 2, 11, 13, 30) * 1000,
    Date.UTC(2024, 2, 11, 9, 30) * 1000,
    Date.UTC(2024, 2, 11, 14, 30) * 1000 + 123456,
    Date.UTC(2024, 2, 10) * 1000,
  ]);
  assertEquals(locals, 1);
  assertEquals(refused.map(({ reason }) => reason), [
    'event_time, from timestamp, is "twice: 2024-11-03 01:30:00": clocks show it twice in ' +
    "America/New_York: send UTC, or the offset",
    'event_time, from timestamp, is "never: 2024-03-10 02:30:00": clocks never show it in ' +
    "America/New_York",
  ]);
});

for (
  const [format, value, us] of [
    ["s", 1710167400, 1710167400000000],
    ["s", 1710167400.123456, 1710167400123456],
    ["s", "1710167400.5", 1710167400500000],
    ["ms", 1710167400123, 1710167400123000],
    ["ms", 1.710167400123e12, 1710167400123000],
    ["us", 1710167400123456, 1710167400123456],
    ["us", "1710167400123456", 1710167400123456],
    ["ns", "1710167400123456789", 1710167400123456],
    ["%d.%m.%Y %H:%M:%S", "11.03.2024 14:30:00", 1710167400000000],
    ["%Y-%m-%dT%H:%M:%S%z", "2024-03-11T16:30:00+0200", 1710167400000000],
  ] as const
) {
  Deno.test(`Mapper: ${value} as ${format} is a time`, async () => {
    const fields = { ...TICKS.fields, event_time: { path: "timestamp", format } };
    const { lines, refused } = await mapped({ ...TICKS, fields }, [
      { symbol: "A", price: 1, timestamp: value },
    ]);
    assertEquals(refused, []);
    assertEquals(Number(lines[0]?.event_time), us);
  });
}

Deno.test("Mapper: a number of nanoseconds beyond doubles is cut to microseconds", async () => {
  const fields = { ...TICKS.fields, event_time: { path: "timestamp", format: "ns" } };
  const { lines } = await mapped({ ...TICKS, fields }, [
    `{"symbol":"A","price":1,"timestamp":1710167400123456789}`,
  ]);
  assertEquals(Number(lines[0]?.event_time), 1710167400123456);
});

Deno.test("Mapper: times finer than they are kept are counted, for seconds too", async () => {
  const fields = { ...TICKS.fields, event_time: { path: "timestamp", format: "ns" } };
  const tick = (timestamp: string) => ({ symbol: "A", price: 1, timestamp });
  const ns = await mapped({ ...TICKS, fields }, [
    tick("1710167400123456789"),
    tick("1710167400123456000"),
  ]);
  assertEquals(ns.cuts, 1);
  const iso = await mapped(TICKS, [
    tick("2024-03-11T14:30:00.123456789Z"),
    tick("2024-03-11T14:30:00.123456000Z"),
  ]);
  assertEquals(iso.cuts, 1);
  const quote = (t: number) => ({ s: "A", c: 1, t });
  const quotes = { ...TICKS, dataset: "quotes" };
  const seconds = await mapped(
    { ...quotes, fields: { symbol: "s", c: "c", t: { path: "t", format: "ms" } } },
    [quote(1710167400123), quote(1710167401000)],
  );
  assertEquals([seconds.cuts, seconds.lines.map(({ t }) => t)], [1, [1710167400, 1710167401]]);
});

Deno.test("Mapper: a time in another unit than declared is refused, not stored wrongly", async () => {
  const fields = { ...TICKS.fields, event_time: { path: "timestamp", format: "s" } };
  const { lines, refused } = await mapped({ ...TICKS, fields }, [
    { symbol: "A", price: 1, timestamp: 1710167400123 },
  ]);
  assertEquals(lines, []);
  assertEquals(refused.length, 1);
});

Deno.test("Mapper: messages of another mapping of the topic are left to it", async () => {
  const quotes: Mapping = { ...TICKS, name: "quotes", dataset: "quotes", when: { k: ["q"] } };
  const { elsewhere, refused, lines } = await mapped({ ...TICKS, when: { k: ["t"] } }, [
    { k: "t", ...AAPL },
    { k: "q", c: 1 },
    { k: "x" },
  ], { others: [quotes] });
  assertEquals([elsewhere, refused.length, lines.length], [1, 1, 1]);
});

Deno.test("Mapper: nested places, names with points, and gaps in the log", async () => {
  const nested = {
    ...TICKS,
    fields: { symbol: "d.s", price: "d.q.p", event_time: "meta\\.time" },
  };
  const message = { d: { s: "A", q: { p: "1.25" } }, "meta.time": "2024-03-11T14:30:00Z" };
  const batch = {
    ...batchOf("theirs", 0, 500, [message, message]),
    nextOffset: 600,
    offsets: Float64Array.of(501, 507),
  };
  const { lines, unused } = await mapped(nested, [], { batch });
  assertEquals(lines.map(({ price, trade_id }) => [price, trade_id]), [
    ["1.25", "theirs/0/501"],
    ["1.25", "theirs/0/507"],
  ]);
  assertEquals(unused, []);
});

Deno.test("Mapper: a batch of lists as whole messages", async () => {
  const fields = { symbol: "[].s", price: "[].p", event_time: { path: "[].t", format: "ms" } };
  const { lines, refused } = await mapped({ ...TICKS, fields }, [
    `[{"s":"A","p":1,"t":1710167400123},{"s":"B","p":2,"t":1710167400123}]`,
    `{"s":"A"}`,
  ]);
  assertEquals(lines.map(({ trade_id }) => trade_id), ["theirs/2/40/1", "theirs/2/40/2"]);
  assertEquals(refused.map(({ reason }) => reason), ["the message is no list of records"]);
});

Deno.test("Mapper: Finnhub's quotes leave out what they do not need", async () => {
  const quote =
    `{"c": 191.5, "d": 1.5, "dp": 0.79, "h": 192.0, "l": 188.0, "o": 189.0, "pc": 190.0, "t": 1710163800, "symbol": "AAPL", "fetched_at": 1710163803}`;
  const { lines, unused, refused } = await mapped("finnhub-quotes", [quote]);
  assertEquals(refused, []);
  assertEquals(
    lines,
    [{
      symbol: "AAPL",
      c: "191.5",
      d: "1.5",
      dp: "0.79",
      h: "192",
      l: "188",
      o: "189",
      pc: "190",
      t: 1710163800,
      source: "finnhub",
    }].map((line) => ({
      ...line,
      h: lines[0]?.h,
      l: lines[0]?.l,
      o: lines[0]?.o,
      pc: lines[0]?.pc,
    })),
  );
  assertEquals(["h", "l", "o", "pc"].map((name) => Number(lines[0]?.[name])), [192, 188, 189, 190]);
  assertEquals(unused, ["fetched_at"]);
});

for (
  const [format, value, day] of [
    ["iso", "2024-03-11", "2024-03-11"],
    ["iso", "2024-03-11T23:30:00-05:00", "2024-03-11"],
    ["ms", 1710201599000, "2024-03-11"],
    ["%d/%m/%Y", "11/03/2024", "2024-03-11"],
    ["iso", "11/03/2024", undefined],
    ["s", 1e30, undefined],
  ] as const
) {
  Deno.test(`Mapper: ${value} as ${format} is the day ${day ?? "of nothing"}`, async () => {
    const fields = {
      index: "i",
      date: { path: "d", format },
      ...{ open: "p", high: "p", low: "p", close: "p" },
    };
    const { lines, refused } = await mapped({ name: "days", dataset: "index_bars", fields }, [
      { i: "NYA", d: value, p: 0.000001234 },
    ]);
    assertEquals([lines.map((line) => line.Date), refused.length], day ? [[day], 0] : [[], 1]);
    if (day) assertEquals(Number(lines[0]?.Open), 0.000001234);
  });
}

Deno.test("Mapper: a value that no map lists stays, and is refused where the column knows better", async () => {
  const fields = { ...TICKS.fields, side: { path: "m", values: { true: "sell", false: "buy" } } };
  const tick = (m: unknown) => ({ ...AAPL, m });
  const { lines, refused } = await mapped({ ...TICKS, fields }, [
    ...[true, "true", "buy", null, undefined].map(tick),
    ...["maybe", 1, "", {}].map(tick),
  ]);
  assertEquals(lines.map(({ side }) => side), ["sell", "sell", "buy", undefined, undefined]);
  assertEquals(refused.map(({ reason }) => reason.slice(0, 15)), Array(4).fill("side, from m, i"));
});

Deno.test("Mapper: names of whatever letters are names", async () => {
  for (const name of ["a*", "*b", "a b", "ü", "it's", "$", "#1", "0", "a-b", "a:b"]) {
    const { lines, refused } = await mapped(
      { ...TICKS, fields: { ...TICKS.fields, price: name } },
      [
        { ...AAPL, [name]: "7.5" },
      ],
    );
    assertEquals([lines.map(({ price }) => price), refused.length], [["7.5"], 0], name);
  }
});

Deno.test("Mapper: a symbol that only the message's key has", async () => {
  const fields = { ...TICKS.fields, symbol: { from: "key" as const } };
  const tick = (price: number) => ({ price, timestamp: "2024-03-11T14:30:00Z" });
  const batch = batchOf("theirs", 0, 10, [1.5, 0.30000000000000004, 2.5, 3.5, 4.5].map(tick));
  const runs = ["it's", 'A"B', null, "[x"].map((key, i) => (
    { key, count: i === 1 ? 2 : 1, timestampMs: 0 }
  ));
  const { lines, refused } = await mapped({ ...TICKS, fields }, [], { batch: { ...batch, runs } });
  assertEquals(lines.map(({ symbol, price }) => [symbol, Number(price)]), [
    ["it's", 1.5],
    ['A"B', 0.3],
    ['A"B', 2.5],
  ]);
  assertEquals(refused.map(({ reason }) => reason), [
    "symbol is missing",
    'symbol is "[x": must not begin with [ or {',
  ]);
});

Deno.test("Mapper: a record that its producer signs may have a price below zero", async () => {
  const fields = { ...TICKS.fields, signed: { value: "yes" } };
  const { lines } = await mapped({ ...TICKS, fields }, [{ ...AAPL, price: -37.63 }]);
  assertEquals(lines.map(({ price }) => Number(price)), [-37.63]);
});
