export interface ParseOptions {
  separator?: string;
  comment?: string;
  trimLeadingSpace?: boolean;
  lazyQuotes?: boolean;
  fieldsPerRecord?: number;
  skipFirstRow?: boolean;
  columns?: readonly string[];
}
export function parse(input: string, options?: ParseOptions & { skipFirstRow?: false; columns?: undefined }): string[][];
export function parse(input: string, options: ParseOptions): Record<string, string>[];
export class CsvParseStream extends TransformStream<string, string[]> {
  constructor(options?: ParseOptions);
  readonly readable: ReadableStream<string[]>;
  readonly writable: WritableStream<string>;
}
export function stringify(
  data: readonly (readonly unknown[] | Record<string, unknown>)[],
  options?: { columns?: readonly string[]; headers?: boolean; separator?: string; crlf?: boolean },
): string;
