/**
 * The history of a fact, and what of it counts once some of its records are taken back.
 * @module
 */
import { jsonDecimal } from "../datasets/digits.ts";
import { type Column, type Dataset, wireName } from "../datasets/dataset.ts";
import { WITHDRAWN_ORIGIN } from "../source/origin.ts";

/** A record of a fact, its cells as text: decimals with all digits, times in microseconds. */
export interface FactRecord {
  /** In the order of the dataset's columns. */
  readonly cells: readonly (string | null)[];
  /** Whether its time lies too far ahead of its arrival for it to count: see `Search.aheadSeconds`. */
  readonly isAhead: boolean;
}

/** What is appended for a fact. */
export interface Withdrawal {
  /** The record that counts until now. */
  readonly now: FactRecord;
  /** The one that counts from then on; null where the fact is gone. */
  readonly then: FactRecord | null;
  /**
   * Others that stay, in the order in which they came: a later withdrawal may bring them back. What
   * was too far ahead is not among them: said again later, it might count.
   */
  readonly others: readonly FactRecord[];
}

/** Columns that say nothing of the fact itself: records that differ in these are one version. */
const NO_VALUES = ["origin", "receive_time"];

/** Reads and writes the cells of a dataset's records. */
export class Cells {
  readonly dataset: Dataset;
  readonly #index: ReadonlyMap<string, number>;

  constructor(dataset: Dataset) {
    this.dataset = dataset;
    this.#index = new Map(dataset.columns.map(({ name }, i) => [name, i]));
  }

  of({ cells }: FactRecord, column: string): string | null {
    return cells[this.#index.get(column) ?? -1] ?? null;
  }

  /**
   * What is to be appended so that the records that `isMeant` count no more; undefined if they do not
   * count now. The history is in the order of arrival; of what came before an earlier withdrawal
   * nothing counts, and that said again what was to stay. A fact of which all is set aside can be
   * taken back, but none falls back to what is.
   */
  withdrawal(
    history: readonly FactRecord[],
    isMeant: (record: FactRecord) => boolean,
  ): Withdrawal | undefined {
    const from = history.findLastIndex((record) => this.of(record, "origin") === WITHDRAWN_ORIGIN);
    const counting = history.slice(from + 1);
    const now = this.#truth(counting) ?? this.#versions(counting).at(-1);
    if (!now || !isMeant(now)) return undefined;
    const rest = counting.filter((record) => !isMeant(record));
    const truth = this.#truth(rest);
    const then = truth && this.of(truth, "action") !== "cancel" ? truth : null;
    if (then === null && this.of(now, "action") === "cancel") return undefined;
    return { now, then, others: rest.filter((record) => record !== then && !record.isAhead) };
  }

  /**
   * The record that counts, as the models of silver have it: of the versions the one with the highest
   * sequence, one without standing with the highest before it, then the one that arrived last; a
   * version stands where it first arrived. Those that are set aside do not count, nor do their
   * sequences.
   */
  #truth(records: readonly FactRecord[]): FactRecord | undefined {
    let found: FactRecord | undefined;
    let [highest, rank] = [-1n, -1n];
    for (const record of this.#versions(records.filter(({ isAhead }) => !isAhead))) {
      const sequence = this.of(record, "sequence");
      const own = sequence === null ? highest : BigInt(sequence);
      if (own > highest) highest = own;
      if (found && own < rank) continue;
      [found, rank] = [record, own];
    }
    return found;
  }

  /** The first record of each version. */
  #versions(records: readonly FactRecord[]): FactRecord[] {
    const versions = new Map<string, FactRecord>();
    for (const record of records) {
      const version = this.#version(record);
      if (!versions.has(version)) versions.set(version, record);
    }
    return [...versions.values()];
  }

  /** What a record says. */
  #version(record: FactRecord): string {
    const action = this.of(record, "action") ?? "new";
    const values = this.dataset.columns.filter(({ name }) =>
      name !== "action" && !NO_VALUES.includes(name)
    );
    return JSON.stringify([action, ...values.map(({ name }) => this.of(record, name))]);
  }

  /**
   * The messages that take the fact back and say again what stays: last what counts then, as a
   * correction of what counts now, whose sequence it has: so it counts too for who does not know that
   * nothing before a withdrawal does.
   */
  messages({ now, then, others }: Withdrawal): string[] {
    const withdrawn = this.#with(now, { action: "cancel", origin: WITHDRAWN_ORIGIN });
    const said = [withdrawn, ...others, ...(then ? [this.#correction(now, then, others)] : [])];
    return said.map((record) => this.#message(record));
  }

  /** As it was where one of the others says just that: a repeat would stand where that one does. */
  #correction(now: FactRecord, then: FactRecord, others: readonly FactRecord[]): FactRecord {
    const sequence = this.of(now, "sequence") ?? this.of(then, "sequence");
    const correction = this.#with(then, { action: "correct", sequence });
    const version = this.#version(correction);
    return others.some((record) => this.#version(record) === version) ? then : correction;
  }

  #with(record: FactRecord, changes: Readonly<Record<string, string | null>>): FactRecord {
    const cells = this.dataset.columns.map(({ name }) =>
      name in changes ? changes[name] ?? null : this.of(record, name)
    );
    return { ...record, cells };
  }

  #message(record: FactRecord): string {
    const fields = this.dataset.columns.flatMap((column) => {
      const cell = this.of(record, column.name);
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
