/**
 * The three sides that are compared, each counted by its own means.
 * @module
 */
import type { Broker, OffsetRange } from "../broker/broker.ts";
import type { Codec } from "../codec/codec.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { bronzeTable } from "../datasets/tables.ts";
import { type Dialect, literal } from "../sql/names.ts";
import { batchUpTo, countOf, offsetAt } from "../batch.ts";
import { Decoder } from "../decode/decoder.ts";
import { TickhouseError } from "../errors.ts";
import { chainOf } from "../lake/chain.ts";
import { type Link, objectRows } from "../lake/layout.ts";
import { beginningsOf, type LakeLog, lakeLog } from "../lake/log.ts";
import { LakeReader } from "../lake/reader.ts";
import { discard } from "../decode/spool.ts";
import type { ObjectStore } from "../store/store.ts";
import type { Bind, Result, SqlSession } from "../sql/session.ts";
import { addContents, type Contents, measure, NOTHING, toContents } from "./contents.ts";
import { POSITION, positionOf } from "../warehouse/positions.ts";
import type { DeadOffsets } from "./dead.ts";
import type { Workbench } from "../decode/workbench.ts";

/** The log, and where its records end. */
export type SideName = "broker" | "lake" | "warehouse" | "snowflake";

/** One side of the comparison, for one dataset. */
export interface Side {
  readonly name: SideName;
  /** The offset up to which the partition is taken. */
  position(partition: number): Promise<number>;
  /** What the partition holds in the offsets [from, to). */
  contents(partition: number, from: number, to: number): Promise<Contents>;
  /** Of all dead letters, the offsets that this side gave up. */
  dead(partition: number, letters: DeadOffsets): Promise<ReadonlySet<number>>;
  /** What is wrong with the side by itself, as found so far. */
  problems(partition: number): readonly string[];
}

/** Offsets counted at once: bounds the memory of counting different ones. */
const STRIDE = 4_000_000;
const READ_RECORDS = 250_000;
/** Begins the name of what a mirror loaded, in the table of loads. */
export const MIRRORED = "mirror/";

/** The log itself, read and decoded anew. */
export class BrokerSide implements Side {
  readonly name = "broker";
  readonly #broker: Broker;
  readonly #workbench: Workbench;
  readonly #dataset: Dataset;
  readonly #decoder: Decoder;
  readonly #exists: boolean;

  /** `exists`: whether the broker has the dataset's topic; without, the log is empty. */
  constructor(
    broker: Broker,
    codec: Codec,
    workbench: Workbench,
    dataset: Dataset,
    exists: boolean,
  ) {
    this.#exists = exists;
    this.#broker = broker;
    this.#workbench = workbench;
    this.#dataset = dataset;
    this.#decoder = new Decoder(dataset, codec, workbench.spool);
  }

  /** The offsets that the log holds. */
  async range(partition: number): Promise<OffsetRange> {
    if (!this.#exists) return { earliest: 0, next: 0 };
    return await this.#broker.offsets(this.#dataset.topic, partition);
  }

  async position(partition: number): Promise<number> {
    return (await this.range(partition)).next;
  }

  async contents(partition: number, from: number, to: number): Promise<Contents> {
    const { topic } = this.#dataset;
    const { earliest } = await this.range(partition);
    let at = Math.max(from, earliest);
    let total = NOTHING;
    while (at < to) {
      const batch = await this.#broker.read(topic, partition, at, Math.min(READ_RECORDS, to - at));
      if (!batch) break;
      const { session } = this.#workbench;
      const parts = batchUpTo(batch, to);
      at = batch.nextOffset;
      if (countOf(parts) === 0) continue;
      const separated = await this.#decoder.separate(session, parts);
      using spooled = this.#decoder.spoolSeparated([separated.batch], 0);
      const counted = await session.query(
        measure(this.#dataset, `(${spooled.rows})`, { dialect: "duckdb", isDistinct: true }),
      );
      const records = countOf(parts);
      const found = { ...toContents(counted, this.#dataset), rows: records, distinct: records };
      const [first, last] = [offsetAt(parts, 0), offsetAt(parts, records - 1)];
      total = addContents(total, { ...found, first, last });
    }
    return total;
  }

  dead(partition: number, letters: DeadOffsets): Promise<ReadonlySet<number>> {
    return Promise.resolve(letters(this.name, partition));
  }

  problems(): readonly string[] {
    return [];
  }
}

/** The lake: each object fetched, its checksum compared, its rows counted. */
export class LakeSide implements Side {
  readonly name = "lake";
  readonly #store: ObjectStore;
  readonly #session: SqlSession;
  readonly #reader: LakeReader;
  readonly #dataset: Dataset;
  #links: Promise<Link[]> | undefined;
  #claimed: Promise<LakeLog | undefined> | undefined;
  readonly #problems = new Map<number, Set<string>>();

  constructor(store: ObjectStore, { spool, session }: Workbench, dataset: Dataset) {
    this.#store = store;
    this.#session = session;
    this.#reader = new LakeReader(store, dataset, spool, session);
    this.#dataset = dataset;
  }

  async position(partition: number): Promise<number> {
    const chain = await this.#chain(partition);
    const { beginnings = [] } = beginningsOf(await this.#log(), chain) ?? {};
    let at = beginnings[partition] ?? 0;
    for (const link of chain) {
      if (link.startOffset > at) this.#problem(partition, `gap from ${at} to ${link.startOffset}`);
      if (link.startOffset < at) this.#problem(partition, `${link.key} overlaps the one before`);
      at = Math.max(at, link.nextOffset);
    }
    return at;
  }

  async contents(partition: number, from: number, to: number): Promise<Contents> {
    let total = NOTHING;
    for (const link of await this.#chain(partition)) {
      if (link.nextOffset <= from || link.startOffset >= to) continue;
      total = addContents(total, await this.#object(link, from, to));
    }
    return total;
  }

  dead(partition: number, letters: DeadOffsets): Promise<ReadonlySet<number>> {
    return Promise.resolve(letters(this.name, partition));
  }

  problems(partition: number): readonly string[] {
    return [...this.#problems.get(partition) ?? []];
  }

  async #object(link: Link, from: number, to: number): Promise<Contents> {
    const path = await this.#fetch(link);
    if (path === undefined) return NOTHING;
    try {
      const rows = `(${await objectRows(this.#session, this.#dataset, path)})
         WHERE _topic = ${literal(this.#dataset.topic)} AND _partition = ${link.partition}
           AND _offset >= ${from} AND _offset < ${to}`;
      const counted = await this.#session.query(
        measure(this.#dataset, rows, { dialect: "duckdb" }),
      );
      return toContents(counted, this.#dataset);
    } finally {
      discard(path);
    }
  }

  /** Undefined if the object, or one that it names, is not what was written. */
  async #fetch(link: Link): Promise<string | undefined> {
    try {
      return await this.#reader.fetch(link);
    } catch (error) {
      const lost = error instanceof TickhouseError &&
        ["OBJECT_DAMAGED", "OBJECT_MISSING"].includes(error.code);
      if (!lost) throw error;
      this.#problem(link.partition, `${link.key} is lost: ${error.message}`);
      return undefined;
    }
  }

  #log(): Promise<LakeLog | undefined> {
    this.#claimed ??= lakeLog(this.#store, this.#dataset.topic);
    return this.#claimed;
  }

  async #chain(partition: number): Promise<Link[]> {
    this.#links ??= Array.fromAsync(chainOf(this.#store, this.#dataset.topic));
    return (await this.#links).filter((link) => link.partition === partition)
      .sort((a, b) => a.startOffset - b.startOffset);
  }

  #problem(partition: number, text: string): void {
    const known = this.#problems.get(partition) ?? new Set();
    this.#problems.set(partition, known.add(text));
  }
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
export class WarehouseSide implements Side {
  readonly name: "warehouse" | "snowflake";
  readonly #asked: Asked;
  readonly #dataset: Dataset;
  readonly #dialect: Dialect;

  constructor(asked: Asked, dataset: Dataset, name: "warehouse" | "snowflake" = "warehouse") {
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
