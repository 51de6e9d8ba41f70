/** What a person can tell of a file of prices that does not say it by itself. @module */

/** Answers to what a file does not say by itself. */
export interface FileAnswers {
  /** Name of the vendor's format. Default: the one that fits, or none. */
  readonly format?: string;
  /** Between cells; `\t` for a tab. Default: it is seen. */
  readonly separator?: string;
  /** Lines to pass over before the header. Default: those that are no part of the table. */
  readonly skip?: number;
  /** False: the first row holds values. Default: it is seen. */
  readonly header?: boolean;
  /** Names of the columns, `-` for those to leave out, of a file without a header. */
  readonly columns?: readonly string[];
  /** As the WHATWG names it, such as windows-1252. Default: it is seen. */
  readonly encoding?: string;
  /** Header by column of the dataset, such as `{ close: "Settle" }`. */
  readonly map?: Readonly<Record<string, string>>;
  /** Value by column of the dataset, of every row; wins over the file. */
  readonly set?: Readonly<Record<string, string>>;
  /** Symbol of every row, where the file has none. Default: from the file's name, if that is one. */
  readonly symbol?: string;
  /** Of bars. Default: from their times. */
  readonly interval?: string;
  /** excel, yyyymm, yyyymmdd, s, ms, us, ns, or a pattern of strptime such as `%d.%m.%Y %H:%M`. */
  readonly timeFormat?: string;
  /** IANA name of the zone of times without an offset. Default: UTC. */
  readonly timeZone?: string;
  /** Order of day and month in days such as 03/04/2024. Default: it is seen, or asked for. */
  readonly dateOrder?: "dmy" | "mdy";
  /** Default: it is seen, or asked for. */
  readonly decimal?: "." | ",";
  /** Between groups of digits. Default: it is seen, or asked for. */
  readonly thousands?: "." | "," | " " | "'";
}

/** Their names. */
export const ANSWERS: readonly (keyof FileAnswers)[] = [
  ...["format", "separator", "skip", "header", "columns", "encoding", "map", "set"] as const,
  ...["symbol", "interval", "timeFormat", "timeZone", "dateOrder", "decimal"] as const,
  "thousands",
];
