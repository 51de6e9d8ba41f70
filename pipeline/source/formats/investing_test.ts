import { assertRead } from "./fixture.ts";

Deno.test("Investing: historical data, newest first", () =>
  assertRead({
    name: "AAPL Historical Data.csv",
    text: '"Date","Price","Open","High","Low","Vol.","Change %"\n' +
      '"01/03/2020","74.36","74.29","75.14","74.13","146.32M","-0.97%"\n' +
      '"01/02/2020","75.09","74.06","75.15","73.80","135.65M","2.28%"\n',
    format: "investing",
    rows: 2,
    first: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "2020-01-03",
      "open": "74.29",
      "high": "75.14",
      "low": "74.13",
      "close": "74.36",
      "volume": "146320000",
      "adjustment": "splits",
    },
    last: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "2020-01-02",
      "open": "74.06",
      "high": "75.15",
      "low": "73.80",
      "close": "75.09",
      "volume": "135650000",
      "adjustment": "splits",
    },
  }));

Deno.test("Investing: of an edition that writes the day first, which the file shows", () =>
  assertRead({
    name: "AAPL Historical Data.csv",
    text: '"Date","Price","Open","High","Low","Vol.","Change %"\n' +
      '"14/01/2020","78.17","79.18","79.39","78.04","161.95M","-1.35%"\n' +
      '"13/01/2020","79.24","77.91","79.27","77.79","122.82M","2.14%"\n',
    format: "investing",
    rows: 2,
    first: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "2020-01-14",
      "open": "79.18",
      "high": "79.39",
      "low": "78.04",
      "close": "78.17",
      "volume": "161950000",
    },
    last: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "2020-01-13",
      "open": "77.91",
      "high": "79.27",
      "low": "77.79",
      "close": "79.24",
      "volume": "122820000",
    },
  }));
