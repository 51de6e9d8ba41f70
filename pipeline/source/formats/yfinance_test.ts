import { assertRead } from "./fixture.ts";

Deno.test("Yfinance: Ticker.history(), days in the zone of the exchange", () =>
  assertRead({
    name: "AAPL.csv",
    text: "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n" +
      "2020-08-28 00:00:00-04:00,124.1,124.5,122.6,122.9,187630000,0.0,0.0\n" +
      "2020-08-31 00:00:00-04:00,125.6,129.0,124.0,127.0,225702700,0.0,4.0\n",
    format: "yfinance",
    rows: 2,
    first: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "2020-08-28",
      "open": "124.1",
      "high": "124.5",
      "low": "122.6",
      "close": "122.9",
      "volume": "187630000",
      "adjustment": "all",
    },
    last: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "2020-08-31",
      "open": "125.6",
      "high": "129.0",
      "low": "124.0",
      "close": "127.0",
      "volume": "225702700",
      "adjustment": "all",
    },
  }));

Deno.test("Yfinance: auto_adjust=False, hourly in the zone of the exchange", () =>
  assertRead({
    name: "AAPL.csv",
    text: "Datetime,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits\n" +
      "2024-03-08 09:30:00-05:00,169,170,168,169.5,169.5,100,0.0,0.0\n" +
      "2024-03-08 10:30:00-05:00,169.5,171,169,170.5,170.5,200,0.0,0.0\n" +
      "2024-03-11 09:30:00-04:00,171,173,170.5,172.75,172.75,300,0.0,0.0\n",
    format: "yfinance-unadjusted",
    rows: 3,
    first: {
      "symbol": "AAPL",
      "bar_interval": "1h",
      "open_time": "2024-03-08T14:30:00Z",
      "open": "169",
      "high": "170",
      "low": "168",
      "close": "169.5",
      "volume": "100",
      "adjustment": "splits",
    },
    last: {
      "symbol": "AAPL",
      "bar_interval": "1h",
      "open_time": "2024-03-11T13:30:00Z",
      "open": "171",
      "high": "173",
      "low": "170.5",
      "close": "172.75",
      "volume": "300",
      "adjustment": "splits",
    },
  }));
