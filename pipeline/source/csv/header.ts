/** What the columns of a CSV file mean: its header against the datasets. @module */
import { type Column, type Dataset, wireName } from "../../datasets/dataset.ts";
import { DATASETS } from "../../datasets/datasets.ts";
import { TickhouseError } from "../../errors.ts";

/** Names under which files are known to carry a column, besides its own two. */
const SYNONYMS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  ticks: {
    symbol: ["ticker", "instrument", "code"],
    price: ["last", "lastprice", "tradeprice", "p"],
    size: ["quantity", "qty", "volume", "vol", "amount", "shares", "v"],
    event_time: ["timestamp", "time", "datetime", "tradetime", "date", "ts", "t"],
    trade_id: ["id", "tid"],
    source: ["feed"],
  },
  quotes: {
    symbol: ["ticker", "instrument", "code"],
    c: ["current", "currentprice", "price", "last"],
    d: ["change"],
    dp: ["changepercent", "percentchange"],
    h: ["high"],
    l: ["low"],
    o: ["open"],
    pc: ["previousclose", "prevclose"],
    t: ["timestamp", "time", "datetime", "eventtime"],
    source: ["feed"],
  },
  bars: {
    symbol: ["ticker", "instrument", "code"],
    bar_interval: ["interval", "timeframe", "resolution"],
    open_time: ["date", "datetime", "timestamp", "time", "day", "tradingday", "start"],
    open: ["o"],
    high: ["h"],
    low: ["l"],
    close: ["c"],
    adj_close: ["adjustedclose", "adj"],
    volume: ["vol", "v"],
    source: ["feed"],
  },
  index_bars: {
    index: ["indexname"],
    date: ["day", "tradingday"],
    adj_close: ["adjustedclose"],
    volume: ["vol"],
  },
};

/** Where each column of the dataset comes from. */
export interface Layout {
  readonly dataset: Dataset;
  /** By column of the dataset: the index of its cell, or undefined if the file has none. */
  readonly cells: ReadonlyMap<string, number>;
  /** By column of the dataset: the value of every row, where the file has none. */
  readonly constants: ReadonlyMap<string, string>;
  /** True if the row's identity stands in for the missing trade id. */
  readonly lineAsId: boolean;
  /** Names in the header that mean nothing to the dataset. */
  readonly extra: readonly string[];
  readonly header: readonly string[];
}

interface Fit extends Layout {
  readonly missing: readonly string[];
}

/**
 * Finds out which of the datasets the header fits, and its columns. `defaults` are values for
 * columns that the file does not have. Throws `CSV_COLUMNS_MISSING` or `CSV_COLUMNS_AMBIGUOUS`.
 */
export function layoutOf(
  header: readonly string[],
  defaults: Readonly<Record<string, string>> = {},
  datasets: readonly Dataset[] = DATASETS,
): Layout {
  const fits = datasets.map((d) => fit(header, d, defaults));
  const complete = fits.filter((f) => f.missing.length === 0);
  const [best, second] = (complete.length > 0 ? complete : fits)
    .toSorted((a, b) => a.missing.length - b.missing.length || b.cells.size - a.cells.size);
  if (!best) throw new TypeError("no dataset to fit");
  if (complete.length === 0) throw missingColumns(best);
  if (second && complete.length > 1 && second.cells.size === best.cells.size) {
    throw new TickhouseError("CSV_COLUMNS_AMBIGUOUS", "the columns fit several datasets", {
      field: "header",
      value: header.join(","),
      fix: `name the dataset: ${complete.map((f) => f.dataset.name).join(" or ")}`,
    });
  }
  const unknown = Object.keys(defaults).find((n) =>
    !best.dataset.columns.some((c) => c.name === n)
  );
  if (unknown !== undefined) {
    throw new TickhouseError("OPTION_INVALID", `${best.dataset.name} has no such column`, {
      field: "defaults",
      value: unknown,
      fix: `give values for ${best.dataset.columns.map((c) => c.name).join(", ")}`,
    });
  }
  return best;
}

/** What a reader of the rows should know of how they were made. */
export function noticesOf({ dataset, extra, constants, lineAsId }: Layout): string[] {
  const notices = [...constants].map(([name, value]) =>
    `${name} is ${JSON.stringify(value)} in every row`
  );
  if (extra.length > 0) notices.push(`not part of ${dataset.name}, left out: ${extra.join(", ")}`);
  if (lineAsId) notices.push("trade_id is made of the file's hash and the line: the file has none");
  return notices;
}

function fit(
  header: readonly string[],
  dataset: Dataset,
  defaults: Readonly<Record<string, string>>,
): Fit {
  const names = header.map(normal);
  const cells = new Map<string, number>();
  for (const column of dataset.columns) {
    const index = find(header, names, dataset, column);
    if (index >= 0) cells.set(column.name, index);
  }
  const constants = new Map(Object.entries(defaults).filter(([name]) => !cells.has(name)));
  const supply = (name: string, value: string) => {
    const known = dataset.columns.some((c) => c.name === name);
    if (known && !cells.has(name) && !constants.has(name)) constants.set(name, value);
  };
  supply("source", "csv");
  // A column of days says that the bars are daily; nothing else does.
  const time = names[cells.get("open_time") ?? -1] ?? "";
  if (["date", "day", "tradingday"].includes(time)) supply("bar_interval", "1d");
  const lacks = (name: string) => !cells.has(name) && !constants.has(name);
  const lineAsId = dataset.columns.some((c) => c.name === "trade_id") && lacks("trade_id");
  return {
    dataset,
    cells,
    constants,
    lineAsId,
    extra: header.filter((_, i) => ![...cells.values()].includes(i)),
    header,
    missing: dataset.columns
      .filter((c) => !c.nullable && lacks(c.name) && !(lineAsId && c.name === "trade_id"))
      .map((c) => c.name),
  };
}

/** Index of the column's cell: by its own names first, then by synonyms in their order; -1 for none. */
function find(
  header: readonly string[],
  names: readonly string[],
  dataset: Dataset,
  column: Column,
): number {
  const own = [normal(column.name), normal(wireName(column))];
  for (const name of [...own, ...SYNONYMS[dataset.name]?.[column.name] ?? []]) {
    const index = names.indexOf(name);
    if (index < 0) continue;
    const again = names.indexOf(name, index + 1);
    if (again < 0) return index;
    throw new TickhouseError("CSV_COLUMNS_AMBIGUOUS", `two columns can be ${column.name}`, {
      field: "header",
      value: `${header[index]}, ${header[again]}`,
      fix: "rename or drop one of them",
    });
  }
  return -1;
}

function normal(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]+/g, "");
}

function missingColumns({ dataset, header, missing }: Fit): TickhouseError {
  const expected = dataset.columns.filter((c) => !c.nullable).map((c) => c.name).join(", ");
  const [only] = header;
  const separator = header.length === 1 && /[;\t|]/.exec(only ?? "")?.[0];
  return new TickhouseError(
    "CSV_COLUMNS_MISSING",
    `found no column for ${missing.join(", ")}; ${dataset.name} needs ${expected}`,
    {
      field: "header",
      value: header.join(","),
      fix: separator
        ? `name the separator ${JSON.stringify(separator)}`
        : "rename the columns, name another dataset, or give a value for what is missing",
    },
  );
}
