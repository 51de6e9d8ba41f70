/** DuckDB results as text, with limits. @module */
import { JsonDuckDBValueConverter } from "@duckdb/node-api";
import { TickhouseError } from "../errors.ts";
import { type DuckDbSession, toCell } from "../duckdb/engine/file.ts";
import type { Bind } from "../sql/session.ts";

/** How much a result may be. */
export interface ResultLimits {
  readonly rowsMax: number;
  /** Of its JSON. */
  readonly bytesMax: number;
}

/**
 * Runs one statement and gives its `Result` as JSON, in pieces. No more than one of the engine's
 * chunks is held, and one row of it is made into text at a time: throws `RESULT_TOO_LARGE` at the
 * first row beyond a limit.
 */
export async function* resultText(
  session: DuckDbSession,
  sql: string,
  binds: readonly Bind[],
  { rowsMax, bytesMax }: ResultLimits,
): AsyncGenerator<string> {
  const result = await session.stream(sql, binds);
  const types = result.columnTypes().map(String);
  const columns = result.columnNames().map((name, i) => ({ name, type: types[i] ?? "" }));
  yield `{"columns":${JSON.stringify(columns)},"rows":[`;
  let rows = 0;
  let bytes = 0;
  for await (const chunk of result) {
    let text = "";
    for (let i = 0; i < chunk.rowCount; i++) {
      const row = chunk.convertRowValues(i, JsonDuckDBValueConverter);
      const cells = JSON.stringify(row.map((cell, column) => toCell(cell, types[column] ?? "")));
      bytes += cells.length;
      if (++rows > rowsMax) throw tooLarge(`${rowsMax} rows`);
      if (bytes > bytesMax) throw tooLarge(`${Math.ceil(bytesMax / 2 ** 20)} MiB`);
      text += rows === 1 ? cells : `,${cells}`;
    }
    yield text;
  }
  yield "]}";
}

/** An error for a result beyond a limit. */
export function tooLarge(limit: string): TickhouseError {
  return new TickhouseError("RESULT_TOO_LARGE", `the result has more than ${limit}`, {
    field: "sql",
    fix: "add a LIMIT, aggregate, or name fewer columns; frame() takes more rows",
  });
}
