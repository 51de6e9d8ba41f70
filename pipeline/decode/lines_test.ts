import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { TempFolder, validMessage } from "../testing.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { DATASETS, ticks } from "../datasets/datasets.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { tableColumns, typedLines, validity } from "./lines.ts";

for (const dataset of DATASETS) {
  Deno.test(`typedLines() of ${dataset.name} gives one row a line, in order, all valid`, async () => {
    const rows = await rowsOf(
      dataset,
      Array.from({ length: 30 }, (_, i) => validMessage(dataset, i)),
    );
    assertEquals(rows.map((row) => row.slice(0, 2)), rows.map((_, i) => [i + 1, true]));
  });
}

Deno.test("validity() draws each line where the declaration does", async () => {
  const cases: [Record<string, unknown>, boolean][] = [
    [{}, true],
    [{ price: 9_999_999_999 }, true],
    [{ price: 9_999_999_999.1 }, false],
    [{ price: -1, signed: "yes" }, true],
    [{ price: -1, signed: null }, false],
    [{ price: -9_999_999_999.1, signed: "yes" }, false],
    [{ signed: "no" }, false],
    [{ size: null }, true],
    [{ action: "cancel" }, true],
    [{ action: "undo" }, false],
    [{ price: 0.00000001 }, true],
    [{ price: 0 }, false],
    [{ price: 0.000000001 }, false],
    [{ size: 0 }, true],
    [{ size: -0.1 }, false],
    [{ symbol: "x".repeat(32) }, true],
    [{ symbol: "ü".repeat(32) }, true],
    [{ symbol: "x".repeat(33) }, false],
    [{ symbol: "ü".repeat(33) }, false],
    [{ symbol: "" }, false],
    [{ symbol: ["A"] }, false],
    [{ symbol: { a: 1 } }, false],
    [{ symbol: "^GSPC" }, true],
    [{ symbol: "\\" }, true],
    [{ symbol: "|x" }, true],
    [{ event_time: 315_532_800_000_000 }, true],
    [{ event_time: 315_532_799_999_999 }, false],
    [{ event_time: 4_102_444_800_000_001 }, false],
    [{ trade_id: null }, false],
    [{ unknown: 1 }, true],
  ];
  const messages = cases.map(([change], i) => ({ ...validMessage(ticks, i), ...change }));
  const rows = await rowsOf(ticks, messages);
  for (const [i, [change, valid]] of cases.entries()) {
    assertEquals(rows[i]?.[1], valid, JSON.stringify(change));
  }
});

/** Row number and validity of each message, then the columns as the table holds them. */
async function rowsOf(dataset: Dataset, messages: readonly Record<string, unknown>[]) {
  using folder = new TempFolder();
  const path = join(folder.path, "it's lines.ndjson");
  Deno.writeTextFileSync(path, messages.map((m) => JSON.stringify(m) + "\n").join(""));
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  const { rows } = await session.query(
    `SELECT _row, coalesce(${validity(dataset)}, false), ${tableColumns(dataset)}
     FROM (${typedLines(dataset, path)}) ORDER BY _row`,
  );
  return rows;
}
