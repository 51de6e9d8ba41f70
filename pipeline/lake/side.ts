/**
 * The lake as a side of the comparison.
 * @module
 */
import type { Dataset } from "../datasets/dataset.ts";
import { discard } from "../decode/spool.ts";
import type { Workbench } from "../decode/workbench.ts";
import { TickhouseError } from "../errors.ts";
import { addContents, type Contents, measure, NOTHING, toContents } from "../reconcile/contents.ts";
import type { DeadOffsets } from "../reconcile/dead.ts";
import type { Side, SideOf } from "../reconcile/side.ts";
import { literal } from "../sql/names.ts";
import type { SqlSession } from "../sql/session.ts";
import type { ObjectStore } from "../store/store.ts";
import { chainOf } from "./chain.ts";
import { type Link, objectRows } from "./layout.ts";
import { beginningsOf, type LakeLog, lakeLog } from "./log.ts";
import { LakeReader } from "./reader.ts";

/** The lake in the store, to be compared. */
export function lakeSide(store: ObjectStore): SideOf {
  return (dataset, workbench) => new LakeSide(store, workbench, dataset);
}

/** The lake: each object fetched, its checksum compared, its rows counted. */
class LakeSide implements Side {
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
