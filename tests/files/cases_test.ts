/** Files as people have them, each read as what it says, or refused with a flag that then works. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { TickhouseError } from "tickhouse/errors.ts";
import { type FileRead, readFile } from "./read.ts";
import type { FileAnswers } from "tickhouse/source/answers.ts";

const CASES = join(import.meta.dirname ?? ".", "cases");
const AAPL = { symbol: "AAPL" };

/** What must come of a file: its rows, by the columns named, and what is refused. */
interface Case {
  readonly file: string;
  readonly told?: FileAnswers;
  readonly dataset?: string;
  /** Columns of `rows`. Default: symbol, bar_interval, time, close, volume. */
  readonly of?: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** Lines that are refused, with a part of the reason. */
  readonly refused?: readonly (readonly [string, RegExp])[];
  /** What is told of it. */
  readonly says?: readonly RegExp[];
}

const BAR = ["symbol", "bar_interval", "time", "close", "volume"];
const TICK = ["symbol", "time", "price", "size"];

const CASES_READ: readonly Case[] = [
  {
    file: "02-yf-history-tz-ny.csv",
    told: AAPL,
    of: [...BAR, "adjustment"],
    rows: [
      ["AAPL", "1d", "2020-02-06", "78.7", "105425600", "all"],
      ["AAPL", "1d", "2020-02-07", "77.5", "117684000", "all"],
      ["AAPL", "1d", "2020-07-07", "90.6", "112424400", "all"],
    ],
    says: [/ref_corporate_actions\.csv: AAPL,2020-02-07,dividend,0\.1925$/],
  },
  {
    file: "04-yf-multiindex.csv",
    of: [...BAR, "open", "high", "low"],
    rows: [
      ["AAPL", "1d", "2020-01-02", "72.71", "135480400", "71.72", "72.77", "71.46"],
      ["AAPL", "1d", "2020-01-03", "72.00", "146322800", "71.94", "72.77", "71.78"],
    ],
  },
  {
    file: "05-date-and-time-cols.csv",
    told: AAPL,
    rows: [
      ["AAPL", "1m", "2020-01-03T09:30:00Z", "74.35", "1000"],
      ["AAPL", "1m", "2020-01-03T09:31:00Z", "74.55", "2000"],
      ["AAPL", "1m", "2020-01-03T09:32:00Z", "74.65", "3000"],
    ],
    says: [/times: have no zone and are taken for UTC/],
  },
  {
    file: "05-date-and-time-cols.csv",
    told: { ...AAPL, timeZone: "America/New_York" },
    of: ["time"],
    rows: [["2020-01-03T14:30:00Z"], ["2020-01-03T14:31:00Z"], ["2020-01-03T14:32:00Z"]],
  },
  {
    file: "06-date-hourly.csv",
    of: ["symbol", "bar_interval", "time"],
    rows: [
      ["BTC-USD", "1h", "2020-01-03"],
      ["BTC-USD", "1h", "2020-01-03T01:00:00Z"],
      ["BTC-USD", "1h", "2020-01-03T02:00:00Z"],
    ],
    says: [/interval: 1h: 1 hour is the commonest distance/],
  },
  {
    file: "07-excel-serial.csv",
    told: { timeFormat: "excel" },
    of: ["bar_interval", "time"],
    rows: [["1d", "2020-01-02"], ["1d", "2020-01-03"]],
  },
  {
    file: "08-yyyymm.csv",
    told: { timeFormat: "yyyymm" },
    of: ["symbol", "bar_interval", "time", "close"],
    rows: [["SPX", "1mo", "2020-01-01", "3225.52"], ["SPX", "1mo", "2020-02-01", "2954.22"]],
  },
  ...["10-yyyymmdd-float.csv", "11-yyyymmdd.csv", "49-zip.csv.zip", "51-zst.csv.zst"].map((
    file,
  ): Case => ({
    file,
    of: ["symbol", "bar_interval", "time", "close"],
    rows: [["AAPL", "1d", "2020-01-02", "75.09"], ["AAPL", "1d", "2020-01-03", "74.36"]],
  })),
  ...["52-mac-cr.csv", "57-sep-line.csv"].map((file): Case => ({
    file,
    rows: [
      ["AAPL", "1d", "2020-01-02", "75.09", "135480400"],
      ["AAPL", "1d", "2020-01-03", "74.36", "146322800"],
    ],
  })),
  {
    file: "44-tab.tsv",
    told: { separator: "\\t" },
    rows: [["AAPL", "1d", "2020-01-02", "75.09", "135480400"]],
  },
  { file: "44-tab.tsv", rows: [["AAPL", "1d", "2020-01-02", "75.09", "135480400"]] },
  {
    file: "102-tv.csv",
    told: { ...AAPL, interval: "1d" },
    of: ["time", "close"],
    rows: [["2024-03-11", "172.75"]],
  },
  {
    file: "110-us-dates.csv",
    of: ["bar_interval", "time"],
    rows: [["1d", "2020-01-03"], ["1d", "2020-01-15"]],
    says: [/times: days are written month first/],
  },
  {
    file: "20-date-order.csv",
    told: { dateOrder: "mdy" },
    of: ["time"],
    rows: [["2020-01-02"], ["2020-01-03"]],
  },
  {
    file: "12-pandas-index-col.csv",
    told: AAPL,
    of: ["symbol", "time"],
    rows: [["AAPL", "2020-01-02"], ["AAPL", "2020-01-03"], ["AAPL", "2020-01-06"]],
    says: [/left out: not part of bars: index/],
  },
  {
    file: "13-price-as-ticks.csv",
    rows: [
      ["AAPL", "1d", "2020-01-02", "75.09", "135480400"],
      ["AAPL", "1d", "2020-01-03", "74.36", "146322800"],
    ],
    says: [/columns: .*close is Price/],
  },
  {
    file: "99-barchart-last.csv",
    told: AAPL,
    rows: [
      ["AAPL", "1d", "2024-03-11", "172.75", "60139500"],
      ["AAPL", "1d", "2024-03-12", "173.23", "59825400"],
    ],
  },
  {
    file: "14-crypto-decimals.csv",
    told: { interval: "1m" },
    of: ["symbol", "open", "high", "low", "close", "volume"],
    rows: [
      ["PEPE-USD", "0.000012345678", "0.000012999999", "0.000012000049", "0.000012555551"]
        .concat(["123456789012345.678"]),
      ["BABYDOGE-USD", "0.0000000021456", "0.0000000022999", "0.0000000021001"]
        .concat(["0.0000000022222", "1000000000000000"]),
      ["XX-USD", "0.0000000149", "0.0000000249", "0.0000000149", "0.0000000249", "1"],
      ["DEX-USD", "0.000000000231", "0.000000000239", "0.00000000023", "0.000000000235", "1"],
    ],
  },
  {
    file: "16-negative-oil.csv",
    of: ["time", "open", "low", "close", "signed"],
    rows: [
      ["2020-04-17", "19.87", "17.31", "18.27", "yes"],
      ["2020-04-20", "17.73", "-40.32", "-37.63", "yes"],
      ["2020-04-21", "-14.00", "-16.74", "10.01", "yes"],
    ],
  },
  {
    file: "17-float-noise.csv",
    of: ["time", "open", "high", "close"],
    rows: [["2020-01-02", "100", "100", "99.9"], [
      "2020-01-06",
      "71.94132233",
      "72.77174377",
      "72.77174377",
    ]],
    refused: [["line 3", /low is 71\.94132996: must not be more than open/]],
  },
  {
    file: "18-tick-id-resets.csv",
    dataset: "ticks",
    of: ["trade_id", "price"],
    rows: [
      ["2020-01-02/1", "130.10"],
      ["2020-01-02/2", "130.20"],
      ["2020-01-03/1", "131.10"],
      ["2020-01-03/2", "131.20"],
    ],
  },
  {
    file: "19-yahoo-split.csv",
    told: AAPL,
    of: ["time", "close", "adj_close", "volume", "adjustment"],
    rows: [
      ["2020-08-27", "125.010002", "122.35", "155552400", "splits"],
      ["2020-08-28", "124.807503", "122.15", "187630000", "splits"],
      ["2020-08-31", "129.039993", "126.30", "225702700", "splits"],
      ["2020-09-01", "134.179993", "131.33", "151948100", "splits"],
    ],
    says: [/format: yahoo/],
  },
  {
    file: "22-semicolon-decimal-comma.csv",
    of: [...BAR, "open"],
    rows: [
      ["SAP.DE", "1d", "2020-01-03", "119.98", "1234567", "119.52"],
      ["SAP.DE", "1d", "2020-01-06", "118.30", "2345678", "118.50"],
    ],
    says: [/numbers: decimals behind a comma/],
  },
  {
    file: "115-german.csv",
    told: { symbol: "SAP.DE" },
    of: [...BAR, "open"],
    rows: [["SAP.DE", "1d", "2020-01-03", "119.98", "1234567", "119.52"]],
    says: [/left out: not part of bars: Volumen/],
  },
  {
    file: "23-thousands-quoted.csv",
    of: [...BAR, "open"],
    rows: [["^GSPC", "1d", "2020-01-03", "3234.85", "3461290000", "3226.36"]],
  },
  {
    file: "24-german-dot-thousands.csv",
    rows: [
      ["SAP.DE", "1d", "2020-01-03", "120", "12345"],
      ["SAP.DE", "1d", "2020-01-06", "119", "1234567"],
    ],
  },
  {
    file: "31-missing-markers.csv",
    of: ["symbol", "adj_close", "volume"],
    rows: [
      ["A1", null, null],
      ["A2", null, "100"],
      ...["A3", "A4", "A5"].map((symbol) => [symbol, "1.4", null]),
      ["A6", null, null],
      ...["A7", "A8", "A9", "A11", "A12", "A13"].map((symbol) => [symbol, "1.4", null]),
    ],
    refused: [["line 11", /open is "null"/]],
  },
  {
    file: "32-date-forms.csv",
    of: ["symbol", "time"],
    rows: [1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 14, 15, 16].map((n) => [`D${n}`, "2020-01-03"]),
    refused: [
      ...[7, 8, 14].map((n): [string, RegExp] => [`line ${n}`, /--date-order mdy or dmy/]),
      ["line 18", /a day that exists/],
      ["line 19", /must be YYYY-MM-DD/],
      ["line 20", /time of day that exists/],
      ["line 21", /--date-order mdy or dmy/],
      ...[22, 23, 24, 25, 26].map((n): [string, RegExp] => [`line ${n}`, /--time-format excel/]),
      ["line 27", /must be YYYY-MM-DD/],
      ...[28, 29, 30, 31, 32, 33].map((n): [string, RegExp] => [
        `line ${n}`,
        /--time-format excel/,
      ]),
      ["line 34", /must be YYYY-MM-DD/],
      ["line 35", /--time-format excel/],
    ],
  },
  {
    file: "34-adj-close-variants.csv",
    of: ["symbol", "close", "adj_close"],
    rows: [["AAPL", "75.09", "72.72"]],
  },
  {
    file: "114-headers-alt.csv",
    of: [...BAR, "open", "high", "low"],
    rows: [["AAPL", "1d", "2020-01-02", "75.09", "135480400", "74.06", "75.15", "73.80"]],
  },
  {
    file: "38-volume-suffix.csv",
    of: ["symbol", "volume"],
    rows: [
      ["A1", "1200000"],
      ["A2", "3400000000"],
      ["A3", "68180"],
      ["A4", "0"],
      ["A5", null],
      ["A6", "135480400"],
      ["A7", "0.00012345"],
      ["A8", null],
      ["A9", null],
    ],
    says: [/volume: 3 values that can't be read or held: null, first on line 6: "-1"/],
  },
  {
    file: "39-investing.csv",
    told: AAPL,
    rows: [
      ["AAPL", "1d", "2020-01-03", "74.36", "146320000"],
      ["AAPL", "1d", "2020-01-02", "75.09", "135650000"],
    ],
    says: [/month first, as investing does/],
  },
  {
    file: "40-nasdaq.csv",
    told: AAPL,
    rows: [
      ["AAPL", "1d", "2020-01-03", "74.3575", "146535512"],
      ["AAPL", "1d", "2020-01-02", "75.0875", "135647456"],
    ],
  },
  {
    file: "41-stooq.csv",
    rows: [
      ["AAPL.US", "1d", "2020-01-02", "72.7163", "139890152"],
      ["AAPL.US", "1d", "2020-01-03", "72.0094", "151150640"],
    ],
  },
  {
    file: "42-binance-noheader.csv",
    told: { symbol: "BTCUSDT" },
    rows: [
      ["BTCUSDT", "1h", "2020-01-03", "6980.10", "1200.5"],
      ["BTCUSDT", "1h", "2020-01-03T01:00:00Z", "6990.20", "1100.5"],
    ],
  },
  {
    file: "43-mt5.tsv",
    told: { symbol: "EURUSD", interval: "1m" },
    rows: [["EURUSD", "1m", "2020-01-03T09:30:00Z", "1.11510", "0"]],
    says: [/times: have no zone/],
  },
  {
    file: "84-kaggle-name.csv",
    rows: [["AAL", "1d", "2013-02-08", "14.75", "8407500"]],
  },
  {
    file: "47-nbsp.csv",
    of: ["symbol"],
    rows: [["AAPL"], ["AAPL"], ["AAPL"]],
  },
  {
    file: "64-set-ignored.csv",
    told: { set: { symbol: "AAPL" } },
    of: ["symbol"],
    rows: [["AAPL"]],
    says: [/left out: not part of bars: Code/],
  },
  {
    file: "66-precision.csv",
    told: { interval: "1m" },
    of: ["symbol", "close", "volume"],
    rows: [
      ["V1", "1", "883406386745030.3"],
      ["V2", "1", "12345678901234.12345678"],
      ["V3", "987654321.12345679", "1"],
      ["V4", "12345678.12345678", "9007199254740993"],
      ["V5", "123456.12345678", "90071992547409931"],
    ],
  },
  {
    file: "67-big-prices.csv",
    told: { interval: "1d" },
    of: ["symbol", "high"],
    rows: [["BTC-IDR", "1655000000"], ["BTC-VND", "2555000000"], ["TOPS-ADJ", "14420486364.5"]],
  },
  {
    file: "68-adj-negative.csv",
    of: ["symbol", "adj_close"],
    rows: [["A1", null], ["A2", "0"], ["A4", "10"]],
    refused: [["line 4", /open is 0: must be more than 0/]],
    says: [/adj_close: 1 value that can't be read or held: null, first on line 2: "-0\.35"/],
  },
  {
    file: "69-av-intraday.csv",
    told: { ...AAPL, interval: "1m", timeZone: "America/New_York" },
    of: ["time"],
    rows: [["2024-03-08T14:30:00Z"], ["2024-03-11T13:30:00Z"]],
  },
  {
    file: "69-av-intraday.csv",
    told: { ...AAPL, interval: "1m" },
    of: ["time"],
    rows: [["2024-03-08T09:30:00Z"], ["2024-03-11T09:30:00Z"]],
    says: [/times: have no zone and are taken for UTC \(--time-zone names another\)/],
  },
  {
    file: "71-newest-first-ties.csv",
    dataset: "ticks",
    of: ["time", "price"],
    rows: [
      ["2024-03-11T14:30:00Z", "101"],
      ["2024-03-11T14:30:00Z", "102"],
      ["2024-03-11T14:30:00Z", "103"],
      ["2024-03-11T14:29:59Z", "100"],
    ],
    says: [/order: newest first/],
  },
  {
    file: "76-quotes.csv",
    dataset: "quotes",
    of: ["symbol", "time", "c", "h", "l", "o", "dp"],
    rows: [
      ["AAPL", "2020-03-27T08:02:17Z", "517.96", null, null, null, "0.2"],
      ["MSFT", "2024-03-11T13:30:00Z", "191.5", "190.0", "188.0", "189.0", "0.79"],
      ["TSLA", "2024-03-11T13:30:00Z", "191.5", "192.0", "188.0", "189.0", "0.79"],
      ["IBM", "2024-03-11T13:30:00Z", "191.5", "192.0", "188.0", "189.0", null],
      ["NVDA", "2024-03-11T13:30:00Z", "191.5", "192.0", "188.0", "189.0", "0.79"],
    ],
    refused: [["line 2", /c is 0.*Finnhub's answer for a symbol that it does not know/]],
    says: [/t: 1 value rounded, first on line 5/, /h: 1 value that can't be read or held: null/],
  },
  {
    file: "123-day.csv.gz",
    dataset: "ticks",
    of: TICK,
    rows: [
      ["BTC-USD", "2024-03-11T14:30:00Z", "100", "1"],
      ["BTC-USD", "2024-03-11T14:30:10Z", "101", "2"],
    ],
  },
];

for (
  const { file, told, dataset = "bars", of = BAR, rows, refused = [], says = [] } of CASES_READ
) {
  const how = told === undefined ? "" : `, told ${JSON.stringify(told)}`;
  Deno.test(`${file} is read as what it says${how}`, async () => {
    const read = await readFile(join(CASES, file), told);
    assertEquals(read.dataset, dataset);
    assertEquals(read.rows.map((row) => of.map((name) => row[name] ?? null)), rows);
    assertEquals(read.refused.map(({ at }) => at), refused.map(([at]) => at));
    for (const [i, [, reason]] of refused.entries()) {
      assertMatch(read.refused[i]?.reason ?? "", reason);
    }
    for (const pattern of says) {
      assertMatch(
        read.notices.find((n) => pattern.test(n)) ?? "",
        pattern,
      );
    }
  });
}

/** What is not certain is asked, with the flag that answers it. */
const ASKED: readonly (readonly [file: string, RegExp, FileAnswers?])[] = [
  ["02-yf-history-tz-ny.csv", /--symbol AAPL/],
  ["07-excel-serial.csv", /Date is "43832".*--time-format excel/],
  ["08-yyyymm.csv", /Date is "202001".*yyyymm/],
  ["12-pandas-index-col.csv", /--symbol AAPL/],
  ["20-date-order.csv", /"01\/02\/2020".*--date-order mdy or dmy/],
  ["102-tv.csv", /--interval/, AAPL],
  ["14-crypto-decimals.csv", /--interval/],
  ["69-av-intraday.csv", /--interval/, AAPL],
];

for (const [file, fix, told] of ASKED) {
  Deno.test(`${file} is refused with the flag that answers it`, async () => {
    let read: FileRead | undefined;
    try {
      read = await readFile(join(CASES, file), told);
    } catch (error) {
      if (!(error instanceof TickhouseError)) throw error;
      assertEquals(error.code, "CSV_UNCERTAIN");
      assertMatch(error.message, fix);
    }
    assertEquals(read, undefined);
  });
}

Deno.test("every case is read by a test", () => {
  const tested = new Set([...CASES_READ.map(({ file }) => file), ...ASKED.map(([file]) => file)]);
  const elsewhere = ["123-day.csv", "123-day-longer.csv", "60-typo.csv", "72-sessions.csv"];
  for (const { name } of Deno.readDirSync(CASES)) {
    if (!elsewhere.includes(name)) assertEquals([name, tested.has(name)], [name, true]);
  }
});
