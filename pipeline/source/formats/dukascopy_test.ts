import { assertRead } from "./fixture.ts";

Deno.test("Dukascopy: a minute, in GMT and day first", () =>
  assertRead({
    name: "EURUSD_Candlestick_1_M_BID_03.01.2020-03.01.2020.csv",
    text: "Gmt time,Open,High,Low,Close,Volume\n" +
      "03.01.2020 09:30:00.000,1.11500,1.11520,1.11490,1.11510,120.5\n" +
      "03.01.2020 09:31:00.000,1.11510,1.11530,1.11500,1.11520,98.25\n",
    format: "dukascopy",
    rows: 2,
    first: {
      "symbol": "EURUSD",
      "bar_interval": "1m",
      "open_time": "2020-01-03T09:30:00Z",
      "open": "1.11500",
      "high": "1.11520",
      "low": "1.11490",
      "close": "1.11510",
      "volume": "120.5",
    },
    last: {
      "symbol": "EURUSD",
      "bar_interval": "1m",
      "open_time": "2020-01-03T09:31:00Z",
      "open": "1.11510",
      "high": "1.11530",
      "low": "1.11500",
      "close": "1.11520",
      "volume": "98.25",
    },
  }));
