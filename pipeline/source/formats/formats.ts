/** The vendors' formats that files are compared with. @module */
import { alphavantageAdjusted, alphavantageIntraday } from "./alphavantage.ts";
import { barchart } from "./barchart.ts";
import { binanceAggTrades, binanceKlines, binanceTrades } from "./binance.ts";
import { cryptodatadownload } from "./cryptodatadownload.ts";
import { dukascopy } from "./dukascopy.ts";
import type { FileFormat } from "./format.ts";
import { german } from "./german.ts";
import { investing } from "./investing.ts";
import { kaggleHuge, kaggleSp500 } from "./kaggle.ts";
import { metatrader4, metatrader5 } from "./metatrader.ts";
import { nasdaq } from "./nasdaq.ts";
import { nseBhavcopy, nseHistory } from "./nse.ts";
import { polygonAggregates, polygonTrades } from "./polygon.ts";
import { quandl } from "./quandl.ts";
import { stooq } from "./stooq.ts";
import { tradingview } from "./tradingview.ts";
import { yahoo, yahooOld } from "./yahoo.ts";
import { yfinance, yfinanceRaw } from "./yfinance.ts";

/** All of them; the first that fits counts. */
export const FORMATS: readonly FileFormat[] = [
  cryptodatadownload,
  ...[alphavantageIntraday, alphavantageAdjusted],
  ...[yfinance, yfinanceRaw, yahoo, yahooOld],
  ...[stooq, investing, nasdaq, barchart, metatrader5, metatrader4],
  ...[binanceKlines, binanceAggTrades, binanceTrades, dukascopy],
  ...[polygonAggregates, polygonTrades, quandl, kaggleSp500, kaggleHuge],
  ...[nseBhavcopy, nseHistory, german, tradingview],
];
