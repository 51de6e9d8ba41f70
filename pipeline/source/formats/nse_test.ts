import { assertRead } from "./fixture.ts";

Deno.test("Nse: bhavcopy", () =>
  assertRead({
    name: "cm03JAN2020bhav.csv",
    text:
      "SYMBOL,SERIES,OPEN,HIGH,LOW,CLOSE,LAST,PREVCLOSE,TOTTRDQTY,TOTTRDVAL,TIMESTAMP,TOTALTRADES,ISIN,\n" +
      "20MICRONS,EQ,36.1,37.2,35.8,36.6,36.5,36.2,40871,1495817.6,03-JAN-2020,549,INE144J01027,\n" +
      "RELIANCE,EQ,1533,1541.65,1523,1537.15,1535.3,1535.3,9593498,14706467553.45,03-JAN-2020,189520,INE002A01018,\n",
    format: "nse-bhavcopy",
    rows: 2,
    first: {
      "symbol": "20MICRONS",
      "bar_interval": "1d",
      "open_time": "2020-01-03",
      "open": "36.1",
      "high": "37.2",
      "low": "35.8",
      "close": "36.6",
      "volume": "40871",
    },
    last: {
      "symbol": "RELIANCE",
      "bar_interval": "1d",
      "open_time": "2020-01-03",
      "open": "1533",
      "high": "1541.65",
      "low": "1523",
      "close": "1537.15",
      "volume": "9593498",
    },
  }));

Deno.test("Nse: history of a security, digits in Indian groups", () =>
  assertRead({
    name: "Quote-Equity-RELIANCE-EQ-01-01-2020-to-03-01-2020.csv",
    text:
      '"Date ","series ","OPEN ","HIGH ","LOW ","PREV. CLOSE ","ltp ","close ","vwap ","52W H","52W L ","VOLUME ","VALUE ","No of trades "\n' +
      '"03-Jan-2020","EQ","1,533.00","1,541.65","1,523.00","1,535.30","1,535.30","1,537.15","1,532.96","1,617.55","1,088.00","95,93,498","14,70,64,67,553.45","1,89,520"\n' +
      '"02-Jan-2020","EQ","1,512.00","1,540.95","1,512.00","1,509.60","1,534.00","1,535.30","1,531.83","1,617.55","1,088.00","84,69,100","12,97,32,19,041.70","1,60,120"\n',
    format: "nse-history",
    rows: 2,
    first: {
      "symbol": "RELIANCE",
      "bar_interval": "1d",
      "open_time": "2020-01-03",
      "open": "1533.00",
      "high": "1541.65",
      "low": "1523.00",
      "close": "1537.15",
      "volume": "9593498",
    },
    last: {
      "symbol": "RELIANCE",
      "bar_interval": "1d",
      "open_time": "2020-01-02",
      "open": "1512.00",
      "high": "1540.95",
      "low": "1512.00",
      "close": "1535.30",
      "volume": "8469100",
    },
  }));
