/** Options of `parse` and `CsvParseStream`. */
export interface ParseOptions {
  /** Between fields. Default: ",". */
  separator?: string;
  /** Lines that begin with it are left out. Default: none. */
  comment?: string;
  /** Drops white space before fields. Default: false. */
  trimLeadingSpace?: boolean;
  /** Lets a quote stand in an unquoted field. Default: false. */
  lazyQuotes?: boolean;
  /** How many fields a record must have; 0: as many as the first one. Default: any. */
  fieldsPerRecord?: number;
  /** The first record names the columns. Default: false. */
  skipFirstRow?: boolean;
  /** Names of the columns; records are objects then. Default: records are arrays. */
  columns?: readonly string[];
}
/** Options of `stringify`. */
export interface StringifyOptions {
  /** The properties to write, in order. Default: records are arrays. */
  columns?: readonly string[];
  /** Writes the names of the columns first. Default: true. */
  headers?: boolean;
  /** Between fields. Default: ",". */
  separator?: string;
  /** Begins with a byte order mark. Default: false. */
  bom?: boolean;
}
/** The records of a CSV text as arrays; throws SyntaxError. */
export function parse(input: string, options?: ParseOptions & { skipFirstRow?: false; columns?: undefined }): string[][];
/** The records of a CSV text as objects; throws SyntaxError. */
export function parse(input: string, options: ParseOptions): Record<string, string>[];
/** From pieces of CSV text to records; errs with SyntaxError. */
export class CsvParseStream implements TransformStream<string, string[]> {
  /** Options as of `parse`. */
  constructor(options?: ParseOptions);
  /** The records. */
  readonly readable: ReadableStream<string[]>;
  /** The text. */
  readonly writable: WritableStream<string>;
}
/** CSV text of records; lines end in CRLF. */
export function stringify(
  data: readonly (readonly unknown[] | Record<string, unknown>)[],
  options?: StringifyOptions,
): string;
