/** What the tests of the CSV source share: files, and reading them to the end. @module */
import { assertRejects } from "@std/assert";
import { join } from "node:path";
import { TickhouseError } from "../../errors.ts";
import { type CsvSource, csvSource } from "./csv.ts";
import type { CsvOptions } from "./options.ts";

/** The layout of the real daily prices. */
export const HEADER = "Ticker,Date,Open,High,Low,Close,Volume,Adj Close";
export const GOOD = "AAPL,2000-03-01,118.56,132.06,118.5,130.31,9616100,4.186662803811";
export const decoder = new TextDecoder();
/** Holds the files of one test module; removed when it ends. */
export const TEMP = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(TEMP, { recursive: true }));

/** A file of that content. */
export async function fileOf(
  content: string | Uint8Array<ArrayBuffer>,
  name = "prices.csv",
): Promise<string> {
  const path = join(await Deno.makeTempDir({ dir: TEMP }), name);
  await Deno.writeFile(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  return path;
}

/** The text, packed. */
export async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/** What a source gave. */
export interface Read {
  /** By key, in file order. */
  readonly records: Record<string, string[]>;
  readonly refused: { at: string; reason: string; raw: string }[];
  readonly states: string[];
  readonly progress: (number | undefined)[];
}

/** What the source yields behind the state, at most so many batches. */
export async function readAll(
  source: CsvSource,
  state?: string,
  batchesMax = Infinity,
): Promise<Read> {
  const read: Read = { records: {}, refused: [], states: [], progress: [] };
  for await (const batch of source.read(state, new AbortController().signal)) {
    for (const { key, values } of batch.records) {
      const rows = read.records[key] ??= [];
      for (let i = 0; i < values.length; i++) rows.push(decoder.decode(values.at(i)));
    }
    read.refused.push(...batch.refused.map((r) => ({ ...r, raw: decoder.decode(r.raw) })));
    read.states.push(batch.state);
    read.progress.push(batch.progress);
    if (read.states.length >= batchesMax) break;
  }
  return read;
}

/** What a file of that text yields. */
export async function readText(text: string, options: Partial<CsvOptions> = {}): Promise<Read> {
  return await readAll(await csvSource({ path: await fileOf(text), ...options }));
}

export const rowsOf = (read: Read) => Object.values(read.records).flat().map((r) => JSON.parse(r));
export const codeOf = async (promise: Promise<unknown>) =>
  (await assertRejects(() => promise, TickhouseError)).code;
