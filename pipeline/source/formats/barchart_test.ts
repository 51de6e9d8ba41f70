import { assertRead } from "./fixture.ts";

Deno.test("Barchart: price history, its note at the end left out", () =>
  assertRead({
    name: "aapl_daily_historical-data-price-history.csv",
    text: "Time,Open,High,Low,Last,Change,%Chg,Volume\n" +
      "2024-03-12,173.15,174.03,171.01,173.23,0.48,+0.28%,59825400\n" +
      "2024-03-11,171.0,173.0,170.5,172.75,2.02,+1.18%,60139500\n" +
      '"Downloaded from Barchart.com as of 03-12-2024 04:33pm CDT"\n',
    format: "barchart",
    rows: 2,
    first: {
      "symbol": "AAPL",
      "bar_interval": "1d",
      "open_time": "2024-03-12",
      "open": "173.15",
      "high": "174.03",
      "low": "171.01",
      "close": "173.23",
      "volume": "59825400",
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
