import { assertRead } from "./fixture.ts";

Deno.test("Yahoo: the download", () =>
  assertRead({
    name: "AAPL.csv",
    text: "Date,Open,High,Low,Close,Adj Close,Volume\n" +
      "2020-08-27,127.142502,127.485001,123.832497,125.010002,122.35,155552400\n" +
      "2020-08-28,126.012497,126.442497,124.577499,124.807503,null,187630000\n",
    format: "yahoo",
    rows: 2,
    first: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "2020-08-27",
      "open": "127.142502",
      "high": "127.485001",
      "low": "123.832497",
      "close": "125.010002",
      "volume": "155552400",
      "adj_close": "122.35",
      "adjustment": "splits",
    },
    last: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "2020-08-28",
      "open": "126.012497",
      "high": "126.442497",
      "low": "124.577499",
      "close": "124.807503",
      "volume": "187630000",
      "adj_close": null,
      "adjustment": "splits",
    },
  }));

Deno.test("Yahoo: the download until 2017, newest first and as traded", () =>
  assertRead({
    name: "AAPL.csv",
    text: "Date,Open,High,Low,Close,Volume,Adj Close\n" +
      "2005-03-01,44.99,45.11,44.16,44.50,16709000,44.50\n" +
      "2005-02-28,44.68,45.14,43.96,44.86,23271000,44.86\n",
    format: "yahoo-old",
    rows: 2,
    first: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "2005-03-01",
      "open": "44.99",
      "high": "45.11",
      "low": "44.16",
      "close": "44.50",
      "volume": "16709000",
      "adjustment": "raw",
    },
    last: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "2005-02-28",
      "open": "44.68",
      "high": "45.14",
      "low": "43.96",
      "close": "44.86",
      "volume": "23271000",
      "adjustment": "raw",
    },
  }));
