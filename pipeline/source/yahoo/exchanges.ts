/** Yahoo's names of exchanges. @module */

/** What `ref_exchanges` calls them, by `meta.exchangeName`. Those of one holiday calendar and clock share it. */
const EXCHANGES: Readonly<Record<string, string>> = {
  ...{ NMS: "XNAS", NGM: "XNAS", NCM: "XNAS", NAS: "XNAS", NIM: "XNAS" },
  ...{ NYQ: "XNYS", NYS: "XNYS", ASE: "XNYS", PCX: "XNYS", BTS: "XNYS", SNP: "XNYS", DJI: "XNYS" },
  ...{ LSE: "XLON", FGI: "XLON", GER: "XETR", PAR: "XPAR", AMS: "XAMS", EBS: "XSWX" },
  ...{ JPX: "XTKS", TYO: "XTKS", OSA: "XTKS", HKG: "XHKG", SHH: "XSHG", SHZ: "XSHG" },
  ...{ TOR: "XTSE", ASX: "XASX", NSI: "XNSE", BSE: "XNSE", KSC: "XKRX", KOE: "XKRX" },
  ...{ CCC: "ALWAYS", CCY: "FX", CME: "CMES" },
};

/** The exchange; null for one that is not known. */
export function exchangeOfYahoo(exchangeName: string): string | null {
  return EXCHANGES[exchangeName] ?? null;
}
