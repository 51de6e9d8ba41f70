/** What the columns of a CSV file mean: its header against the datasets. @module */
import { type Column, type Dataset, wireName } from "../../datasets/dataset.ts";
import { DATASETS } from "../../datasets/datasets.ts";
import { TickhouseError } from "../../errors.ts";
import type { FileFormat } from "../formats/format.ts";

const SYMBOL = ["symbol", "ticker", "sym", "tickersymbol", "stocksymbol", "instrument", "security"]
  .concat(["code", "stock", "stockcode", "pair", "contract", "productid", "asset", "name"]);
const TIME = ["datetime", "timestamp", "time", "date", "day", "tradingday", "tradedate"]
  .concat(["tradingdate", "datum", "date1", "dt", "ts", "unix", "unixtime", "t"]);
const VOLUME = ["vol", "tradedvolume", "totalvolume", "stuecke", "stücke", "tottrdqty"]
  .concat(["ttltrdqnty", "volumen", "pxvolume", "v"]);
const RECEIVED = ["receivetime", "receivedtime", "receivedat", "received", "receivetimestamp"]
  .concat(["recvtime", "tsrecv", "localtimestamp", "arrivaltime", "siptimestamp"]);
const OHLC = {
  open: ["openprice", "openingprice", "eröffnung", "eroeffnung", "erster", "pxopen", "o"],
  high: ["highprice", "hoch", "tageshoch", "pxhigh", "h"],
  low: ["lowprice", "tief", "tagestief", "pxlow", "l"],
  close: ["closelast", "closeprice", "closingprice", "schlusskurs", "schluss", "last", "lastprice"]
    .concat(["latest", "price", "settle", "pxlast", "c"]),
};
const ADJUSTED = ["adjustedclose", "adj", "closeadj", "adjustedclosingprice", "adjclosingprice"];

/** Names under which files are known to carry a column, besides its own two. */
const SYNONYMS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  ticks: {
    symbol: [...SYMBOL, "s"],
    price: ["last", "lastprice", "tradeprice", "p"],
    size: ["quantity", "qty", "volume", "vol", "amount", "shares", "v", "q"],
    event_time: ["eventtime", "tradetime", ...TIME, "participanttimestamp", "exchangetimestamp"]
      .concat(["tsevent", "siptimestamp"]),
    trade_id: ["id", "tid", "aggtradeid"],
    sequence: ["sequencenumber", "seq"],
    source: ["feed"],
    conditions: ["condition", "cond", "conds", "salecondition", "saleconditions", "salecond"]
      .concat(["tradecondition", "tradeconditions", "trscond"]),
    venue: ["exchange", "exch", "ex", "mic", "marketcenter", "exchangecode"],
    currency: ["ccy", "curr", "pricecurrency"],
    receive_time: RECEIVED,
  },
  quotes: {
    symbol: SYMBOL,
    c: ["current", "currentprice", "price", "last"],
    d: ["change"],
    dp: ["changepercent", "percentchange", "change%"],
    h: ["high"],
    l: ["low"],
    o: ["open"],
    pc: ["previousclose", "prevclose"],
    t: ["eventtime", ...TIME],
    source: ["feed"],
    receive_time: RECEIVED,
  },
  bars: {
    symbol: SYMBOL,
    bar_interval: ["interval", "timeframe", "resolution", "per"],
    open_time: ["start", "windowstart", ...TIME],
    ...OHLC,
    adj_close: ADJUSTED,
    volume: VOLUME,
    source: ["feed"],
  },
  index_bars: {
    index: ["indexname"],
    date: TIME,
    ...OHLC,
    adj_close: ADJUSTED,
    volume: VOLUME,
  },
};

/** Currencies that prices are in, and words: a volume of them is money, or something else. */
const QUOTED = /^(usd[tc]?|eur|gbp|jpy|busd|tusd|dai|change|ma|avg|average|weighted|traded)$/i;

/** Source of the rows of a file that is of no format that is known. */
export const UNKNOWN_FORMAT = "csv";

/** Where each column of the dataset comes from. */
export interface Layout {
  readonly dataset: Dataset;
  /** By column of the dataset: the index of its cell, or undefined if the file has none. */
  readonly cells: ReadonlyMap<string, number>;
  /** By column of the dataset: the value of every row. */
  readonly constants: ReadonlyMap<string, string>;
  /** Index of the cell with the time of day, where the day is in a cell of its own. */
  readonly clock: number | undefined;
  /** Cells with dividends and splits, which are no columns of the dataset. */
  readonly events: { readonly dividend?: number; readonly split?: number };
  /** True if an id is made of the trade, since the file has none. */
  readonly madeId: boolean;
  /** Required columns of which nothing is known. */
  readonly missing: readonly string[];
  /** Names in the header that mean nothing to the dataset. */
  readonly extra: readonly string[];
  readonly header: readonly string[];
}

/** What is told of the columns. */
export interface ColumnsTold {
  readonly header: readonly string[];
  /** Rows behind the header, to see what a column holds. */
  readonly rows: readonly (readonly string[])[];
  readonly format?: FileFormat | undefined;
  /** Source of the rows, unless the file says it. Default: the format's name. */
  readonly source?: string | undefined;
  /** Header by column of the dataset. */
  readonly map: Readonly<Record<string, string>>;
  /** Value by column of the dataset; wins over the file. */
  readonly set: Readonly<Record<string, string>>;
  readonly datasets?: readonly Dataset[] | undefined;
}

/** A name as it is compared: small letters, and nothing but letters, digits and %. */
export function normalName(name: string): string {
  // Open (USD); what else stands in parentheses can be another unit, or another price.
  const bare = name.replaceAll(/\((?:USD|EUR|GBP|JPY|CHF|CAD|AUD|INR|CNY|HKD|USDT|shares)\)/gi, "");
  const text = /[\p{L}\p{N}]/u.test(bare) ? bare : name;
  return text.normalize("NFC").toLowerCase().replaceAll(/[^\p{L}\p{N}%]+/gu, "");
}

/** Whether some dataset knows a column of that name. */
export function isKnownName(name: string): boolean {
  const normal = normalName(name);
  return DATASETS.some((dataset) =>
    dataset.columns.some((column) => namesOf(dataset, column).includes(normal))
  );
}

/**
 * Finds out which dataset the header fits, and its columns. What nothing is known of is `missing`.
 * Throws `CSV_COLUMNS_MISSING`, `CSV_COLUMNS_AMBIGUOUS` and `OPTION_INVALID`.
 */
export function layoutOf(told: ColumnsTold): Layout {
  const { format, header } = told;
  const named = told.datasets?.length === 1 ? told.datasets : undefined;
  const datasets = named ??
    (told.datasets ?? DATASETS).filter(({ name }) => !format || name === format.dataset);
  const fits = (datasets.length > 0 ? datasets : DATASETS).map((dataset) => fit(dataset, told));
  const likely = named ? fits : fits.filter((layout) => canBe(layout));
  const ranked = (likely.length > 0 ? likely : fits).toSorted((a, b) =>
    a.missing.length - b.missing.length || b.cells.size - a.cells.size
  );
  const [best, second] = ranked;
  if (!best) throw new TypeError("no dataset to fit");
  const essential = best.missing.filter((name) => !ANSWERED.includes(name));
  if (essential.length > 0) throw bidAndAsk(header, fits) ?? missingColumns(best, essential);
  const tied = second && second.missing.length === best.missing.length &&
    second.cells.size === best.cells.size;
  if (tied) {
    throw new TickhouseError("CSV_COLUMNS_AMBIGUOUS", "the columns fit several datasets", {
      field: "header",
      value: header.join(","),
      fix: `name the dataset: --dataset ${best.dataset.name} or ${second.dataset.name}`,
    });
  }
  checkNames(best, told);
  return best;
}

/** Columns whose value a flag can give, or that follow from the rows. */
const ANSWERED = ["symbol", "bar_interval", "index"];

/** High and low together are bars; of a quote they are the day's, beside its previous close. */
function canBe({ dataset, cells, header }: Layout): boolean {
  const has = (...names: string[]) => names.every((name) => cells.has(name));
  switch (dataset.name) {
    case "ticks":
      return !["high", "low"].every((name) => hasPrice(header, name as keyof typeof OHLC)) &&
        !["bid", "ask"].every((name) => header.some((one) => normalName(one) === name));
    case "quotes":
      return has("c", "t") && (has("pc") || has("d", "dp")) &&
        !header.some((name) => normalName(name) === "close");
    case "index_bars":
      return has("index");
    default:
      return true;
  }
}

function hasPrice(header: readonly string[], name: keyof typeof OHLC): boolean {
  return header.map(normalName).some((one) => one === name || OHLC[name].includes(one));
}

function fit(dataset: Dataset, told: ColumnsTold): Layout {
  const { header, format, map, set } = told;
  const names = header.map(normalName);
  const cells = new Map<string, number>();
  const constants = new Map(Object.entries(set));
  for (const column of dataset.columns) {
    if (constants.has(column.name)) continue;
    const index = find(header, names, dataset, column, map[column.name], format);
    // An id that is always empty is none.
    const empty = column.name === "trade_id" && told.rows.every((row) => !row[index]?.trim());
    if (index >= 0 && !empty) cells.set(column.name, index);
  }
  if (dataset.columns.some(({ name }) => name === "volume") && !cells.has("volume")) {
    // Crypto exchanges name what is counted: Volume BTC, Volume USDT.
    const counted = header.map((name) => /^volume[ _]([A-Z0-9]{2,10})$/i.exec(name.trim())?.[1]);
    const index = counted.findIndex((name) => name !== undefined && !QUOTED.test(name));
    if (index >= 0 && !constants.has("volume")) cells.set("volume", index);
  }
  // The only time of a trade is when it happened.
  if (cells.get("receive_time") === cells.get(dataset.eventTime)) cells.delete("receive_time");
  dropCounter(cells, told);
  preferDay(cells, names, told, dataset);
  const supply = (name: string, value: string) => {
    const known = dataset.columns.some((c) => c.name === name);
    if (known && !cells.has(name) && !constants.has(name)) constants.set(name, value);
  };
  for (const [name, value] of Object.entries(format?.constants ?? {})) supply(name, value);
  supply("source", told.source ?? format?.name ?? UNKNOWN_FORMAT);
  const lacks = (name: string) => !cells.has(name) && !constants.has(name);
  const madeId = dataset.columns.some((c) => c.name === "trade_id") && lacks("trade_id");
  const clock = clockOf(names, cells.get(dataset.eventTime), format);
  const used = new Set([...cells.values(), clock]);
  const event = (...wanted: string[]) => {
    const index = names.findIndex((name) => wanted.includes(name));
    return index >= 0 && !used.has(index) ? index : undefined;
  };
  const dividend = event("dividends", "dividend", "dividendamount", "exdividend");
  const split = event("stocksplits", "splitcoefficient", "splitratio");
  for (const index of [dividend, split]) if (index !== undefined) used.add(index);
  const extra = header.filter((_, i) => !used.has(i));
  return {
    dataset,
    cells,
    constants,
    clock,
    events: {
      ...(dividend === undefined ? {} : { dividend }),
      ...(split === undefined ? {} : { split }),
    },
    madeId,
    missing: dataset.columns
      .filter((c) => !c.nullable && lacks(c.name) && !(madeId && c.name === "trade_id"))
      .map((c) => c.name),
    extra,
    header,
  };
}

/** A column of numbers, as pandas writes one of 0, 1, 2 …, names no index. */
function dropCounter(cells: Map<string, number>, { rows }: ColumnsTold): void {
  const index = cells.get("index");
  if (index === undefined || rows.length === 0) return;
  if (rows.every((row) => /^\d+(\.0+)?$/.test(row[index]?.trim() ?? ""))) cells.delete("index");
}

const DAYS = ["date", "day", "datum", "tradedate", "tradingday"];

/** A column of times of day is not the one of days beside it. */
function preferDay(
  cells: Map<string, number>,
  names: readonly string[],
  { rows, map, format }: ColumnsTold,
  { eventTime }: Dataset,
): void {
  const index = cells.get(eventTime);
  if (index === undefined || map[eventTime] !== undefined || format?.columns?.[eventTime]) return;
  const day = names.findIndex((name) => DAYS.includes(name));
  if (day < 0 || day === index) return;
  const filled = rows.map((row) => row[index]?.trim() ?? "").filter((cell) => cell !== "");
  if (filled.every((cell) => /^(\d{1,2}:\d\d|\d{1,6}$)/.test(cell))) cells.set(eventTime, day);
}

function clockOf(
  names: readonly string[],
  day: number | undefined,
  format: FileFormat | undefined,
): number | undefined {
  if (day === undefined) return undefined;
  if (format?.clock !== undefined) {
    const index = names.indexOf(normalName(format.clock));
    return index < 0 ? undefined : index;
  }
  if (!DAYS.includes(names[day] ?? "")) return undefined;
  const index = names.findIndex((name, i) => i !== day && ["time", "hour", "zeit"].includes(name));
  return index < 0 ? undefined : index;
}

/** Index of the column's cell: as told, then by its own names, then by synonyms; -1 for none. */
function find(
  header: readonly string[],
  names: readonly string[],
  dataset: Dataset,
  column: Column,
  mapped: string | undefined,
  format: FileFormat | undefined,
): number {
  if (mapped === "-") return -1;
  if (mapped !== undefined) {
    const exact = header.indexOf(mapped);
    const index = exact >= 0 ? exact : names.indexOf(normalName(mapped));
    if (index >= 0) return index;
    throw new TickhouseError("OPTION_INVALID", "the file has no such column", {
      field: "map",
      value: `${column.name}=${mapped}`,
      fix: `name one of ${header.join(", ")}`,
    });
  }
  const vendor = format?.dataset === dataset.name ? format.columns?.[column.name] : undefined;
  if (vendor === null) return -1;
  const wanted = vendor === undefined ? namesOf(dataset, column) : [normalName(vendor)];
  for (const name of [...wanted, ...(vendor === undefined ? [] : namesOf(dataset, column))]) {
    const index = names.indexOf(name);
    if (index < 0) continue;
    const again = names.indexOf(name, index + 1);
    if (again < 0) return index;
    throw new TickhouseError("CSV_COLUMNS_AMBIGUOUS", `two columns can be ${column.name}`, {
      field: "header",
      value: `${header[index]}, ${header[again]}`,
      fix: `rename or drop one of them`,
    });
  }
  return -1;
}

function namesOf(dataset: Dataset, column: Column): string[] {
  const own = [normalName(column.name), normalName(wireName(column))];
  return [...own, ...SYNONYMS[dataset.name]?.[column.name] ?? []];
}

/** Names in options that the dataset does not have. */
function checkNames({ dataset }: Layout, { map, set }: ColumnsTold): void {
  const known = (name: string) => dataset.columns.some((c) => c.name === name);
  for (const [field, names] of Object.entries({ map, set })) {
    const unknown = Object.keys(names).find((name) => !known(name));
    if (unknown === undefined) continue;
    throw new TickhouseError("OPTION_INVALID", `${dataset.name} has no such column`, {
      field,
      value: unknown,
      fix: `use one of ${dataset.columns.map((c) => c.name).join(", ")}`,
    });
  }
}

const BID = /^(best)?bid(price|px)?$/;
const ASK = /^(best)?(ask|offer|ofr)(price|px)?$/;

/** Of a file of bids and asks: there is no dataset of them. */
function bidAndAsk(header: readonly string[], fits: readonly Layout[]): TickhouseError | undefined {
  const sides = [BID, ASK].map((side) => header.find((name) => side.test(normalName(name))));
  if (sides.includes(undefined)) return undefined;
  const trades = fits.find(({ dataset }) => dataset.name === "ticks");
  return new TickhouseError(
    "CSV_COLUMNS_MISSING",
    "quotes of bid and ask are no dataset here, which are trades, bars, Finnhub's quotes of a day " +
      "and bars of indexes",
    {
      field: "header",
      value: sides.join(","),
      fix: trades?.missing.some((name) => !ANSWERED.includes(name))
        ? "name a file of trades or bars"
        : "if its price is that of a trade, name them: --dataset ticks",
    },
  );
}

function missingColumns(
  { dataset, header }: Layout,
  missing: readonly string[],
): TickhouseError {
  const expected = dataset.columns.filter((c) => !c.nullable).map((c) => c.name).join(", ");
  return new TickhouseError(
    "CSV_COLUMNS_MISSING",
    `found no column for ${missing.join(", ")}; ${dataset.name} needs ${expected}`,
    {
      field: "header",
      value: header.join(","),
      fix: `say which it is by such as --map ${missing[0]}=${header.at(-1) || "Name"}, give its ` +
        `value by --set, or name the dataset by --dataset`,
    },
  );
}
