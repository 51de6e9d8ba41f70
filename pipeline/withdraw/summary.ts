/** What a withdrawal does, counted by dataset and symbol. @module */
import type { Dataset } from "../datasets/dataset.ts";
import { Cells, type FactRecord } from "./history.ts";
import type { FoundFact } from "./search.ts";

/** The facts of one symbol. */
export interface WithdrawnSymbol {
  /** Name of the dataset. */
  readonly dataset: string;
  /** The instrument. */
  readonly symbol: string;
  /** Facts whose latest record is taken back. */
  readonly rows: number;
  /** Event time of the first of them, UTC. */
  readonly first: string;
  /** Of the last. */
  readonly last: string;
  /** Of these facts, those that have an earlier value, which counts again. */
  readonly restored: number;
  /** Those that are gone. */
  readonly gone: number;
  /** Where the earlier values are from: files by `origin`, else feeds by `source`. */
  readonly restoredFrom: readonly string[];
}

/** One fact whose earlier value comes back. */
export interface RestoredFact {
  /** Name of the dataset. */
  readonly dataset: string;
  /** The values of its natural key. */
  readonly key: Readonly<Record<string, string | null>>;
  /** The values that differ, as they are now. */
  readonly now: Readonly<Record<string, string | null>>;
  /** The same as they come back. */
  readonly then: Readonly<Record<string, string | null>>;
}

/** Facts that are shown one by one. */
const EXAMPLES_MAX = 5;
/** What of a record is no value of the fact. */
const NO_VALUES = ["action", "origin", "receive_time"];

interface Count {
  readonly dataset: Dataset;
  readonly symbol: string;
  rows: number;
  restored: number;
  first: string;
  last: string;
  readonly from: Set<string>;
}

/** Counts facts as they are found. */
export class Summary {
  readonly #counts = new Map<string, Count>();
  readonly #examples: RestoredFact[] = [];

  add(dataset: Dataset, facts: readonly FoundFact[]): void {
    const cells = new Cells(dataset);
    for (const { now, then } of facts) {
      const symbol = cells.of(now, dataset.key) ?? "";
      const name = JSON.stringify([dataset.name, symbol]);
      const time = timeOf(dataset, cells.of(now, dataset.eventTime) ?? "");
      const count = this.#counts.get(name) ??
        { dataset, symbol, rows: 0, restored: 0, first: time, last: time, from: new Set() };
      count.rows++;
      if (time < count.first) count.first = time;
      if (time > count.last) count.last = time;
      if (then) {
        count.restored++;
        count.from.add(cells.of(then, "origin") ?? cells.of(then, "source") ?? "");
        if (this.#examples.length < EXAMPLES_MAX) this.#examples.push(restored(cells, now, then));
      }
      this.#counts.set(name, count);
    }
  }

  get symbols(): WithdrawnSymbol[] {
    return [...this.#counts.values()].map((
      { dataset, symbol, rows, restored, first, last, from },
    ) => ({
      dataset: dataset.name,
      ...{ symbol, rows, first, last, restored },
      gone: rows - restored,
      restoredFrom: [...from].sort(),
    }));
  }

  get examples(): readonly RestoredFact[] {
    return this.#examples;
  }
}

function restored(cells: Cells, now: FactRecord, then: FactRecord): RestoredFact {
  const { dataset } = cells;
  const pick = (record: FactRecord, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, shownCell(cells, record, name)]));
  const differs = dataset.columns.map(({ name }) => name).filter((name) =>
    !NO_VALUES.includes(name) && cells.of(now, name) !== cells.of(then, name)
  );
  return {
    dataset: dataset.name,
    key: pick(now, dataset.naturalKey),
    now: pick(now, differs),
    then: pick(then, differs),
  };
}

function shownCell(cells: Cells, record: FactRecord, name: string): string | null {
  const text = cells.of(record, name);
  const kind = cells.dataset.columns.find((column) => column.name === name)?.type.kind;
  if (text === null) return null;
  if (kind === "timestamp") return isoOf(text);
  return kind === "decimal" && text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** As text that sorts: ISO 8601. */
function timeOf(dataset: Dataset, cell: string): string {
  const column = dataset.columns.find(({ name }) => name === dataset.eventTime);
  return column?.type.kind === "timestamp" ? isoOf(cell) : cell;
}

/** Microseconds as ISO 8601 in UTC. */
function isoOf(us: string): string {
  const micros = BigInt(us);
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = Number((micros - fraction) / 1_000_000n);
  const text = new Date(seconds * 1000).toISOString().replace(/\.000Z$/, "");
  return fraction === 0n ? `${text}Z` : `${text}.${String(fraction).padStart(6, "0")}Z`;
}
