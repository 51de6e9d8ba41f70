import { assert, assertEquals, assertMatch } from "@std/assert";
import { bars } from "../../datasets/bars.ts";
import { rowSchema } from "../../datasets/zod.ts";
import { Series, type SeriesOptions } from "../../history/series.ts";
import { DirectoryStore } from "../../store/directory.ts";
import { texts } from "../../testing.ts";
import type { SourceBatch } from "../source.ts";
import { candleBars, FinnhubCandles } from "./candles.ts";
import { CALENDAR, Rig, type Row } from "./fixture.ts";
import { zoneOf } from "./hours.ts";

/** A Wednesday, New York has closed two hours ago. */
const CLOSED = "2026-11-25T23:00:00Z";

/** Fetches a series with a quirk. */
async function fetched(
  rig: Rig,
  interval: string,
  more: Partial<SeriesOptions> = {},
  symbol = "AAPL",
) {
  const { client, clock } = rig.shared;
  const series = new Series({
    ...{ symbol, interval, clock, metadata: rig.metadata, calendar: CALENDAR, dataset: bars },
    provider: new FinnhubCandles(client, interval, CALENDAR),
    store: new DirectoryStore(rig.folder),
    from: "2026-11-23",
    to: "2026-11-25",
    ...more,
  });
  const batches: SourceBatch[] = await Array.fromAsync(
    series.read(undefined, new AbortController().signal),
  );
  const schema = rowSchema(bars);
  const rows: Row[] = batches.flatMap(({ records }) => records)
    .flatMap(({ values }) => texts(values).map((text) => JSON.parse(text)));
  for (const row of rows) assert(schema.safeParse(row).success, JSON.stringify(row));
  const refused = batches.flatMap(({ refused }) => refused);
  const gaps = await rig.metadata.gaps.list({ provider: "finnhub", interval });
  return { rows, refused, gaps, report: series.series()[0] };
}

for (const [interval, count] of [["1d", 3], ["1h", 3 * 16], ["5m", 3 * 78]] as const) {
  Deno.test(`FinnhubCandles: ${interval} has what the exchange's calendar expects`, async () => {
    await using rig = await Rig.at(CLOSED);
    const { rows, gaps, report } = await fetched(rig, interval);
    assert(rows.length >= count - 3, `${rows.length}`);
    assertEquals(gaps, []);
    assertEquals(report?.failure, null);
    assertEquals(rows[0]?.adjustment, interval === "1d" ? "splits" : "raw");
  });
}

Deno.test("FinnhubCandles: crypto is asked for where Finnhub has it", async () => {
  await using rig = await Rig.at(CLOSED);
  const { rows, gaps } = await fetched(rig, "1h", {}, "BINANCE:BTCUSDT");
  assert(rows.length >= 70);
  assertEquals(gaps.filter(({ reason }) => reason !== "no_trade"), []);
  assert(rig.feeds.counts().some(({ path }) => path.endsWith("/crypto/candle")));
});

Deno.test("FinnhubCandles: quirk finnhub.no_data on days of trading is an error and a gap", async () => {
  await using rig = await Rig.at(CLOSED);
  rig.feeds.quirk("finnhub.no_data");
  const { rows, gaps, report } = await fetched(rig, "1d");
  assertEquals(rows, []);
  assertEquals(report?.failure?.code, "PROVIDER_ANSWER_EMPTY");
  assertEquals(gaps.map(({ reason, state }) => [reason, state]), [["provider_error", "open"]]);
});

Deno.test("FinnhubCandles: quirk finnhub.bad_candle is a dead letter and a gap, the rest is kept", async () => {
  await using rig = await Rig.at(CLOSED);
  rig.feeds.quirk("finnhub.bad_candle");
  const { rows, gaps, refused } = await fetched(rig, "1d");
  assertEquals(rows.length, 2);
  assertMatch(refused[0]?.reason ?? "", /^finnhub AAPL 1d: h is null: no number above 0$/);
  assertEquals(gaps.map(({ reason }) => reason), ["provider_error"]);
});

Deno.test("FinnhubCandles: quirk finnhub.no_access, as of free keys, is told and noted", async () => {
  await using rig = await Rig.at(CLOSED);
  rig.feeds.quirk("finnhub.no_access");
  const { gaps, report } = await fetched(rig, "1d");
  assertEquals(report?.failure?.reason, "no_access");
  const message = report?.failure?.message ?? "";
  assertMatch(message, /403: You don't have access to this resource\. See TICKHOUSE_FINNHUB_KEY,/);
  assertEquals(gaps.map(({ reason }) => reason), ["no_access"]);
});

Deno.test("FinnhubCandles: a symbol that Finnhub does not know is an error, not nothing", async () => {
  await using rig = await Rig.at(CLOSED);
  const { gaps, report } = await fetched(rig, "1d", {}, "NOPE");
  assertEquals(report?.failure?.code, "PROVIDER_SYMBOL_UNKNOWN");
  assertEquals(gaps.map(({ reason, state }) => [reason, state]), [["unknown_symbol", "accepted"]]);
});

/** Candles that begin at the times, each with figures of its own unless they are given. */
function candlesAt(times: readonly string[], more: Record<string, unknown[] | null> = {}) {
  const of = (from: number) => times.map((_, i) => from + i / 10);
  const figures = { o: of(100), h: of(102), l: of(99), c: of(101), v: of(1000) };
  return { s: "ok", t: times.map((time) => Date.parse(time) / 1000), ...figures, ...more };
}

/** What becomes of them in New York. */
function read(
  candles: ReturnType<typeof candlesAt>,
  interval = "1d",
  zone = zoneOf("XNAS"),
) {
  const { bars, refused } = candleBars(candles, { symbol: "AAPL", interval, zone });
  return {
    opens: bars.map(({ openUs }) => new Date(openUs / 1000).toISOString()),
    reasons: refused.map(({ reason }) => reason),
    raw: refused.map(({ raw }) => JSON.parse(new TextDecoder().decode(raw))),
  };
}

Deno.test("candleBars(): a day at midnight of New York or of UTC is that day, in summer and in winter", () => {
  const { opens, reasons } = read(
    candlesAt(["2026-07-01T04:00:00Z", "2026-11-24T05:00:00Z", "2026-11-25T00:00:00Z"]),
  );
  assertEquals(opens.map((open) => open.slice(0, 10)), ["2026-07-01", "2026-11-24", "2026-11-25"]);
  assert(opens.every((open) => open.endsWith("T00:00:00.000Z")));
  assertEquals(reasons, []);
});

Deno.test("candleBars(): a time that tells no day for certain is a dead letter that names it", () => {
  const bad = ["2026-11-24T14:31:17Z", "2026-11-24T04:00:00Z"];
  const { opens, reasons, raw } = read(candlesAt([...bad, "2026-11-25T05:00:00Z"]));
  assertEquals(opens, ["2026-11-25T00:00:00.000Z"]);
  assertEquals(raw.map(({ t }) => t), bad.map((time) => Date.parse(time) / 1000));
  assertMatch(reasons[0] ?? "", /^finnhub AAPL 1d: t is 1795530677 \(2026-11-24T14:31:17Z\): no/);
  const unknown = candleBars(candlesAt(["2026-11-24T05:00:00Z"]), { symbol: "X", interval: "1d" });
  assertMatch(unknown.refused[0]?.reason ?? "", /the zone of its exchange is not known$/);
  assertMatch(read(candlesAt(["2026-11-24T05:00:00Z"]), "1wk").reasons.join(), /begin on Monday$/);
  assertMatch(read(candlesAt(["2026-11-24T05:00:00Z"]), "1mo").reasons.join(), /on their first$/);
});

Deno.test("candleBars(): below a day candles begin at multiples of the interval", () => {
  const { opens, reasons } = read(
    candlesAt(["2026-11-24T14:30:00Z", "2026-11-24T14:31:17Z", "2026-11-24T14:36:00Z"]),
    "5m",
  );
  assertEquals(opens, ["2026-11-24T14:30:00.000Z"]);
  assertMatch(reasons[0] ?? "", /\(2026-11-24T14:31:17Z\): no multiple of 5m$/);
  assertEquals(reasons.length, 2);
});

Deno.test("candleBars(): of candles of one time equal ones are one, and different ones all dead letters", () => {
  const day = "2026-11-24T00:00:00Z";
  const same = { o: [100, 100], h: [102, 102], l: [99, 99], c: [101, 101], v: [9, 9] };
  assertEquals(read(candlesAt([day, day], same)), {
    ...{ opens: ["2026-11-24T00:00:00.000Z"], reasons: [], raw: [] },
  });
  const five = read(candlesAt([day, day, "2026-11-25T00:00:00Z", day, day, day]));
  assertEquals(five.opens, ["2026-11-25T00:00:00.000Z"]);
  assertEquals(five.raw.map(({ o }) => o), [100, 100.1, 100.3, 100.4, 100.5]);
  assertMatch(
    five.reasons[0] ?? "",
    /t is 1795478400: another candle of this time has other figur/,
  );
  // Midnight here and there are one day.
  assertEquals(read(candlesAt([day, "2026-11-24T05:00:00Z"])).opens, []);
});

Deno.test("candleBars(): a row that an array is too short or too long for is a dead letter", () => {
  const days = ["2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"];
  for (const name of ["o", "h", "l", "c", "v"]) {
    const short = read(
      candlesAt(days, { [name]: [name === "h" ? 103 : name === "l" ? 98 : 100.5] }),
    );
    assertEquals(short.opens, ["2026-11-24T00:00:00.000Z"], name);
    assertMatch(short.reasons.join(), new RegExp(`^finnhub AAPL 1d: ${name} is missing: no n`));
    const more = candlesAt([...days, "2026-11-26T00:00:00Z"]);
    const long = read({ ...more, t: more.t.slice(0, 2) });
    assertEquals(long.opens.length, 2);
    assertMatch(long.reasons.join(), /^finnhub AAPL 1d: t is missing: no time/);
  }
  // Of some nobody counts a volume.
  assertEquals(read(candlesAt(days, { v: null })).opens.length, 2);
});
