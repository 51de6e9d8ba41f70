import { assertRead } from "./fixture.ts";

Deno.test("Polygon: aggregates of days, which begin at midnight in New York", () =>
  assertRead({
    name: "2024-03-11.csv",
    text: "ticker,volume,open,close,high,low,window_start,transactions\n" +
      "A,1500000,147.1,148.2,148.9,146.5,1710129600000000000,20000\n" +
      "AA,4500000,28.1,28.2,28.9,27.5,1710129600000000000,30000\n",
    told: { "interval": "1d" },
    format: "polygon-aggregates",
    rows: 2,
    first: {
      "symbol": "A",
      "bar_interval": "1d",
      "open_time": "2024-03-11",
      "open": "147.1",
      "high": "148.9",
      "low": "146.5",
      "close": "148.2",
      "volume": "1500000",
      "adjustment": "raw",
    },
    last: {
      "symbol": "AA",
      "bar_interval": "1d",
      "open_time": "2024-03-11",
      "open": "28.1",
      "high": "28.9",
      "low": "27.5",
      "close": "28.2",
      "volume": "4500000",
      "adjustment": "raw",
    },
  }));

Deno.test("Polygon: aggregates of minutes", () =>
  assertRead({
    name: "2024-03-11.csv",
    text: "ticker,volume,open,close,high,low,window_start,transactions\n" +
      "A,1500,147.1,148.2,148.9,146.5,1710163800000000000,20\n" +
      "A,4500,148.1,148.2,148.9,147.5,1710163860000000000,30\n",
    format: "polygon-aggregates",
    rows: 2,
    first: {
      "symbol": "A",
      "bar_interval": "1m",
      "open_time": "2024-03-11T13:30:00Z",
      "open": "147.1",
      "high": "148.9",
      "low": "146.5",
      "close": "148.2",
      "volume": "1500",
    },
    last: {
      "symbol": "A",
      "bar_interval": "1m",
      "open_time": "2024-03-11T13:31:00Z",
      "open": "148.1",
      "high": "148.9",
      "low": "147.5",
      "close": "148.2",
      "volume": "4500",
    },
  }));

Deno.test("Polygon: trades", () =>
  assertRead({
    name: "2024-03-11.csv",
    text:
      "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,sip_timestamp,size,tape,trf_id,trf_timestamp\n" +
      'A,"12,37",0,11,1,1710163800000000000,147.1,1011,1710163800000100000,5,1,0,0\n' +
      "A,,8,4,71,1710163800100000000,147.2,1012,1710163800100200000,100,1,201,1710163800100100000\n",
    format: "polygon-trades",
    rows: 2,
    first: {
      "symbol": "A",
      "event_time": "2024-03-11T13:30:00Z",
      "price": "147.1",
      "size": "5",
      "trade_id": "1710163800000100:147.1:5",
      "sequence": "1011",
      "conditions": "12 37",
      "venue": "11",
      "action": null,
      "receive_time": null,
    },
    last: {
      "symbol": "A",
      "event_time": "2024-03-11T13:30:00.100Z",
      "price": "147.2",
      "size": "100",
      "trade_id": "1710163800100200:147.2:100",
      "sequence": "1012",
      "conditions": null,
      "venue": "4",
      "action": "cancel",
    },
  }));
