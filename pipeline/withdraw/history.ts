/**
 * The history of a fact, and what of it counts once some of its records are taken back.
 * @module
 */
import { jsonDecimal } from "../datasets/digits.ts";
import { type Column, type Dataset, wireName } from "../datasets/dataset.ts";

/** A record of a fact, its cells as text: decimals with all digits, times in microseconds. */
export interface FactRecord {
  readonly offset: number;
  /** In the order of the dataset's columns. */
  readonly cells: readonly (string | null)[];
}

/** What is appended for a fact. */
export interface Withdrawal {
  /** The record that counts until now. */
  readonly now: FactRecord;
  /** The one that counts from then on; null where the fact is gone. */
  readonly then: FactRecord | null;
}

/** Reads and writes the cells of a dataset's records. */
export class Cells {
  readonly dataset: Dataset;
  readonly #index: ReadonlyMap<string, number>;
  readonly #action: number;

  constructor(dataset: Dataset) {
    this.dataset = dataset;
    this.#index = new Map(dataset.columns.map(({ name }, i) => [name, i]));
    this.#action = this.#index.get("action") ?? -1;
  }

  of({ cells }: FactRecord, column: string): string | null {
    return cells[this.#index.get(column) ?? -1] ?? null;
  }

  /** Whether they say the same, whatever they do to the fact. */
  same(one: FactRecord, other: FactRecord): boolean {
    return one.cells.every((cell, i) => i === this.#action || cell === other.cells[i]);
  }

  /**
   * What is to be appended so that the records that `isMeant` count no more; undefined if they do not
   * count now. A cancellation takes back all before it, and a correction that says what an earlier
   * record said, of the same origin, all in between: so does what an earlier withdrawal appended.
   */
  withdrawal(
    history: readonly FactRecord[],
    isMeant: (record: FactRecord) => boolean,
  ): Withdrawal | undefined {
    const counting: FactRecord[] = [];
    for (const record of history) {
      const action = this.of(record, "action");
      if (action === "cancel") counting.length = 0;
      else {
        const again = action === "correct"
          ? counting.findLastIndex((one) => this.same(one, record))
          : -1;
        if (again >= 0) counting.length = again + 1;
        else counting.push(record);
      }
    }
    const now = counting.at(-1);
    if (!now || !isMeant(now)) return undefined;
    return { now, then: counting.findLast((record) => !isMeant(record)) ?? null };
  }

  /** The message that takes the fact back, or says again what counts then. */
  message({ now, then }: Withdrawal): string {
    const { cells } = then ?? now;
    const fields = this.dataset.columns.flatMap((column, i) => {
      const cell = i === this.#action ? then ? "correct" : "cancel" : cells[i] ?? null;
      return cell === null ? [] : [`${JSON.stringify(wireName(column))}:${json(column, cell)}`];
    });
    return `{${fields.join(",")}}`;
  }
}

/** A cell as the message has it, to the last digit. */
function json({ type }: Column, cell: string): string {
  switch (type.kind) {
    case "text":
    case "date":
      return JSON.stringify(cell);
    case "decimal":
      return jsonDecimal(cell.includes(".") ? cell.replace(/\.?0+$/, "") : cell);
    case "timestamp":
      return type.wireUnit === "us" ? cell : String(BigInt(cell) / 1_000_000n);
  }
}
