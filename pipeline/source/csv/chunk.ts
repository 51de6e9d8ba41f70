/** The records of a window as they become batches. @module */
import { type KeyedValues, Packed } from "../../batch.ts";
import type { Pace } from "./pace.ts";
import type { Records } from "./records.ts";
import type { RowWriter } from "./rows.ts";
import type { RefusedRecord } from "../source.ts";

/** The records of a window, taken in portions: all at once, or as they fall due. */
export class Chunk {
  /** Index of the line behind the last record taken. */
  line = 0;
  readonly #records: Records;
  readonly #writer: RowWriter;
  readonly #linesBefore: number;
  #next = 0;
  #pending: { readonly json: string; readonly key: string; readonly us: number } | undefined;
  #byKey = new Map<string, string[]>();
  #refused: { from: number; to: number; reason: string }[] = [];

  constructor(records: Records, writer: RowWriter, linesBefore: number) {
    this.#records = records;
    this.#writer = writer;
    this.#linesBefore = linesBefore;
  }

  /** Takes what is due; `waitForUs` is the event time of the record that is not. */
  take(pace: Pace | undefined): { readonly done: boolean; readonly waitForUs: number } {
    const { cells, nextLine } = this.#records;
    for (; this.#next < cells.length; this.#next++) {
      const written = this.#pending ?? this.#write(cells[this.#next] as Records["cells"][number]);
      if ("json" in written) {
        if (pace && !pace.due(written.us)) {
          this.#pending = written;
          return { done: false, waitForUs: written.us };
        }
        this.#add(written.key, written.json);
      } else {
        const to = nextLine[this.#next] as number;
        this.#refused.push({ from: this.#firstLine(), to, reason: written.reason });
      }
      this.#pending = undefined;
      this.line = nextLine[this.#next] as number;
    }
    return { done: true, waitForUs: 0 };
  }

  /** What was taken since the last call; undefined if nothing was. */
  batch(raw: (from: number, to: number) => Uint8Array<ArrayBuffer>) {
    if (this.#byKey.size === 0 && this.#refused.length === 0) return undefined;
    const records = [...this.#byKey].map(([key, rows]): KeyedValues => ({
      key,
      values: pack(rows),
    }));
    const refused = this.#refused.map(({ from, to, reason }): RefusedRecord => ({
      at: `line ${this.#linesBefore + from + 1}`,
      reason,
      raw: raw(from, to),
    }));
    this.#byKey = new Map();
    this.#refused = [];
    return { records, refused };
  }

  #write(cells: Records["cells"][number]) {
    if (typeof cells === "string") return { reason: cells };
    const json = this.#writer.write(cells, this.#linesBefore + this.#firstLine() + 1);
    if (typeof json !== "string") return json;
    return { json, key: this.#writer.key, us: this.#writer.eventUs };
  }

  #firstLine(): number {
    return this.#records.firstLine[this.#next] as number;
  }

  #add(key: string, json: string): void {
    const rows = this.#byKey.get(key);
    if (rows) rows.push(json);
    else this.#byKey.set(key, [json]);
  }
}

/** Packs JSON texts, which hold no newline. Encoding them in one piece is what makes it quick. */
function pack(rows: readonly string[]): Packed {
  const bytes = new TextEncoder().encode(`${rows.join("\n")}\n`);
  const ends = new Uint32Array(rows.length);
  let at = 0;
  for (let i = 0; i < ends.length; i++) ends[i] = at = bytes.indexOf(10, at) + 1;
  return new Packed(bytes, ends);
}
