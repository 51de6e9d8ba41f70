import { assert, assertEquals, assertMatch } from "@std/assert";
import { bars } from "../../datasets/bars.ts";
import { rowSchema } from "../../datasets/zod.ts";
import { Series, type SeriesOptions } from "../../history/series.ts";
import { DirectoryStore } from "../../store/directory.ts";
import { texts } from "../../testing.ts";
import type { SourceBatch } from "../source.ts";
import { FinnhubCandles } from "./candles.ts";
import { CALENDAR, Rig, type Row } from "./fixture.ts";

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
    provider: new FinnhubCandles(client, interval),
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
  assertMatch(report?.failure?.message ?? "", /403: You don't have access to this resource/);
  assertEquals(gaps.map(({ reason }) => reason), ["no_access"]);
});

Deno.test("FinnhubCandles: a symbol that Finnhub does not know is an error, not nothing", async () => {
  await using rig = await Rig.at(CLOSED);
  const { gaps, report } = await fetched(rig, "1d", {}, "NOPE");
  assertEquals(report?.failure?.code, "PROVIDER_SYMBOL_UNKNOWN");
  assertEquals(gaps.map(({ reason, state }) => [reason, state]), [["unknown_symbol", "accepted"]]);
});
