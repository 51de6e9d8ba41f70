/** The records of a window as they become batches. @module */
import { type KeyedValues, Packed } from "../../batch.ts";
import type { Pace } from "./pace.ts";
import type { Cells, Records } from "./records.ts";
import type { RowWriter } from "./rows.ts";
import type { RefusedRecord } from "../source.ts";

/** What a record became: the key and JSON of each row, or why not. */
interface Written {
  readonly keys: readonly string[];
  readonly rows: readonly string[];
  readonly reasons: readonly string[];
}

const NOTHING: Written = { keys: [], rows: [], reasons: [] };

/** The records of a window, taken in portions: all at once, or as they fall due. */
export class Chunk {
  /** Index of the line behind the last record taken. */
  line = 0;
  readonly #records: Records;
  readonly #writers: readonly RowWriter[];
  readonly #linesBefore: number;
  /** Turns records of one time around, for files that are newest first. */
  readonly #order: Uint32Array | undefined;
  #next = 0;
  #last = -1;
  #pending: Written | undefined;
  /** Used again for each record of a single row, which is taken before the next is written. */
  readonly #one = { keys: [""], rows: [""], reasons: [] as string[] };
  #byKey = new Map<string, string[]>();
  #refused: { from: number; to: number; reason: string }[] = [];

  constructor(
    records: Records,
    writers: readonly RowWriter[],
    linesBefore: number,
    order?: Uint32Array,
  ) {
    this.#records = records;
    this.#writers = writers;
    this.#linesBefore = linesBefore;
    this.#order = order;
  }

  /** Takes what is due; `waitForUs` is the event time of the record that is not. */
  take(pace: Pace | undefined): { readonly done: boolean; readonly waitForUs: number } {
    const { cells, firstLine, nextLine } = this.#records;
    for (; this.#next < cells.length; this.#next++) {
      const index = this.#order?.[this.#next] ?? this.#next;
      const written = this.#pending ?? this.#write(cells[index] as Cells, firstLine[index] ?? 0);
      const us = this.#writers[0]?.eventUs ?? 0;
      if (pace && written.rows.length > 0 && !pace.due(us)) {
        this.#pending = written;
        return { done: false, waitForUs: us };
      }
      for (let i = 0; i < written.rows.length; i++) {
        this.#add(written.keys[i] as string, written.rows[i] as string);
      }
      for (const reason of written.reasons) {
        this.#refused.push({ from: firstLine[index] ?? 0, to: nextLine[index] ?? 0, reason });
      }
      this.#pending = undefined;
      this.#last = Math.max(this.#last, index);
      // Of records that are turned around, all are taken or none is.
      if (this.#last === this.#next) this.line = nextLine[this.#next] as number;
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

  #write(cells: Cells, firstLine: number): Written {
    if (typeof cells === "string") return { ...NOTHING, reasons: [cells] };
    const line = this.#linesBefore + firstLine + 1;
    const [only] = this.#writers;
    if (only && this.#writers.length === 1) {
      const json = only.write(cells, line);
      if (typeof json !== "string") return { ...NOTHING, reasons: [json.reason] };
      this.#one.keys[0] = only.key;
      this.#one.rows[0] = json;
      return this.#one;
    }
    const written = { keys: [] as string[], rows: [] as string[], reasons: [] as string[] };
    for (const writer of this.#writers) {
      if (writer.isBlank(cells)) continue;
      const json = writer.write(cells, line);
      if (typeof json !== "string") written.reasons.push(`${writer.key}: ${json.reason}`);
      else {
        written.keys.push(writer.key);
        written.rows.push(json);
      }
    }
    return written;
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
