import { assertRead } from "./fixture.ts";

Deno.test("Cryptodatadownload: hours, newest first, under the site's address", () =>
  assertRead({
    name: "Binance_BTCUSDT_1h.csv",
    text: "https://www.CryptoDataDownload.com\n" +
      "Unix,Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USDT,tradecount\n" +
      "1578013200000,2020-01-03 01:00:00,BTCUSDT,6980.10,7010.00,6950.00,6990.20,1100.5,7691234.1,13523\n" +
      "1578009600000,2020-01-03 00:00:00,BTCUSDT,6965.49,7000.00,6925.00,6980.10,1200.5,8361234.1,14523\n",
    format: "cryptodatadownload",
    rows: 2,
    first: {
      "symbol": "BTCUSDT",
      "bar_interval": "1h",
      "open_time": "2020-01-03T01:00:00Z",
      "open": "6980.10",
      "high": "7010.00",
      "low": "6950.00",
      "close": "6990.20",
      "volume": "1100.5",
    },
    last: {
      "symbol": "BTCUSDT",
      "bar_interval": "1h",
      "open_time": "2020-01-03",
      "open": "6965.49",
      "high": "7000.00",
      "low": "6925.00",
      "close": "6980.10",
      "volume": "1200.5",
    },
  }));
