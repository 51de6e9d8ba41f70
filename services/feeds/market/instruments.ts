/**
 * What the feeds trade, and what each provider calls it.
 * @module
 */

/** What kind of thing it is, as Yahoo calls it. */
export type Kind = "EQUITY" | "INDEX" | "CRYPTOCURRENCY" | "CURRENCY";

/** One thing that is traded. */
export interface FeedInstrument {
  /** Yahoo's symbol: it is the instrument's name here. */
  readonly symbol: string;
  /** Finnhub's symbol. */
  readonly finnhub: string;
  /** Alpha Vantage's symbol; none: it answers with an error. */
  readonly alphavantage?: string;
  readonly name: string;
  readonly kind: Kind;
  /** Code of the exchange, as in models/seeds/ref_exchanges.csv. */
  readonly exchange: string;
  readonly currency: string;
  /** Digits of a price behind the point. */
  readonly digits: number;
  /** Digits of a size behind the point. */
  readonly sizeDigits: number;
  /** About the price at the beginning of 2026, in units of the currency. */
  readonly price: number;
  /** Annual volatility, such as 0.3. */
  readonly volatility: number;
  /** About what is traded in a day. */
  readonly volume: number;
  /** Trades a second, in the regular session. */
  readonly rate: number;
  /** First day of trading, YYYY-MM-DD. */
  readonly since: string;
  /** The name in data/stocks_daily.csv.gz and ref_corporate_actions.csv. Default: the symbol. */
  readonly instrument?: string;
}

type Given = Omit<FeedInstrument, "finnhub"> & { readonly finnhub?: string };

const US = {
  kind: "EQUITY",
  currency: "USD",
  digits: 2,
  sizeDigits: 0,
  volatility: 0.3,
  volume: 20_000_000,
  rate: 2,
  since: "2000-01-03",
} as const;
const ABROAD = { ...US, volume: 5_000_000, rate: 0.5 } as const;
const CRYPTO = {
  ...US,
  kind: "CRYPTOCURRENCY",
  exchange: "ALWAYS",
  sizeDigits: 5,
  volatility: 0.6,
  rate: 2,
} as const;

function us(symbol: string, exchange: string, name: string, price: number, more = {}): Given {
  return { ...US, symbol, exchange, name, price, alphavantage: symbol, ...more };
}

const GIVEN: readonly Given[] = [
  us("AAPL", "XNAS", "Apple Inc.", 272),
  us("MSFT", "XNAS", "Microsoft Corporation", 480),
  us("GOOG", "XNAS", "Alphabet Inc.", 314, { since: "2004-08-19" }),
  us("GOOGL", "XNAS", "Alphabet Inc.", 313, { since: "2004-08-19" }),
  us("AMZN", "XNAS", "Amazon.com, Inc.", 231),
  us("TSLA", "XNAS", "Tesla, Inc.", 450, { since: "2010-06-29", volatility: 0.55 }),
  us("NVDA", "XNAS", "NVIDIA Corporation", 187, { volatility: 0.45 }),
  us("META", "XNAS", "Meta Platforms, Inc.", 660, { since: "2012-05-18", instrument: "FB" }),
  us("IBM", "XNYS", "International Business Machines Corporation", 296, { volume: 4_000_000 }),
  us("JPM", "XNYS", "JPMorgan Chase & Co.", 322, { volume: 9_000_000 }),
  us("KO", "XNYS", "The Coca-Cola Company", 70, { volatility: 0.17 }),
  us("BRK-B", "XNYS", "Berkshire Hathaway Inc.", 502, {
    finnhub: "BRK.B",
    alphavantage: "BRK-B",
    since: "2000-01-03",
    volume: 4_000_000,
  }),
  {
    ...ABROAD,
    symbol: "VOD.L",
    alphavantage: "VOD.LON",
    exchange: "XLON",
    name: "Vodafone Group Public Limited Company",
    currency: "GBp",
    price: 99.5,
    volume: 60_000_000,
  },
  {
    ...ABROAD,
    symbol: "SAP.DE",
    alphavantage: "SAP.DEX",
    exchange: "XETR",
    name: "SAP SE",
    currency: "EUR",
    price: 208,
    volume: 1_500_000,
  },
  {
    ...ABROAD,
    symbol: "7203.T",
    exchange: "XTKS",
    name: "Toyota Motor Corporation",
    currency: "JPY",
    digits: 1,
    price: 3360,
    volume: 25_000_000,
  },
  {
    ...ABROAD,
    symbol: "0700.HK",
    exchange: "XHKG",
    name: "Tencent Holdings Limited",
    currency: "HKD",
    price: 599,
    since: "2004-06-16",
  },
  {
    ...US,
    symbol: "^GSPC",
    kind: "INDEX",
    exchange: "XNYS",
    name: "S&P 500",
    price: 6845,
    volatility: 0.16,
    volume: 3_000_000_000,
    rate: 1,
  },
  {
    ...CRYPTO,
    symbol: "BTC-USD",
    finnhub: "BINANCE:BTCUSDT",
    name: "Bitcoin USD",
    price: 88_000,
    volume: 25_000,
    since: "2014-09-17",
  },
  {
    ...CRYPTO,
    symbol: "ETH-USD",
    finnhub: "BINANCE:ETHUSDT",
    name: "Ethereum USD",
    price: 2_970,
    volume: 400_000,
    since: "2017-11-09",
  },
  {
    ...US,
    symbol: "EURUSD=X",
    finnhub: "OANDA:EUR_USD",
    kind: "CURRENCY",
    exchange: "FX",
    name: "EUR/USD",
    digits: 5,
    price: 1.1745,
    volatility: 0.08,
    volume: 1_000_000,
    rate: 1,
    since: "2003-12-01",
  },
];

/** All of them. */
export const FEED_INSTRUMENTS: readonly FeedInstrument[] = GIVEN.map((one) => (
  { ...one, finnhub: one.finnhub ?? one.symbol }
));

/** Whether it is traded in the United States, where there are conditions and extended hours. */
export function isUnitedStates({ exchange, kind }: FeedInstrument): boolean {
  return kind === "EQUITY" && (exchange === "XNAS" || exchange === "XNYS");
}
