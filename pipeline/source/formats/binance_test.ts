import { assertRead } from "./fixture.ts";

Deno.test("Binance: klines in milliseconds, without header", () =>
  assertRead({
    name: "BTCUSDT-1h-2020-01.csv",
    text:
      "1578009600000,6965.49,7000.00,6925.00,6980.10,1200.5,1578013199999,8361234.1,14523,600.25,4180617.05,0\n" +
      "1578013200000,6980.10,7010.00,6950.00,6990.20,1100.5,1578016799999,7691234.1,13523,500.25,3480617.05,0\n",
    format: "binance-klines",
    rows: 2,
    first: {
      "symbol": "BTCUSDT",
      "bar_interval": "1h",
      "open_time": "2020-01-03",
      "open": "6965.49",
      "high": "7000.00",
      "low": "6925.00",
      "close": "6980.10",
      "volume": "1200.5",
    },
    last: {
      "symbol": "BTCUSDT",
      "bar_interval": "1h",
      "open_time": "2020-01-03T01:00:00Z",
      "open": "6980.10",
      "high": "7010.00",
      "low": "6950.00",
      "close": "6990.20",
      "volume": "1100.5",
    },
  }));

Deno.test("Binance: klines in microseconds, with a header", () =>
  assertRead({
    name: "BTCUSDT-1h-2025-01.csv",
    text:
      "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n" +
      "1578009600000000,6965.49,7000.00,6925.00,6980.10,1200.5,1578013199999999,8361234.1,14523,600.25,4180617.05,0\n" +
      "1578013200000000,6980.10,7010.00,6950.00,6990.20,1100.5,1578016799999999,7691234.1,13523,500.25,3480617.05,0\n",
    format: "binance-klines",
    rows: 2,
    first: {
      "symbol": "BTCUSDT",
      "bar_interval": "1h",
      "open_time": "2020-01-03",
      "open": "6965.49",
      "high": "7000.00",
      "low": "6925.00",
      "close": "6980.10",
      "volume": "1200.5",
    },
    last: {
      "symbol": "BTCUSDT",
      "bar_interval": "1h",
      "open_time": "2020-01-03T01:00:00Z",
      "open": "6980.10",
      "high": "7010.00",
      "low": "6950.00",
      "close": "6990.20",
      "volume": "1100.5",
    },
  }));

Deno.test("Binance: days of one month alone", () =>
  assertRead({
    name: "BTCUSDT-1d-2020-01.csv",
    text:
      "1578009600000,6965.49,7000.00,6925.00,6980.10,1200.5,1578095999999,8361234.1,14523,600.25,4180617.05,0\n",
    format: "binance-klines",
    rows: 1,
    first: {
      "symbol": "BTCUSDT",
      "bar_interval": "1d",
      "open_time": "2020-01-03",
      "open": "6965.49",
      "high": "7000.00",
      "low": "6925.00",
      "close": "6980.10",
      "volume": "1200.5",
    },
    last: {
      "symbol": "BTCUSDT",
      "bar_interval": "1d",
      "open_time": "2020-01-03",
      "open": "6965.49",
      "high": "7000.00",
      "low": "6925.00",
      "close": "6980.10",
      "volume": "1200.5",
    },
  }));

Deno.test("Binance: aggregated trades, without header", () =>
  assertRead({
    name: "BTCUSDT-aggTrades-2024-03-11.csv",
    text: "2930001,72000.10,0.00100000,3400001,3400002,1710163800120,True,True\n" +
      "2930002,72000.20,0.50000000,3400003,3400003,1710163800250,False,True\n",
    format: "binance-aggtrades",
    rows: 2,
    first: {
      "symbol": "BTCUSDT",
      "event_time": "2024-03-11T13:30:00.120Z",
      "price": "72000.10",
      "size": "0.001",
      "side": "sell",
      "trade_id": "2930001",
    },
    last: {
      "symbol": "BTCUSDT",
      "event_time": "2024-03-11T13:30:00.250Z",
      "price": "72000.20",
      "size": "0.5",
      "side": "buy",
      "trade_id": "2930002",
    },
  }));

Deno.test("Binance: aggregated trades of futures, with a header", () =>
  assertRead({
    name: "BTCUSDT-aggTrades-2024-03-11.csv",
    text:
      "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n" +
      "2930001,72000.1,0.001,3400001,3400002,1710163800120,true\n",
    format: "binance-aggtrades",
    rows: 1,
    first: { "symbol": "BTCUSDT", "price": "72000.1", "side": "sell", "trade_id": "2930001" },
    last: { "event_time": "2024-03-11T13:30:00.120Z", "size": "0.001" },
  }));

Deno.test("Binance: single trades", () =>
  assertRead({
    name: "BTCUSDT-trades-2024-03-11.csv",
    text: "3400001,72000.10,0.00100000,72.00010000,1710163800120,True,True\n" +
      "3400002,72000.10,0.00200000,144.00020000,1710163800120,False,True\n",
    format: "binance-trades",
    rows: 2,
    first: {
      "symbol": "BTCUSDT",
      "price": "72000.10",
      "size": "0.001",
      "side": "sell",
      "trade_id": "3400001",
    },
    last: {
      "symbol": "BTCUSDT",
      "price": "72000.10",
      "size": "0.002",
      "side": "buy",
      "trade_id": "3400002",
    },
  }));
