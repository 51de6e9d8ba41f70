/** Files that look like others: read as what they say, or refused; never as something else. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { TempFolder } from "tickhouse/testing.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import type { FileAnswers } from "tickhouse/source/answers.ts";
import { type FileRead, readFile } from "./read.ts";

const H = "Date,Open,High,Low,Close,Volume";
const B = "10,12,9,11,1000";
const rows = (...times: string[]) => times.map((time) => `${time},${B}\n`).join("");

async function read(text: string, told: FileAnswers = {}, name = "AAPL.csv"): Promise<FileRead> {
  using folder = new TempFolder();
  const path = join(folder.path, name);
  Deno.writeTextFileSync(path, text);
  return await readFile(path, told);
}

/** What is not certain is asked. */
const ASKED: readonly (readonly [what: string, text: string, RegExp, FileAnswers?])[] = [
  ["years of two digits may stand first", `${H}\n${rows("24/01/02", "24/01/03")}`, /--date-order/],
  [
    "months apart, or days the other way round",
    `${"Date,Price,Open,High,Low,Vol.,Change %"}\n` +
    ["05/01/2024", "04/01/2024", "03/01/2024"].map((day) => `${day},11,10,12,9,1K,1%\n`).join(""),
    /--date-order/,
  ],
  [
    "an order that the file contradicts",
    `${H}\n${rows("01/02/2024", "01/16/2024")}`,
    /file says otherwise/,
    { dateOrder: "dmy" },
  ],
  [
    "ticks of .NET are no nanoseconds",
    "time,price,size\n638396928000000000,10,1\n638396928010000000,11,1\n",
    /--time-format/,
  ],
  [
    "seconds of another epoch",
    "time,price,size\n725846400,10,1\n725846401,11,1\n",
    /--time-format/,
  ],
  ["bars of a year", `${H}\n${rows("2018-12-31", "2019-12-31", "2020-12-31")}`, /--interval/],
  [
    "months, then days",
    `${H}\n${
      rows(
        ...Array.from({ length: 30 }, (_, i) =>
          new Date(Date.UTC(2020, i, 1)).toISOString().slice(0, 10)),
      )
    }${rows(...Array.from({ length: 10 }, (_, i) => `2022-07-${String(i + 4).padStart(2, "0")}`))}`,
    /--interval/,
  ],
  [
    "days as times of UTC",
    `${H}\n${
      rows("2024-01-01T23:00:00.000Z", "2024-01-02T23:00:00.000Z", "2024-01-03T23:00:00.000Z")
    }`,
    /--time-zone/,
  ],
  [
    "points that group or part, between tabs",
    `${H}\n${
      rows("2024-01-02", "2024-01-03").replaceAll(
        "10,12,9,11,1000",
        "16.751,16.800,16.700,16.760,12.345",
      )
    }`.replaceAll(",", "\t"),
    /--decimal/,
  ],
  [
    "32nds",
    `${H}\n${
      rows("2024-01-02", "2024-01-03").replaceAll("10,12,9,11", "110'165,110'170,110'160,110'165")
    }`,
    /--decimal/,
  ],
  [
    "ids that lost their digits",
    "time,price,size,id\n2024-01-02T09:30:00Z,10,1,1.23457E+12\n",
    /--map trade_id=-/,
  ],
  [
    "an id of several trades",
    "time,price,size,id\n2024-01-02T09:30:00Z,10,1,42\n2024-01-02T09:30:01Z,11,1,42\n",
    /--map trade_id=-/,
  ],
  [
    "an interval that the file has",
    `symbol,interval,time,open,high,low,close\nA,1m,2024-01-02T09:30:00Z,10,12,9,11\n`,
    /--set bar_interval=1h/,
    { interval: "1h" },
  ],
  [
    "days in a column, minutes in the times",
    `symbol,interval,time,open,high,low,close\n${
      [0, 1, 2, 3].map((m) => `A,1d,2024-01-02T09:3${m}:00Z,10,12,9,11\n`).join("")
    }`,
    /--map bar_interval=-/,
  ],
  [
    "a second header of another order",
    "time,price,size\n2024-01-02T09:30:00Z,10,500\ntime,size,price\n2024-01-02T09:31:00Z,500,10\n",
    /second header/,
  ],
  ["a pattern without a year", `${H}\n${rows("Jan 02", "Jan 03")}`, /timeFormat/, {
    timeFormat: "%b %d",
  }],
  [
    "snapshots with bid and ask",
    "time,symbol,bid,ask,last,volume\n2024-01-02T09:30:00Z,A,9,11,10,1000000\n",
    /no dataset here/,
  ],
];

for (const [what, text, pattern, told] of ASKED) {
  Deno.test(`asked or refused: ${what}`, async () => {
    let found: FileRead | undefined;
    let message = "";
    try {
      found = await read(text, told);
    } catch (error) {
      if (!(error instanceof TickhouseError)) throw error;
      message = error.message;
    }
    assertEquals(found?.rows, undefined);
    assertMatch(message, pattern);
  });
}

/** What comes, by the columns named. */
const READ: readonly (readonly [
  what: string,
  text: string,
  of: string,
  rows: unknown[][],
  FileAnswers?,
  string?,
])[] = [
  [
    "a column of intervals counts row by row",
    `symbol,interval,time,open,high,low,close\n${
      "A,1m,2024-01-02T09:30:00Z,10,12,9,11\n".repeat(2000)
    }B,1h,2024-01-02T10:00:00Z,10,12,9,11\n`,
    "symbol interval",
    [["B", "1h"]],
  ],
  [
    "days with points, month first by one of them",
    `${H}\n${rows("01.12.2024", "01.13.2024")}`,
    "time",
    [["2024-01-12"], ["2024-01-13"]],
  ],
  [
    "a column of numbers names no index",
    `index,${H}\n3,${rows("2024-01-02")}7,${rows("2024-01-03")}`,
    "symbol",
    [["AAPL"], ["AAPL"]],
  ],
  [
    "candles of Finnhub",
    "c,h,l,o,s,t,v\n11,12,9,10,ok,1704153600,1000\n11,12,9,10,ok,1704240000,1000\n",
    "symbol close volume",
    [["AAPL", "11", "1000"], ["AAPL", "11", "1000"]],
  ],
  [
    "a volume in thousands is not one of shares",
    `Date,Open,High,Low,Close,Volume (in thousands)\n${rows("2024-01-02")}`,
    "close volume",
    [["11", null]],
  ],
  [
    "days of UTC in a zone",
    `${H}\n${
      rows("2024-01-01T23:00:00.000Z", "2024-01-02T23:00:00.000Z", "2024-01-03T23:00:00.000Z")
    }`,
    "time",
    [["2024-01-02"], ["2024-01-03"], ["2024-01-04"]],
    { timeZone: "Europe/Berlin" },
  ],
  [
    "klines of three days by the file's name",
    [0, 3, 6].map((day) =>
      `${1704067200000 + day * 86400000},10,12,9,11,5,${
        1704326399999 + day * 86400000
      },1,14523,1,1,0\n`
    ).join(""),
    "interval",
    [["3d"], ["3d"], ["3d"]],
    {},
    "BTCUSDT-3d-2024-01.csv",
  ],
  [
    "sides as feeds write them",
    "time,price,size,side\n2024-01-02T09:30:00Z,10,1,Buy\n2024-01-02T09:30:01Z,10,1,SELL\n2024-01-02T09:30:02Z,10,1,b\n",
    "side",
    [["buy"], ["sell"], ["buy"]],
  ],
  ["hours and minutes without a sign", "Date,Time,Price,Size\n2024-01-02,0931,10,100\n", "time", [
    ["2024-01-02T09:31:00Z"],
  ]],
  ["times of Excel to the millisecond", "time,price,size\n45293.396530123,10,1\n", "time", [[
    "2024-01-02T09:31:00.203Z",
  ]], { timeFormat: "excel" }],
];

for (const [what, text, of, expected, told, name] of READ) {
  Deno.test(`read: ${what}`, async () => {
    const found = await read(text, told, name);
    const columns = of.replace("interval", "bar_interval").split(" ");
    const last = found.rows.slice(-expected.length);
    assertEquals(last.map((row) => columns.map((column) => row[column] ?? null)), expected);
  });
}

/** Rows that can't be what the file is. */
const REFUSED: readonly (readonly [what: string, text: string, RegExp, FileAnswers?])[] = [
  [
    "seconds since midnight are no hours",
    "Date,Time,Price,Size\n2024-01-02,34200,10,100\n",
    /Date is "2024-01-02 34200": must/,
  ],
  ["a year of either century", `${H}\n${rows("02-Jan-62")}`, /year of four digits/],
  ["thousands of a price", `${H}\n2024-01-02,10k,12k,9k,11k,1000\n`, /open is "10k"/],
  ["a value below no name", `${H},\n2024-01-02,10,12,9,11,1,234\n`, /the row has 7 fields/],
  ["days of 1900, which Excel counts wrong", `${H}\n${rows("2", "3")}`, /from 61/, {
    timeFormat: "excel",
  }],
  ["a group behind a zero", `${H}\n2024-01-02,"0.123","12,5","0,1",11,1000\n`, /open is "0\.123"/, {
    decimal: ",",
  }],
];

for (const [what, text, pattern, told] of REFUSED) {
  Deno.test(`refused: ${what}`, async () => {
    const { rows: accepted, refused } = await read(text, told);
    assertEquals(accepted, []);
    assertMatch(refused[0]?.reason ?? "", pattern);
  });
}
