import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { BarsAnswer } from "../../history/provider.ts";
import { type ProviderAnswer, ProviderClient } from "../../provider/client.ts";
import { ProviderError } from "../../provider/errors.ts";
import { Yahoo } from "./yahoo.ts";

/** Says one answer, whatever it is asked. */
class Says extends ProviderClient {
  readonly #text: string;

  constructor(text: string) {
    super({ provider: "yahoo", base: "http://yahoo.test", limits: [], paces: "" });
    this.#text = text;
  }

  override get(): Promise<ProviderAnswer> {
    const askedUs = us("2026-11-24T16:07:30Z");
    const [answeredUs, url, sha256] = [askedUs, "http://yahoo.test", ""];
    const answer = { provider: "yahoo", status: 200, text: this.#text };
    return Promise.resolve({ ...answer, url, askedUs, answeredUs, sha256 });
  }
}

function us(text: string): number {
  return Date.parse(text) * 1000;
}

function s(text: string): number {
  return Date.parse(text) / 1000;
}

type Row = readonly [
  time: string,
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
];

const FLAT = [10, 12, 9, 11] as const;
const NOW = "2026-11-24T16:07:29Z";

/** A chart of the rows; `meta` and `columns` stand in place of what they are named as. */
function chart(interval: string, rows: readonly Row[], meta = {}, columns = {}): string {
  const column = (i: number) => rows.map((row) => row[i]);
  const result = {
    meta: {
      ...{ symbol: "IBM", currency: "USD", exchangeName: "NYQ", dataGranularity: interval },
      ...{ exchangeTimezoneName: "America/New_York", gmtoffset: -18_000 },
      ...{ regularMarketTime: s(NOW), ...meta },
    },
    timestamp: rows.map(([time]) => s(time)),
    indicators: {
      quote: [{
        ...{ open: column(1), high: column(2), low: column(3), close: column(4) },
        ...{ volume: column(5), ...columns },
      }],
      adjclose: [{ adjclose: column(4), ...columns }],
    },
  };
  return JSON.stringify({ chart: { result: [result], error: null } });
}

async function read(text: string, interval = "1d"): Promise<BarsAnswer> {
  const [fromUs, toUs] = [us("2026-11-01T00:00:00Z"), us("2026-11-25T00:00:00Z")];
  return await new Yahoo(new Says(text)).bars({ symbol: "IBM", interval, fromUs, toUs });
}

async function refusedWith(text: string, interval: string, ...says: readonly string[]) {
  const { message } = await assertRejects(() => read(text, interval), ProviderError);
  for (const one of says) assertStringIncludes(message, one);
}

function days({ bars }: BarsAnswer): string[] {
  return bars.map(({ openUs }) => new Date(openUs / 1000).toISOString().slice(0, 10));
}

function reasons({ refused }: BarsAnswer): string[] {
  return refused.map(({ reason }) => reason);
}

Deno.test("a settled week that comes twice alike is one, and counted", async () => {
  const week: Row = ["2026-11-09T05:00:00Z", ...FLAT, 200];
  const answer = await read(chart("1wk", [week, week]), "1wk");
  assertEquals(answer.bars.map(({ volume }) => volume), [200]);
  assertEquals(answer.notes, [
    "1 of its elements came again with the same figures: each counts once",
  ]);
});

Deno.test("elements of one settled bar that differ are refused, each of them", async () => {
  const before: Row = ["2026-11-19T14:30:00Z", ...FLAT, 5];
  const same: Row = ["2026-11-20T14:30:00Z", ...FLAT, 9000];
  const answer = await read(chart("1d", [before, same, ["2026-11-20T14:30:00Z", 1, 2, 1, 2, 300]]));
  assertEquals([days(answer), answer.refused.length], [["2026-11-19"], 2]);
  assertStringIncludes(
    reasons(answer).join(),
    "IBM 1d: 2026-11-20 came 2 times, with other figures",
  );
  const hour = (close: number): Row => ["2026-11-20T15:30:00Z", 10, 12, 9, close, 5];
  const hours = await read(
    chart("1h", [["2026-11-20T14:30:00Z", ...FLAT, 5], hour(10), hour(11), hour(12)]),
    "1h",
  );
  assertEquals([hours.bars.length, hours.refused.length], [1, 3]);
  // Not one behind the other, and of days that lie apart.
  const apart: Row = ["2026-11-23T14:30:00Z", ...FLAT, 5];
  const mixed = await read(chart("1d", [same, apart, ["2026-11-20T14:30:00Z", 1, 2, 1, 2, 3]]));
  assertEquals([days(mixed), mixed.refused.length], [["2026-11-23"], 2]);
  // The last element, with the time of a trade: but that day has ended.
  const late = await read(chart("1d", [same, ["2026-11-20T18:11:12Z", 1, 2, 1, 2, 300]]));
  assertEquals([days(late), late.refused.length], [[], 2]);
});

Deno.test("the day, week or hour that runs may come in two", async () => {
  const day: Row = ["2026-11-24T14:30:00Z", ...FLAT, 50];
  const [one] = (await read(chart("1d", [day, [NOW, 10, 13, 9, 12, 60]]))).bars;
  assertEquals([one?.high, one?.volume], [13, 60]);
  const week: Row = ["2026-11-23T05:00:00Z", ...FLAT, 50];
  const [two] = (await read(chart("1wk", [week, [NOW, 10, 13, 9, 12, 60]]), "1wk")).bars;
  assertEquals([two?.high, two?.close, two?.volume], [13, 12, 110]);
  const [all] = (await read(chart("1wk", [week, [NOW, ...FLAT, 50]]), "1wk")).bars;
  assertEquals(all?.volume, 50);
  const hour: Row = ["2026-11-24T15:30:00Z", ...FLAT, 50];
  const three = await read(chart("1h", [hour, [NOW, 13, 13, 13, 13, 0]]), "1h");
  assertEquals(three.bars.map(({ high, volume }) => [high, volume]), [[13, 50]]);
  assertEquals([...three.refused, ...three.notes], []);
  const more = await read(chart("1d", [day, [...day.slice(0, 5), 51] as unknown as Row, [
    ...[NOW, ...FLAT, 60] as const,
  ]]));
  assertEquals([more.bars.length, more.refused.length], [0, 3]);
});

Deno.test("a bar below a day that begins at an odd second is refused, but for the one that runs", async () => {
  const first: Row = ["2026-11-20T14:30:00Z", ...FLAT, 5];
  const last: Row = ["2026-11-20T15:30:00Z", ...FLAT, 5];
  const answer = await read(chart("1h", [first, ["2026-11-20T15:12:07Z", ...FLAT, 6], last]), "1h");
  assertEquals(answer.bars.length, 2);
  assertStringIncludes(reasons(answer).join(), "at 2026-11-20T15:12:07Z no bar of 1h begins");
});

Deno.test("a chart that does not name its interval is held against its times", async () => {
  const minutes = [30, 35, 40, 45, 50].map((m): Row => [`2026-11-20T14:${m}:00Z`, ...FLAT, 5]);
  const says = "dataGranularity is missing, and its elements of 2026-11-20T14:30:00Z and";
  for (const interval of ["1d", "1h", "1wk"]) {
    await refusedWith(chart(interval, minutes, { dataGranularity: null }), interval, says);
  }
  const day: Row = ["2026-11-24T14:30:00Z", ...FLAT, 50];
  const live: Row = [NOW, ...FLAT, 60];
  for (const rows of [minutes.slice(0, 1), [day, live]]) {
    assertEquals((await read(chart("1d", rows, { dataGranularity: null }))).bars.length, 1);
  }
  assertEquals((await read(chart("5m", minutes, { dataGranularity: null }), "5m")).bars.length, 5);
});

Deno.test("a column that is too short or too long is a dead letter a row", async () => {
  const rows = [18, 19, 20].map((day): Row => [`2026-11-${day}T14:30:00Z`, ...FLAT, 5]);
  for (const name of ["open", "close", "volume", "adjclose"]) {
    const short = await read(chart("1d", rows, {}, { [name]: [10, 11] }));
    assertEquals(days(short), ["2026-11-18", "2026-11-19"], name);
    assertEquals(reasons(short), [`yahoo IBM 1d: ${name} is missing: the column is too short`]);
    const long = await read(chart("1d", rows, {}, { [name]: [10, 11, 10, 11] }));
    assertEquals([days(long).length, reasons(long)], [3, [
      "yahoo IBM 1d: timestamp is missing: no time in seconds",
    ]]);
  }
  const all = { open: [10], high: [10], low: [10], close: [10] };
  const short = await read(chart("1d", rows, {}, all));
  assertEquals([short.bars.length, short.refused.length, short.blank], [1, 2, 0]);
  // What has no column is not told.
  const none = await read(chart("1d", rows, {}, { volume: null, adjclose: undefined }));
  assertEquals(none.bars.map(({ volume, adjClose }) => [volume, adjClose]), [
    ...[[null, null], [null, null], [null, null]],
  ]);
});

Deno.test("a number of which digits are lost is a dead letter", async () => {
  const row: Row = ["2026-11-20T14:30:00Z", ...FLAT, 5];
  for (const [name, value] of [["volume", 2 ** 53], ["volume", -(2 ** 53)], ["high", 1e308]]) {
    const answer = await read(chart("1d", [row], {}, { [`${name}`]: [value] }));
    assertEquals([answer.bars.length, answer.refused.length], [0, 1]);
    assertStringIncludes(reasons(answer).join(), "beyond 2^53, where digits are lost");
  }
  const most = chart("1d", [row], {}, { volume: [2 ** 53 - 1] });
  assertEquals((await read(most)).bars[0]?.volume, 2 ** 53 - 1);
});

Deno.test("a zone that is unknown, or has no such offset, is an error", async () => {
  const row: Row = ["2026-11-20T14:30:00Z", ...FLAT, 5];
  const sees = (meta: Record<string, unknown>, ...says: readonly string[]) =>
    refusedWith(chart("1d", [row], meta), "1d", ...says);
  const field = "chart.result.0.meta.exchangeTimezoneName is";
  await sees({ exchangeTimezoneName: "Mars/Olympus" }, `${field} "Mars/Olympus": no time zone`);
  await sees({ exchangeTimezoneName: "+05:00", gmtoffset: 18_000 }, `${field} "+05:00": no time`);
  await sees({ exchangeTimezoneName: null }, `${field} missing: no time zone`);
  await sees(
    { exchangeTimezoneName: "Australia/Sydney" },
    "meta.gmtoffset is -18000: Australia/Sydney has no such offset",
  );
  await sees({ gmtoffset: -18_001 }, "meta.gmtoffset is -18001: America/New_York");
  // Either of its two, or none; and that of the year in which it was traded last.
  for (const gmtoffset of [-18_000, -14_400, null]) {
    assertEquals(days(await read(chart("1d", [row], { gmtoffset }))), ["2026-11-20"]);
  }
  const moscow = { exchangeTimezoneName: "Europe/Moscow", gmtoffset: 14_400 };
  await sees(moscow, "Europe/Moscow has no such offset");
  const traded = { ...moscow, regularMarketTime: s("2013-06-03T14:45:00Z") };
  assertEquals((await read(chart("1d", [row], traded))).bars.length, 1);
});

Deno.test("a currency that is none is not told, and noted", async () => {
  const row: Row = ["2026-11-20T14:30:00Z", ...FLAT, 5];
  for (const currency of ["", "[x", "US\u0000", "US Dollars"]) {
    const { listing, notes } = await read(chart("1d", [row], { currency }));
    assertEquals([listing.currency, notes], [null, [
      `chart.result.0.meta.currency is ${
        JSON.stringify(currency)
      }: no code of a currency, left out`,
    ]]);
  }
  for (const currency of ["USD", "GBp", "ZAc", "ILA", null]) {
    const { listing, notes } = await read(chart("1d", [row], { currency }));
    assertEquals([listing.currency, notes], [currency, []]);
  }
});

Deno.test("a payout in a currency that is none is paid in one that is not told", async () => {
  const row: Row = ["2026-11-20T14:30:00Z", ...FLAT, 5];
  const text = chart("1d", [row], { currency: "[x" });
  const json = JSON.parse(text);
  const date = s("2026-11-20T14:30:00Z");
  json.chart.result[0].events = { dividends: { [date]: { amount: 0.26, date } } };
  const { actions } = await read(JSON.stringify(json));
  assertEquals(actions, [
    { exDate: "2026-11-20", kind: "dividend", amount: "0.26", currency: null },
  ]);
});

Deno.test("an answer without a result says why, the same of any time", async () => {
  const description = "Data doesn't exist for startDate = 1, endDate = 2";
  const error = { code: "Bad Request", description };
  const answer = await read(JSON.stringify({ chart: { result: null, error } }));
  assertEquals([answer.bars, answer.notes], [[], [
    "it answered 200: Bad Request: Data doesn't exist",
  ]]);
  const { notes } = await read(JSON.stringify({ chart: { result: [], error: null } }));
  assertEquals(notes, ["it answered 200, without a result"]);
});
