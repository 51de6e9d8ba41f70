import { assertRead } from "./fixture.ts";

Deno.test("Stooq: bulk file, daily", () =>
  assertRead({
    name: "aapl.us.txt",
    text: "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n" +
      "AAPL.US,D,20200102,000000,71.721,72.7772,71.4664,72.7163,139890152,0\n" +
      "AAPL.US,D,20200103,000000,71.9414,72.7719,71.7841,72.0094,151150640,0\n",
    format: "stooq",
    rows: 2,
    first: {
      "symbol": "AAPL.US",
      "bar_interval": "1d",
      "open_time": "2020-01-02",
      "open": "71.721",
      "high": "72.7772",
      "low": "71.4664",
      "close": "72.7163",
      "volume": "139890152",
      "adjustment": "all",
    },
    last: {
      "symbol": "AAPL.US",
      "bar_interval": "1d",
      "open_time": "2020-01-03",
      "open": "71.9414",
      "high": "72.7719",
      "low": "71.7841",
      "close": "72.0094",
      "volume": "151150640",
      "adjustment": "all",
    },
  }));

Deno.test("Stooq: bulk file, five minutes", () =>
  assertRead({
    name: "aapl.us.txt",
    text: "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n" +
      "AAPL.US,5,20240308,153000,169,170,168,169.5,100,0\n" +
      "AAPL.US,5,20240308,153500,169.5,171,169,170.5,200,0\n",
    told: { "timeZone": "Europe/Warsaw" },
    format: "stooq",
    rows: 2,
    first: {
      "symbol": "AAPL.US",
      "bar_interval": "5m",
      "open_time": "2024-03-08T14:30:00Z",
      "open": "169",
      "high": "170",
      "low": "168",
      "close": "169.5",
      "volume": "100",
    },
    last: {
      "symbol": "AAPL.US",
      "bar_interval": "5m",
      "open_time": "2024-03-08T14:35:00Z",
      "open": "169.5",
      "high": "171",
      "low": "169",
      "close": "170.5",
      "volume": "200",
    },
  }));
