/** A home to be damaged: its files, the verbs run on it, and the ways to harm it. @module */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { groupOf } from "tickhouse/stream/standing.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { DuckDbFile } from "tickhouse/duckdb/engine/file.ts";
import { type Finished, Place, type Running } from "../../cli/command.ts";

/** Milliseconds after which a verb hangs. */
const HANGS_MS = 600_000;
/** Of a DuckDB file, bytes: its headers, and a block. */
const HEADERS = 12_288;
export const BLOCK = 262_144;

/** Rows of an object of the lake: several objects a partition. */
const ENV = { TICKHOUSE_LAKE_ROLL_ROWS: "200" };

/** A home in a folder of its own. */
export class House implements Disposable {
  readonly #place: Place;

  /** `name` is that of the home's folder. */
  constructor(name?: string) {
    this.#place = new Place(name);
  }

  get home(): string {
    return this.#place.home;
  }

  /** A copy of another, its times kept. */
  static async copyOf(other: House, name?: string): Promise<House> {
    const house = new House(name);
    const { success } = await new Deno.Command("cp", { args: ["-a", other.home, house.home] })
      .output();
    if (!success) throw new Error(`can't copy ${other.home}`);
    return house;
  }

  /** A path below the home. */
  path(name: string): string {
    return join(this.home, name);
  }

  /** Runs a verb to its end; undefined for one that hangs. */
  async run(
    args: readonly string[],
    env: Record<string, string> = {},
  ): Promise<Finished | undefined> {
    return await this.#place.runWithin(HANGS_MS, args, { ...ENV, ...env });
  }

  /** Starts a verb. */
  start(args: readonly string[], env: Record<string, string> = {}): Running {
    return this.#place.start(args, { ...ENV, ...env });
  }

  /**
   * How many ticks the log knows to be in the warehouse; also while a stream runs. Read-only: who
   * opens the log to write, puts its WAL into the file when it closes.
   */
  taken(): number {
    return this.#sum("committed WHERE consumer_group = ?", groupOf("warehouse", "ticks"));
  }

  /** How many records of ticks the log has ever held. */
  logged(): number {
    return this.#sum("heads WHERE topic = ?", ticks.topic);
  }

  #sum(rows: string, of: string): number {
    using db = new DatabaseSync(this.path("broker.sqlite"), { readOnly: true });
    return Number(db.prepare(`SELECT coalesce(sum(next), 0) AS sum FROM ${rows}`).get(of)?.sum);
  }

  /** Changes the log by SQL, as nobody should. */
  log(sql: string): void {
    using db = new DatabaseSync(this.path("broker.sqlite"));
    db.exec(sql);
  }

  /** The same of the warehouse. */
  async warehouse(sql: string): Promise<void> {
    await using file = await DuckDbFile.open(this.path("warehouse.duckdb"));
    await using session = await file.session();
    await session.run(sql);
  }

  /** Paths of the lake's objects of ticks, below the home, by partition and offset. */
  objects(): string[] {
    const found: string[] = [];
    const visit = (folder: string) => {
      for (const { name, isDirectory } of Deno.readDirSync(this.path(folder))) {
        if (isDirectory) visit(`${folder}/${name}`);
        else if (name.endsWith(".parquet")) found.push(`${folder}/${name}`);
      }
    };
    visit("lake/ticks");
    return found.sort();
  }

  /** The objects of the partition that has most of them. */
  chain(): string[] {
    const chains = Object.values(
      Object.groupBy(this.objects(), (path) => /partition=\d+/.exec(path)?.[0] ?? ""),
    );
    return chains.map((paths) => paths ?? []).sort((a, b) => b.length - a.length)[0] ?? [];
  }

  /** The file of an object's metadata. */
  metadata(object: string): string {
    const folder = object.replace(/^lake/, "lake/.meta");
    const [entry] = [...Deno.readDirSync(this.path(folder))];
    return `${folder}/${entry?.name}`;
  }

  /**
   * Flips the lowest bit of a byte: at a share of the file, or behind each such text, since some of
   * them may lie where nothing is any more.
   */
  flip(name: string, where: number | string): void {
    this.change(name, (bytes) => {
      const places = typeof where === "number"
        ? [Math.floor((bytes.length - 1) * where)]
        : placesOf(bytes, where).map((at) => at + where.length);
      for (const at of places) bytes[at] = (bytes[at] ?? 0) ^ 1;
      return bytes;
    });
  }

  /** Flips a bit in each of the blocks in which the warehouse keeps a column. */
  async flipColumn(table: string, column: string): Promise<void> {
    const blocks = await this.#blocksOf(table, column);
    this.change("warehouse.duckdb", (bytes) => {
      for (const block of blocks) {
        const at = HEADERS + block * BLOCK + BLOCK / 2;
        bytes[at] = (bytes[at] ?? 0) ^ 1;
      }
      return bytes;
    });
  }

  async #blocksOf(table: string, column: string): Promise<number[]> {
    await using file = await DuckDbFile.open(this.path("warehouse.duckdb"));
    await using session = await file.session();
    const { rows } = await session.query(
      `SELECT DISTINCT block_id::INT AS block FROM pragma_storage_info('${table}')
      WHERE column_name = '${column}' AND block_id >= 0`,
    );
    if (rows.length === 0) throw new Error(`no block has ${column} of ${table}`);
    return rows.map(([block]) => Number(block));
  }

  /** Cuts a file to a share of its length. */
  cut(name: string, share: number): void {
    Deno.truncateSync(this.path(name), Math.floor(Deno.statSync(this.path(name)).size * share));
  }

  /** Fills each page with zeros that has such a text. */
  zeroWith(name: string, text: string, size: number): void {
    this.change(name, (bytes) => {
      for (const at of placesOf(bytes, text)) {
        const start = at - at % size;
        bytes.fill(0, start, start + size);
      }
      return bytes;
    });
  }

  /** Fills a page with zeros. */
  zero(name: string, page: number, size: number): void {
    this.change(name, (bytes) => bytes.fill(0, page * size, (page + 1) * size));
  }

  /** Writes what `change` makes of the content. */
  change(
    name: string,
    change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
  ): void {
    Deno.writeFileSync(this.path(name), change(Deno.readFileSync(this.path(name))));
  }

  /** Writes what `change` makes of a file of JSON. */
  json(name: string, change: (value: Record<string, unknown>) => unknown): void {
    const value = JSON.parse(Deno.readTextFileSync(this.path(name)));
    Deno.writeTextFileSync(this.path(name), JSON.stringify(change(value)));
  }

  /** Writes a file. */
  write(name: string, text: string): void {
    Deno.writeTextFileSync(this.path(name), text);
  }

  /** Removes a file or a folder with all in it. */
  remove(...names: readonly string[]): void {
    for (const name of names) Deno.removeSync(this.path(name), { recursive: true });
  }

  /** Puts a folder, with something in it, in place of a file. */
  folderFor(name: string): void {
    Deno.removeSync(this.path(name), { recursive: true });
    Deno.mkdirSync(this.path(name));
    Deno.writeTextFileSync(join(this.path(name), "something"), "");
  }

  /** Puts a file in place of a folder. */
  fileFor(name: string): void {
    Deno.removeSync(this.path(name), { recursive: true });
    Deno.writeTextFileSync(this.path(name), "");
  }

  /** Puts a link to itself in place of what is there: nobody can open it, root neither. */
  loopFor(name: string): void {
    Deno.removeSync(this.path(name), { recursive: true });
    Deno.symlinkSync(this.path(name), this.path(name));
  }

  /** Exchanges two files. */
  swap(one: string, other: string): void {
    const [a, b] = [Deno.readFileSync(this.path(one)), Deno.readFileSync(this.path(other))];
    Deno.writeFileSync(this.path(one), b);
    Deno.writeFileSync(this.path(other), a);
  }

  [Symbol.dispose](): void {
    this.#place[Symbol.dispose]();
  }
}

function placesOf(bytes: Uint8Array, text: string): number[] {
  const wanted = new TextEncoder().encode(text);
  const found: number[] = [];
  for (let at = bytes.indexOf(wanted[0] ?? 0); at >= 0;) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) found.push(at);
    at = bytes.indexOf(wanted[0] ?? 0, at + 1);
  }
  if (found.length === 0) throw new Error(`${text} is not in it`);
  return found;
}
