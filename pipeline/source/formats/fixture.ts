/** A vendor's file as it would be stored, for the tests of the formats. @module */
import { join } from "node:path";
import { assertEquals, assertMatch } from "@std/assert";
import { TempFolder } from "../../testing.ts";
import type { FileAnswers } from "../answers.ts";
import { csvSource } from "../csv/csv.ts";
import { previewRow } from "../csv/preview.ts";
import type { FileRow } from "../preview.ts";

/** A file and what must come of it. */
export interface VendorFile {
  /** As the vendor names it. */
  readonly name: string;
  readonly text: string;
  readonly told?: FileAnswers;
  /** Name of the format that must be seen. */
  readonly format: string;
  readonly rows: number;
  /** Values of the first row by column, and of the last. */
  readonly first: FileRow;
  readonly last: FileRow;
}

/** Reads the file, and compares its first and last row by value. */
export async function assertRead(
  { name, text, told = {}, format, rows, first, last }: VendorFile,
): Promise<void> {
  using folder = new TempFolder();
  const path = join(folder.path, name);
  await Deno.writeTextFile(path, text);
  const notices: string[] = [];
  const onNotice = (notice: string) => notices.push(notice);
  const source = await csvSource({ ...told, path, onNotice });
  assertMatch(notices.join("\n"), new RegExp(`^format: ${format}: `, "m"));
  const read: FileRow[] = [];
  for await (const { records, refused } of source.read(undefined, new AbortController().signal)) {
    assertEquals(refused.map(({ at, reason }) => `${at}: ${reason}`), []);
    for (const { values } of records) {
      for (let i = 0; i < values.length; i++) {
        read.push(previewRow(source.dataset, new TextDecoder().decode(values.at(i))));
      }
    }
  }
  assertEquals(read.length, rows);
  const picked = (row: FileRow = {}, of: FileRow) =>
    Object.fromEntries(Object.keys(of).map((column) => [column, row[column] ?? null]));
  assertEquals([picked(read.at(0), first), picked(read.at(-1), last)], [first, last]);
  assertEquals(
    new Set(read.map(({ source }) => source)),
    new Set([told.set?.["source"] ?? format]),
  );
  // Forced by its name it is read the same.
  const forced = await csvSource({ ...told, path, format });
  assertEquals(forced.dataset.name, source.dataset.name);
}
