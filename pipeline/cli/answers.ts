/** The flags that answer what a file does not say by itself; the same on `ingest` and `stream`. @module */
import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import type { FileAnswers } from "../source/answers.ts";
import { TickhouseError } from "../errors.ts";

/** What `withAnswers` adds to the flags of a verb. */
export interface AnswerFlags {
  readonly dataset?: string;
  readonly format?: string;
  readonly map?: string[];
  readonly set?: string[];
  readonly symbol?: string;
  readonly interval?: string;
  readonly timeFormat?: string;
  readonly timeZone?: string;
  readonly dateOrder?: string;
  readonly decimal?: string;
  readonly thousands?: string;
  readonly separator?: string;
  readonly skip?: number;
  /** True unless `--no-header` was given. */
  readonly header: boolean;
  readonly columns?: string[];
  readonly encoding?: string;
  readonly again: boolean;
  readonly preview: boolean;
}

/** The command with the flags that say what a file is. */
// deno-lint-ignore no-explicit-any -- Commander's types grow with each option.
export function withAnswers<T extends Command<any, any, any>>(command: T): T {
  command
    .option("--dataset <name>", "ticks, quotes, bars or index_bars; default: what the header fits")
    .option("--format <name>", "the vendor's format; default: the one that fits, or none")
    .option("--map <column=Header...>", "which column of the file is which of the dataset")
    .option("--set <column=value...>", "a value of every row; wins over the file")
    .option("--symbol <name>", "of every row, where the file has none")
    .option("--interval <name>", "of bars, such as 1m, 1h, 1d; default: from their times")
    .option("--time-format <name>", "excel, yyyymm, yyyymmdd, s, ms, us, ns or such as %d.%m.%Y")
    .option("--time-zone <name>", "of times without an offset, such as America/New_York")
    .option("--date-order <order>", "day and month in days such as 03/04/2024: dmy or mdy")
    .option("--decimal <sign>", ". or ,; default: it is seen")
    .option("--thousands <sign>", "between groups of digits; default: it is seen")
    .option("--separator <text>", "between cells, \\t for a tab; default: it is seen")
    .option("--skip <lines>", "lines before the header", lines)
    .option("--no-header", "the first row holds values")
    .option("--columns <names>", "of a file without a header, by commas; - for none", columns)
    .option("--encoding <name>", "such as windows-1252; default: it is seen")
    .option("--again", "read the file from its start, also if it was read before", false)
    .option("--preview", "show what would be stored, and store nothing", false);
  return command;
}

/** What the flags answer. Throws `OPTION_INVALID`. */
export function answersOf(flags: AnswerFlags): FileAnswers & { again: boolean } {
  const { header, map, set, dateOrder, decimal, thousands, again } = flags;
  const told = Object.fromEntries(
    (["format", "symbol", "interval", "timeFormat", "timeZone", "separator", "skip"] as const)
      .map((name) => [name, flags[name]] as const).filter(([, value]) => value !== undefined),
  );
  return {
    ...told,
    again,
    ...(flags.columns === undefined ? {} : { columns: flags.columns }),
    ...(flags.encoding === undefined ? {} : { encoding: flags.encoding }),
    ...(header ? {} : { header: false }),
    ...(map === undefined ? {} : { map: assignments("--map", map) }),
    ...(set === undefined ? {} : { set: assignments("--set", set) }),
    ...(dateOrder === undefined
      ? {}
      : { dateOrder: oneOf("--date-order", dateOrder, DATE_ORDERS) }),
    ...(decimal === undefined ? {} : { decimal: oneOf("--decimal", decimal, DECIMALS) }),
    ...(thousands === undefined ? {} : { thousands: oneOf("--thousands", thousands, THOUSANDS) }),
  };
}

/** Refuses them where no file is read. Throws `OPTION_INVALID`. */
export function assertNoAnswers(flags: AnswerFlags): void {
  const given = Object.keys({ ...answersOf(flags), again: undefined }).filter((name) =>
    name !== "again"
  );
  const [name = flags.preview ? "preview" : flags.again ? "again" : undefined] = given;
  if (name === undefined) return;
  throw new TickhouseError("OPTION_INVALID", "it says what a file is, and no file is read", {
    field: `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    fix: "leave it out, or read a file: --source csv --file prices.csv",
  });
}

const DATE_ORDERS = ["dmy", "mdy"] as const;
const DECIMALS = [".", ","] as const;
const THOUSANDS = [".", ",", " ", "'"] as const;

/** `column=value`. Throws `OPTION_INVALID`. */
function assignments(field: string, texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((text) => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
    const example = field === "--set" ? "symbol=AAPL" : "close=Settle";
    throw new TickhouseError("OPTION_INVALID", "not of the form column=value", {
      field,
      value: text,
      fix: `write such as ${field} ${example}`,
    });
  }));
}

function oneOf<T extends string>(field: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw new TickhouseError("OPTION_INVALID", "not a value for this option", {
    field,
    value: text,
    fix: `use ${known.map((one) => /\w/.test(one) ? one : JSON.stringify(one)).join(" or ")}`,
  });
}

function lines(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError("Use a number of lines.");
}

function columns(text: string): string[] {
  return text.split(",").map((name) => name.trim());
}
