/** What can be told of a CSV file, and what of it is no answer. @module */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { Dataset } from "../../datasets/dataset.ts";
import { TickhouseError } from "../../errors.ts";
import { FORMATS } from "../formats/formats.ts";
import type { FileFormat } from "../formats/format.ts";
import { ANSWERS, type FileAnswers } from "../answers.ts";
import { intervalNamed } from "./interval.ts";
import type { Sleep } from "./pace.ts";
import { NUMBER_KINDS, type NumberKind, strptime } from "./time.ts";

/** Options of `csvSource`. */
export interface CsvOptions extends FileAnswers {
  /** The file: plain, gzip, zstd, or a zip of one file, told by its content. */
  readonly path: string;
  /** Default: the dataset that the header fits. */
  readonly dataset?: Dataset;
  /** Those that it can be. Default: all that are declared. */
  readonly datasets?: readonly Dataset[];
  /** Read the file from its start, also if it was read before. Default: false. */
  readonly again?: boolean;
  /** As fast as it goes, or in event time, `speed` times as fast as it happened. Default: "flat". */
  readonly pace?: "flat" | { readonly speed: number };
  /** Lines a batch, at the most. Default: 20,000. */
  readonly chunkRows?: number;
  /** Told what was concluded of the file, and what a reader should know but need not fix. */
  readonly onNotice?: (notice: string) => void;
  /** Milliseconds, for the pace. Default: `performance.now`. */
  readonly clock?: () => number;
  /** For the pace. Default: std's `delay`. */
  readonly sleep?: Sleep;
}

const CHUNK_ROWS_MAX = 1_000_000;

/** The answers, checked, in the form in which they are used. */
export interface Answers {
  readonly format: FileFormat | undefined;
  readonly separator: string | undefined;
  readonly numbers: NumberKind | undefined;
  readonly pattern: RegExp | undefined;
  readonly interval: string | undefined;
}

/** Checks the options. Throws `OPTION_INVALID`. */
export function answersOf(options: CsvOptions): Answers {
  const { pace = "flat", chunkRows = 1, skip = 0, dateOrder, decimal, thousands } = options;
  for (const field of ["map", "set"] as const) {
    const told: unknown = options[field];
    if (told !== undefined && (typeof told !== "object" || told === null || Array.isArray(told))) {
      throw refused(field, String(told), 'give values by column, such as { symbol: "AAPL" }');
    }
  }
  for (const field of ["symbol", "timeFormat", "timeZone", "encoding", "separator"] as const) {
    const told: unknown = options[field];
    if (told !== undefined && (typeof told !== "string" || told === "")) {
      throw refused(field, String(told), "give a text");
    }
  }
  const { columns } = options;
  if (columns !== undefined && !Array.isArray(columns)) {
    throw refused("columns", String(columns), "give a list of names");
  }
  if (!Number.isInteger(chunkRows) || chunkRows < 1 || chunkRows > CHUNK_ROWS_MAX) {
    throw refused("chunkRows", chunkRows, `give a whole number from 1 to ${CHUNK_ROWS_MAX}`);
  }
  if (pace !== "flat" && !(pace.speed > 0 && pace.speed < Infinity)) {
    throw refused("speed", pace.speed, "give a number above 0, or ask for the flat pace");
  }
  if (!Number.isInteger(skip) || skip < 0) throw refused("skip", skip, "give a number of lines");
  oneOf("dateOrder", dateOrder, ["dmy", "mdy"]);
  oneOf("decimal", decimal, [".", ","]);
  oneOf("thousands", thousands, [".", ",", " ", "'"]);
  if (decimal !== undefined && decimal === thousands) {
    throw refused("thousands", thousands, "it can't be the decimal sign too");
  }
  if (options.columns && options.header === undefined) {
    throw refused("columns", options.columns.join(","), "say that there is no header: --no-header");
  }
  const { timeFormat } = options;
  const numbers = NUMBER_KINDS.find((kind) => kind === timeFormat);
  const pattern = timeFormat === undefined || numbers ? undefined : strptime(timeFormat);
  if (timeFormat !== undefined && !numbers && !pattern) {
    throw refused(
      "timeFormat",
      timeFormat,
      `use ${NUMBER_KINDS.join(", ")}, or a pattern such as "%d.%m.%Y %H:%M"`,
    );
  }
  return {
    format: formatNamed(options.format),
    separator: separatorOf(options.separator),
    numbers,
    pattern,
    interval: intervalOf(options),
  };
}

/** What a file was read with, so that it is known when that is something else. */
export function howOf({ dataset, ...told }: CsvOptions): string {
  const all = [["dataset", dataset?.name], ...ANSWERS.map((name) => [name, told[name]])] as const;
  const given = all.filter(([, value]) => value !== undefined && !isEmpty(value));
  return given.length === 0
    ? "no options"
    : given.map(([name, value]) => `${name} ${shown(value)}`).join(", ");
}

/** A short form of the options for the state. */
export function howHash(how: string): string {
  return createHash("sha256").update(how).digest("hex").slice(0, 16);
}

/** The file's name as formats know it: without folder and packing. */
export function fileNameOf(path: string): string {
  return basename(path).replace(/\.(gz|zip|zst)$/i, "");
}

/** The symbol that a file's name plainly is: AAPL.csv, BTC-USD.csv, BRK.B (1).csv. */
export function symbolOfName(name: string): string | undefined {
  const stem = name.replace(/\.(csv|txt|tsv)$/i, "").replace(/ ?\(\d+\)$/, "");
  if (!/^\^?[A-Z][A-Z0-9]{0,11}(?:[.=-][A-Z0-9]{1,8})?$/.test(stem)) return undefined;
  return NO_SYMBOLS.has(stem) ? undefined : stem;
}

const NO_SYMBOLS = new Set(
  ["DATA", "PRICES", "PRICE", "EXPORT", "TEST", "OHLC", "OHLCV", "HISTORY", "STOCKS", "QUOTES"]
    .concat(["TRADES", "TICKS", "BARS", "FILE", "OUTPUT", "SAMPLE", "DOWNLOAD", "TABLE", "CSV"]),
);

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function intervalOf({ interval, set }: CsvOptions): string | undefined {
  const told = interval ?? set?.["bar_interval"];
  if (told === undefined) return undefined;
  const known = intervalNamed(told);
  if (known !== undefined) return known;
  throw refused("interval", told, "use such as 1m, 5m, 1h, 1d, 1wk or 1mo");
}

function formatNamed(name: string | undefined): FileFormat | undefined {
  if (name === undefined) return undefined;
  const found = FORMATS.find((format) => format.name === name);
  if (found) return found;
  throw refused("format", name, `use one of ${FORMATS.map((format) => format.name).join(", ")}`);
}

function separatorOf(told: string | undefined): string | undefined {
  if (told === undefined) return undefined;
  const separator = told === "\\t" || told.toLowerCase() === "tab" ? "\t" : told;
  if ([...separator].length === 1 && !/["\r\n]/.test(separator)) return separator;
  throw refused("separator", told, "give one character, such as ; or \\t");
}

function oneOf(field: string, value: string | undefined, known: readonly string[]): void {
  if (value === undefined || known.includes(value)) return;
  throw refused(
    field,
    value,
    `use ${known.map((one) => /\w/.test(one) ? one : JSON.stringify(one)).join(" or ")}`,
  );
}

function refused(field: string, value: unknown, fix: string): TickhouseError {
  return new TickhouseError("OPTION_INVALID", "not a value for this option", {
    field,
    value,
    fix,
  });
}
