import { assertRead } from "./fixture.ts";

Deno.test("Metatrader: MetaTrader 5, a minute", () =>
  assertRead({
    name: "EURUSD_M1_202001030930_202001030931.csv",
    text: "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n" +
      "2020.01.03\t09:30:00\t1.11500\t1.11520\t1.11490\t1.11510\t120\t0\t1\n" +
      "2020.01.03\t09:31:00\t1.11510\t1.11530\t1.11500\t1.11520\t98\t0\t1\n",
    format: "metatrader5",
    rows: 2,
    first: {
      "symbol": "EURUSD",
      "bar_interval": "1m",
      "open_time": "2020-01-03T09:30:00Z",
      "open": "1.11500",
      "high": "1.11520",
      "low": "1.11490",
      "close": "1.11510",
      "volume": "0",
    },
    last: {
      "symbol": "EURUSD",
      "bar_interval": "1m",
      "open_time": "2020-01-03T09:31:00Z",
      "open": "1.11510",
      "high": "1.11530",
      "low": "1.11500",
      "close": "1.11520",
      "volume": "0",
    },
  }));

Deno.test("Metatrader: MetaTrader 5, days", () =>
  assertRead({
    name: "EURUSD_Daily_202001020000_202001030000.csv",
    text: "<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n" +
      "2020.01.02\t1.12120\t1.12240\t1.11630\t1.11710\t52034\t0\t1\n" +
      "2020.01.03\t1.11710\t1.11800\t1.11250\t1.11600\t62121\t0\t1\n",
    format: "metatrader5",
    rows: 2,
    first: {
      "symbol": "EURUSD",
      "bar_interval": "1d",
      "open_time": "2020-01-02",
      "open": "1.12120",
      "high": "1.12240",
      "low": "1.11630",
      "close": "1.11710",
      "volume": "0",
    },
    last: {
      "symbol": "EURUSD",
      "bar_interval": "1d",
      "open_time": "2020-01-03",
      "open": "1.11710",
      "high": "1.11800",
      "low": "1.11250",
      "close": "1.11600",
      "volume": "0",
    },
  }));

Deno.test("Metatrader: MetaTrader 4, an hour by the file's name, without header", () =>
  assertRead({
    name: "EURUSD60.csv",
    text: "2020.01.03,09:00,1.11500,1.11520,1.11490,1.11510,1200\n" +
      "2020.01.03,10:00,1.11510,1.11530,1.11500,1.11520,980\n",
    format: "metatrader4",
    rows: 2,
    first: {
      "symbol": "EURUSD",
      "bar_interval": "1h",
      "open_time": "2020-01-03T09:00:00Z",
      "open": "1.11500",
      "high": "1.11520",
      "low": "1.11490",
      "close": "1.11510",
      "volume": "1200",
    },
    last: {
      "symbol": "EURUSD",
      "bar_interval": "1h",
      "open_time": "2020-01-03T10:00:00Z",
      "open": "1.11510",
      "high": "1.11530",
      "low": "1.11500",
      "close": "1.11520",
      "volume": "980",
    },
  }));
