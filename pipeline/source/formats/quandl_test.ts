import { assertRead } from "./fixture.ts";

Deno.test("Quandl: WIKI prices, as traded", () =>
  assertRead({
    name: "WIKI-AAPL.csv",
    text:
      "Date,Open,High,Low,Close,Volume,Ex-Dividend,Split Ratio,Adj. Open,Adj. High,Adj. Low,Adj. Close,Adj. Volume\n" +
      "2014-06-06,649.9,651.26,644.47,645.57,12497800,0.0,1.0,87.9,88.1,87.2,87.3,87484600\n" +
      "2014-06-09,92.7,93.88,91.75,93.7,75415000,0.0,7.0,87.8,88.9,86.9,88.7,75415000\n",
    format: "quandl-wiki",
    rows: 2,
    first: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "2014-06-06",
      "open": "649.9",
      "high": "651.26",
      "low": "644.47",
      "close": "645.57",
      "volume": "12497800",
      "adj_close": "87.3",
      "adjustment": "raw",
    },
    last: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "2014-06-09",
      "open": "92.7",
      "high": "93.88",
      "low": "91.75",
      "close": "93.7",
      "volume": "75415000",
      "adj_close": "88.7",
      "adjustment": "raw",
    },
  }));
