/** Alpha Vantage's names of exchanges. @module */

/** What `ref_exchanges` calls them, by the end of the symbol. */
const EXCHANGES: Readonly<Record<string, string>> = {
  ...{ LON: "XLON", DEX: "XETR", PAR: "XPAR", AMS: "XAMS", TRT: "XTSE" },
  ...{ SHH: "XSHG", SHZ: "XSHG", BSE: "XNSE" },
};

/** The exchange; null for one that is not known. Without an end it is of the United States. */
export function exchangeOfAlphaVantage(symbol: string): string | null {
  const [, end] = /[.-]([A-Za-z0-9]+)$/.exec(symbol) ?? [];
  // BRK.B is a class of shares.
  if (end === undefined || /^[A-Z]$/i.test(end)) return "XNYS";
  const name = end.toUpperCase();
  return Object.hasOwn(EXCHANGES, name) ? EXCHANGES[name] ?? null : null;
}
