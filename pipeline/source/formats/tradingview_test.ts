import { assertRead } from "./fixture.ts";

Deno.test("Tradingview: days, by the file's name and with the offset of the exchange", () =>
  assertRead({
    name: "NASDAQ_AAPL, 1D.csv",
    text: "time,open,high,low,close,Volume\n" +
      "2024-03-08T09:30:00-05:00,169,173.7,168.94,170.73,76114600\n" +
      "2024-03-11T09:30:00-04:00,171.0,173.0,170.5,172.75,60139500\n",
    format: "tradingview",
    rows: 2,
    first: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "2024-03-08",
      "open": "169",
      "high": "173.7",
      "low": "168.94",
      "close": "170.73",
      "volume": "76114600",
    },
    last: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "2024-03-11",
      "open": "171.0",
      "high": "173.0",
      "low": "170.5",
      "close": "172.75",
      "volume": "60139500",
    },
  }));

Deno.test("Tradingview: hours in seconds since 1970", () =>
  assertRead({
    name: "BINANCE_BTCUSDT, 60.csv",
    text: "time,open,high,low,close\n" +
      "1578009600,6965.49,7000,6925,6980.1\n" +
      "1578013200,6980.1,7010,6950,6990.2\n",
    format: "tradingview",
    rows: 2,
    first: {
      "symbol": "BTCUSDT",
      "bar_interval": "1h",
      "open_time": "2020-01-03",
      "open": "6965.49",
      "high": "7000",
      "low": "6925",
      "close": "6980.1",
      "volume": null,
    },
    last: {
      "symbol": "BTCUSDT",
      "bar_interval": "1h",
      "open_time": "2020-01-03T01:00:00Z",
      "open": "6980.1",
      "high": "7010",
      "low": "6950",
      "close": "6990.2",
      "volume": null,
    },
  }));
