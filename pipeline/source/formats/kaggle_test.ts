import { assertRead } from "./fixture.ts";

Deno.test("Kaggle: S&P 500 stock data", () =>
  assertRead({
    name: "all_stocks_5yr.csv",
    text: "date,open,high,low,close,volume,Name\n" +
      "2013-02-08,15.07,15.12,14.63,14.75,8407500,AAL\n" +
      "2013-02-11,14.89,15.01,14.26,14.46,8882000,AAL\n",
    format: "kaggle-sp500",
    rows: 2,
    first: {
      "symbol": "AAL",
      "bar_interval": "1d",
      "open_time": "2013-02-08",
      "open": "15.07",
      "high": "15.12",
      "low": "14.63",
      "close": "14.75",
      "volume": "8407500",
    },
    last: {
      "symbol": "AAL",
      "bar_interval": "1d",
      "open_time": "2013-02-11",
      "open": "14.89",
      "high": "15.01",
      "low": "14.26",
      "close": "14.46",
      "volume": "8882000",
    },
  }));

Deno.test("Kaggle: Huge Stock Market Dataset, its symbol by the file's name", () =>
  assertRead({
    name: "aapl.us.txt",
    text: "Date,Open,High,Low,Close,Volume,OpenInt\n" +
      "1984-09-07,0.42388,0.42902,0.41874,0.42388,23220030,0\n" +
      "1984-09-10,0.42388,0.42516,0.41366,0.42134,18022532,0\n",
    format: "kaggle-huge",
    rows: 2,
    first: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "1984-09-07",
      "open": "0.42388",
      "high": "0.42902",
      "low": "0.41874",
      "close": "0.42388",
      "volume": "23220030",
      "adjustment": "all",
    },
    last: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "1984-09-10",
      "open": "0.42388",
      "high": "0.42516",
      "low": "0.41366",
      "close": "0.42134",
      "volume": "18022532",
      "adjustment": "all",
    },
  }));
