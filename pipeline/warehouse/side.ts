/**
 * A warehouse's bronze tables as a side of the comparison.
 * @module
 */
import type { Dataset } from "../datasets/dataset.ts";
import { bronzeTable } from "../datasets/tables.ts";
import { addContents, type Contents, measure, NOTHING, toContents } from "../reconcile/contents.ts";
import type { DeadOffsets } from "../reconcile/dead.ts";
import type { Side, SideOf } from "../reconcile/side.ts";
import type { Dialect } from "../sql/names.ts";
import type { Bind, Result } from "../sql/session.ts";
import { POSITION, positionOf } from "./positions.ts";

/** Offsets counted at once: bounds the memory of counting different ones. */
const STRIDE = 4_000_000;
/** Begins the name of what a mirror loaded, in the table of loads. */
export const MIRRORED = "mirror/";

/** The warehouse behind the queries, to be compared. Its name is that of the end. */
export function warehouseSide(asked: Asked, name = "warehouse"): SideOf {
  return (dataset) => new WarehouseSide(asked, dataset, name);
}

/** Runs a statement that reads. */
export type Query = (sql: string, binds?: readonly Bind[]) => Promise<Result>;

/** A warehouse as it is asked. */
export interface Asked {
  readonly query: Query;
  /** Where it stands. Default: what its table of positions says. */
  readonly position?: (topic: string, partition: number) => Promise<number>;
  /** What it understands. Default: that of the side's name. */
  readonly dialect?: Dialect;
}

const LOADS = `SELECT object, start_offset, next_offset FROM bronze._loads
  WHERE topic = ? AND partition = ?`;

/** What a range of offsets of one partition holds. */
function measureRange(dataset: Dataset, dialect: Dialect): string {
  const rows = `${bronzeTable(dataset)}
    WHERE _topic = ? AND _partition = ? AND _offset >= ? AND _offset < ?`;
  return measure(dataset, rows, { dialect });
}

/** Every statement that `WarehouseSide` sends to DuckDB for the dataset, as it sends it. */
export function warehouseStatements(dataset: Dataset): string[] {
  return [POSITION, LOADS, measureRange(dataset, "duckdb")];
}

/** A warehouse's bronze table: DuckDB's, or Snowflake's. */
class WarehouseSide implements Side {
  readonly name: string;
  readonly #asked: Asked;
  readonly #dataset: Dataset;
  readonly #dialect: Dialect;

  constructor(asked: Asked, dataset: Dataset, name: string) {
    this.name = name;
    this.#asked = asked;
    this.#dataset = dataset;
    this.#dialect = asked.dialect ?? (name === "snowflake" ? "snowflake" : "duckdb");
  }

  async position(partition: number): Promise<number> {
    const { topic } = this.#dataset;
    if (this.#asked.position) return await this.#asked.position(topic, partition);
    return await positionOf(this.#asked, topic, partition);
  }

  async contents(partition: number, from: number, to: number): Promise<Contents> {
    let total = NOTHING;
    for (let at = from; at < to; at += STRIDE) {
      const counted = await this.#asked.query(
        measureRange(this.#dataset, this.#dialect),
        [this.#dataset.topic, partition, at, Math.min(at + STRIDE, to)],
      );
      total = addContents(total, toContents(counted, this.#dataset));
    }
    return total;
  }

  /** Its own, and those of where its rows were loaded from: the lake, or a mirrored warehouse. */
  async dead(partition: number, letters: DeadOffsets): Promise<ReadonlySet<number>> {
    const loads = await this.#asked.query(LOADS, [this.#dataset.topic, partition]);
    const dead = new Set(letters(this.name, partition));
    for (const [object, from, to] of loads.rows) {
      const mirrored = String(object).startsWith(MIRRORED) ? ["snowflake"] : [];
      for (const sink of ["lake", ...mirrored]) {
        for (const offset of letters(sink, partition)) {
          if (offset >= Number(from) && offset < Number(to)) dead.add(offset);
        }
      }
    }
    return dead;
  }

  problems(): readonly string[] {
    return [];
  }
}
