import { assertRead } from "./fixture.ts";

Deno.test("Nasdaq: historical data", () =>
  assertRead({
    name: "HistoricalData_1700000000000.csv",
    text: "Date,Close/Last,Volume,Open,High,Low\n" +
      "01/03/2020,$74.3575,146535512,$74.2875,$75.145,$74.125\n" +
      "01/02/2020,$75.0875,135647456,$74.06,$75.15,$73.7975\n",
    told: { "symbol": "AAPL" },
    format: "nasdaq",
    rows: 2,
    first: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "2020-01-03",
      "open": "74.2875",
      "high": "75.145",
      "low": "74.125",
      "close": "74.3575",
      "volume": "146535512",
    },
    last: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "2020-01-02",
      "open": "74.06",
      "high": "75.15",
      "low": "73.7975",
      "close": "75.0875",
      "volume": "135647456",
    },
  }));
