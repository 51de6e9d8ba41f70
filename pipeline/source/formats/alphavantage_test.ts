import { assertRead } from "./fixture.ts";

Deno.test("Alphavantage: daily adjusted, newest first and as traded", () =>
  assertRead({
    name: "daily_adjusted_IBM.csv",
    text:
      "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient\n" +
      "2024-02-09,184.44,187.18,183.85,186.34,183.0912,5064317,1.6600,1.0\n" +
      "2024-02-08,182.63,184.55,181.49,184.36,179.5123,5161185,0.0000,1.0\n",
    format: "alphavantage-adjusted",
    rows: 2,
    first: {
      "symbol": "IBM",
      "bar_interval": "1d",
      "open_time": "2024-02-09",
      "open": "184.44",
      "high": "187.18",
      "low": "183.85",
      "close": "186.34",
      "volume": "5064317",
      "adj_close": "183.0912",
      "adjustment": "raw",
    },
    last: {
      "symbol": "IBM",
      "bar_interval": "1d",
      "open_time": "2024-02-08",
      "open": "182.63",
      "high": "184.55",
      "low": "181.49",
      "close": "184.36",
      "volume": "5161185",
      "adj_close": "179.5123",
      "adjustment": "raw",
    },
  }));

Deno.test("Alphavantage: intraday by the file's name, in the time of New York", () =>
  assertRead({
    name: "intraday_5min_IBM.csv",
    text: "timestamp,open,high,low,close,volume\n" +
      "2024-03-11 09:35:00,192.1,192.3,192.0,192.2,900\n" +
      "2024-03-11 09:30:00,192.0,192.2,191.9,192.1,12000\n",
    format: "alphavantage-intraday",
    rows: 2,
    first: {
      "symbol": "IBM",
      "bar_interval": "5m",
      "open_time": "2024-03-11T13:35:00Z",
      "open": "192.1",
      "high": "192.3",
      "low": "192.0",
      "close": "192.2",
      "volume": "900",
    },
    last: {
      "symbol": "IBM",
      "bar_interval": "5m",
      "open_time": "2024-03-11T13:30:00Z",
      "open": "192.0",
      "high": "192.2",
      "low": "191.9",
      "close": "192.1",
      "volume": "12000",
    },
  }));
