/** The kinds of damage, as a table. @module */
import { BLOCK, type House } from "./house.ts";

/** One kind of damage. */
export interface Kind {
  readonly name: string;
  /** Does it to a home. */
  readonly harm: (house: House) => void | Promise<void>;
  /**
   * Why nothing is lost or changed by it: then `reconcile` may prove. Left out for damage to data,
   * which must never be proven.
   */
  readonly harmless?: string;
  /** Changes the rows that a query sees, by SQL: what it answers then, `reconcile` must find. */
  readonly rows?: true;
  /** Default: `clean`, a stream that ended. `killed`: one ended by SIGKILL, its WALs full. */
  readonly home?: "clean" | "killed";
  /** The name of the home's folder. Default: `home`. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const LOG = "broker.sqlite";
const HOUSE = "warehouse.duckdb";
/** Of SQLite's pages, bytes. */
const PAGE = 16_384;
const TAIL = "_partition = 1 AND _offset >= 500";

const first = (house: House) => house.chain()[0] ?? "";
const last = (house: House) => house.chain().at(-1) ?? "";
const middle = (house: House) => house.chain()[1] ?? "";

/** Leaves the beginning of the log's WAL. */
export function cutLogWal(house: House): void {
  house.cut(`${LOG}-wal`, 0.1);
}

/** What was never there, or tells nothing. */
const NOTHING_LOST: readonly Kind[] = [
  { name: "no damage", harm: () => {}, harmless: "nothing was done" },
  { name: "no damage to a killed home", harm: () => {}, home: "killed", harmless: "nor here" },
  {
    name: "home with ? and # in its path",
    harm: () => {},
    folder: "a?b#c %20 d",
    harmless: "only its name is odd",
  },
  {
    name: "endpoint file empty",
    harm: (h) => h.write("endpoint.json", ""),
    harmless: "rewritten by the next stream",
  },
  {
    name: "endpoint file of a process that is gone",
    harm: (h) =>
      h.write(
        "endpoint.json",
        '{"url":"http://127.0.0.1:9","token":"x","pid":1,"startedAt":"2026-01-01"}',
      ),
    harmless: "nobody answers there",
  },
  {
    name: "members folder removed",
    harm: (h) => h.remove(`${LOG}.members`),
    harmless: "it holds nothing but locks",
  },
  {
    name: "members folder a file",
    harm: (h) => h.fileFor(`${LOG}.members`),
    harmless: "it holds nothing but locks",
  },
  {
    name: "members folder out of reach",
    harm: (h) => h.loopFor(`${LOG}.members`),
    harmless: "it holds nothing but locks",
  },
  {
    name: "staging folder of the lake a file",
    harm: (h) => h.fileFor("lake/.staging"),
    harmless: "nothing stays in it",
  },
  {
    name: "memory of 1MiB",
    harm: () => {},
    env: { TICKHOUSE_MEMORY: "1MiB" },
    harmless: "a setting",
  },
  {
    name: "memory of 100000000GiB",
    harm: () => {},
    env: { TICKHOUSE_MEMORY: "100000000GiB" },
    harmless: "a setting",
  },
];

/** The log's file. */
const IN_THE_LOG: readonly Kind[] = [
  { name: "log: a digit of a price", harm: (h) => h.flip(LOG, '"price":') },
  { name: "log: a letter of a symbol", harm: (h) => h.flip(LOG, '"symbol":"') },
  {
    name: "log: a key",
    harm: (h) => h.log("UPDATE batches SET key = 'X' WHERE rowid = 3"),
  },
  {
    name: "log: where records end",
    harm: (h) => h.log("UPDATE batches SET ends = zeroblob(length(ends)) WHERE rowid = 3"),
  },
  {
    name: "log: the number of records",
    harm: (h) => h.log("UPDATE batches SET records = records - 1 WHERE rowid = 3"),
  },
  {
    name: "log: the time of records",
    harm: (h) => h.log("UPDATE batches SET timestamp_ms = timestamp_ms + 4096 WHERE rowid = 3"),
  },
  {
    name: "log: headers of records",
    harm: (h) => h.log(`UPDATE batches SET headers = '{"a":"b"}' WHERE rowid = 3`),
  },
  {
    name: "log: a checksum taken away",
    harm: (h) => h.log("UPDATE batches SET checksum = NULL WHERE rowid = 3"),
  },
  { name: "log: a batch deleted", harm: (h) => h.log("DELETE FROM batches WHERE rowid = 3") },
  {
    name: "log: the last batches deleted",
    harm: (h) => h.log("DELETE FROM batches WHERE partition = 1 AND next_offset > 500"),
  },
  { name: "log: all batches deleted", harm: (h) => h.log("DELETE FROM batches") },
  {
    name: "log: it ends sooner",
    harm: (h) => h.log("UPDATE heads SET next = next - 16 WHERE next > 0"),
  },
  {
    name: "log: it ends later",
    harm: (h) => h.log("UPDATE heads SET next = next + 16 WHERE next > 0"),
  },
  {
    name: "log: it begins later",
    harm: (h) => h.log("UPDATE heads SET earliest = 7 WHERE next > 0"),
  },
  {
    name: "log: a topic of fewer partitions",
    harm: (h) => h.log("UPDATE topics SET partitions = 2 WHERE name = 'ticks'"),
  },
  {
    name: "log: a topic's name",
    harm: (h) => h.log("UPDATE topics SET name = 'tickz' WHERE name = 'ticks'"),
  },
  {
    name: "log: a source's state",
    harm: (h) => h.log("UPDATE cursors SET state = replace(state, '1', '2')"),
    harmless: "records and sinks are whole; the source is refused",
  },
  {
    name: "log: what sinks were noted to have taken",
    harm: (h) => h.log("UPDATE committed SET next = next + 64"),
  },
  {
    name: "log: those notes removed",
    harm: (h) => h.log("DELETE FROM committed"),
    harmless: "a note that is missing witnesses nothing; the next stream writes it again",
  },
  { name: "log: its header", harm: (h) => h.flip(LOG, 0) },
  { name: "log: a page of zeros", harm: (h) => h.zeroWith(LOG, '"price":', PAGE) },
  { name: "log: the first page of zeros", harm: (h) => h.zero(LOG, 0, PAGE) },
  { name: "log: cut by half", harm: (h) => h.cut(LOG, 0.5) },
  { name: "log: cut to one page", harm: (h) => h.cut(LOG, 0.02) },
  { name: "log: empty", harm: (h) => h.cut(LOG, 0) },
  { name: "log: removed", harm: (h) => h.remove(LOG) },
  { name: "log: a folder", harm: (h) => h.folderFor(LOG) },
  { name: "log: out of reach", harm: (h) => h.loopFor(LOG) },
  { name: "log: a file of text", harm: (h) => h.write(LOG, "no database\n".repeat(2000)) },
  { name: "log: its WAL flipped", harm: (h) => h.flip(`${LOG}-wal`, 0.01), home: "killed" },
  { name: "log: its WAL removed", harm: (h) => h.remove(`${LOG}-wal`), home: "killed" },
  { name: "log: its WAL cut", harm: cutLogWal, home: "killed" },
  { name: "log: its WAL a folder", harm: (h) => h.folderFor(`${LOG}-wal`), home: "killed" },
];

/** The lake's objects and their metadata. */
const IN_THE_LAKE: readonly Kind[] = [
  { name: "lake: the last object removed", harm: (h) => h.remove(last(h)) },
  { name: "lake: the first object removed", harm: (h) => h.remove(first(h)) },
  { name: "lake: one in the middle removed", harm: (h) => h.remove(middle(h)) },
  { name: "lake: all objects of a partition removed", harm: (h) => h.remove(...h.chain()) },
  { name: "lake: all objects removed", harm: (h) => h.remove(...h.objects()) },
  { name: "lake: removed", harm: (h) => h.remove("lake") },
  { name: "lake: a file", harm: (h) => h.fileFor("lake") },
  { name: "lake: out of reach", harm: (h) => h.loopFor("lake") },
  { name: "lake: its folder of ticks a file", harm: (h) => h.fileFor("lake/ticks") },
  { name: "lake: its folder of ticks out of reach", harm: (h) => h.loopFor("lake/ticks") },
  { name: "lake: two objects swapped", harm: (h) => h.swap(first(h), middle(h)) },
  { name: "lake: a bit of an object", harm: (h) => h.flip(middle(h), 0.5) },
  { name: "lake: a bit of the last object", harm: (h) => h.flip(last(h), 0.9) },
  { name: "lake: an object cut", harm: (h) => h.cut(middle(h), 0.5) },
  { name: "lake: an object empty", harm: (h) => h.cut(last(h), 0) },
  { name: "lake: an object a folder", harm: (h) => h.folderFor(middle(h)) },
  { name: "lake: an object out of reach", harm: (h) => h.loopFor(middle(h)) },
  {
    name: "lake: an object twice",
    harm: (h) =>
      Deno.copyFileSync(h.path(first(h)), h.path(first(h).replace(/0\.parquet/, "1.parquet"))),
  },
  { name: "lake: metadata removed", harm: (h) => h.remove(h.metadata(middle(h))) },
  { name: "lake: metadata of all removed", harm: (h) => h.remove("lake/.meta") },
  { name: "lake: metadata empty", harm: (h) => h.cut(h.metadata(middle(h)), 0) },
  { name: "lake: metadata cut", harm: (h) => h.cut(h.metadata(last(h)), 0.5) },
  { name: "lake: metadata a folder", harm: (h) => h.folderFor(h.metadata(last(h))) },
  {
    name: "lake: an end that is sooner",
    harm: (h) => h.json(h.metadata(last(h)), (m) => ({ ...m, end: String(Number(m["end"]) - 1) })),
  },
  {
    name: "lake: an end that is later",
    harm: (h) => h.json(h.metadata(last(h)), (m) => ({ ...m, end: String(Number(m["end"]) + 1) })),
  },
  {
    name: "lake: an end that is no number",
    harm: (h) => h.json(h.metadata(last(h)), (m) => ({ ...m, end: "x" })),
  },
  {
    name: "lake: metadata that is no object",
    harm: (h) => h.json(h.metadata(middle(h)), () => null),
  },
  {
    name: "lake: the mark of its log removed",
    harm: (h) => h.remove("lake/ticks/_log.json"),
    harmless: "objects and log are whole; the next stream binds them again",
  },
  {
    name: "lake: the mark of its format empty",
    harm: (h) => h.cut("lake/ticks/_layout.json", 0),
    harmless: "its metadata, which is what is read, is whole",
  },
];

/** The warehouse's file. */
const IN_THE_WAREHOUSE: readonly Kind[] = [
  {
    name: "warehouse: rows deleted from the end",
    harm: (h) => h.warehouse(`DELETE FROM bronze.ticks WHERE ${TAIL}`),
    rows: true,
  },
  {
    name: "warehouse: rows and position set back",
    harm: async (h) => {
      await h.warehouse(`DELETE FROM bronze.ticks WHERE ${TAIL}`);
      await h.warehouse(
        `UPDATE bronze._positions SET next_offset = 500 WHERE topic = 'ticks' AND "partition" = 1`,
      );
    },
    rows: true,
  },
  {
    name: "warehouse: a price",
    harm: (h) =>
      h.warehouse(
        "UPDATE bronze.ticks SET price = price + 200 WHERE _partition = 1 AND _offset = 3",
      ),
    rows: true,
  },
  {
    name: "warehouse: a position that is ahead",
    harm: (h) => h.warehouse("UPDATE bronze._positions SET next_offset = next_offset + 5"),
  },
  {
    name: "warehouse: all positions deleted",
    harm: (h) => h.warehouse("DELETE FROM bronze._positions"),
  },
  {
    name: "warehouse: its table of ticks dropped",
    harm: (h) => h.warehouse("DROP TABLE bronze.ticks"),
    rows: true,
  },
  {
    name: "warehouse: its table of positions dropped",
    harm: (h) => h.warehouse("DROP TABLE bronze._positions"),
  },
  {
    name: "warehouse: a column dropped",
    harm: (h) => h.warehouse("ALTER TABLE bronze.ticks DROP COLUMN size"),
    rows: true,
  },
  {
    name: "warehouse: an empty database",
    harm: async (h) => {
      h.remove(HOUSE);
      await h.warehouse("SELECT 1");
    },
    rows: true,
  },
  { name: "warehouse: its header", harm: (h) => h.flip(HOUSE, 0.00001) },
  {
    name: "warehouse: a bit of each block of a column",
    harm: (h) => h.flipColumn("bronze.ticks", "price"),
  },
  { name: "warehouse: a block of zeros", harm: (h) => h.zero(HOUSE, 1, BLOCK) },
  {
    name: "warehouse: all blocks but the headers",
    harm: (h) => {
      h.change(HOUSE, (bytes) => bytes.map((byte, i) => i < 12_288 ? byte : byte ^ 0x5a));
    },
  },
  { name: "warehouse: cut by half", harm: (h) => h.cut(HOUSE, 0.5) },
  { name: "warehouse: cut to its headers", harm: (h) => h.cut(HOUSE, 0.005) },
  { name: "warehouse: empty", harm: (h) => h.cut(HOUSE, 0), rows: true },
  { name: "warehouse: removed", harm: (h) => h.remove(HOUSE) },
  { name: "warehouse: a folder", harm: (h) => h.folderFor(HOUSE) },
  { name: "warehouse: out of reach", harm: (h) => h.loopFor(HOUSE) },
  { name: "warehouse: its WAL flipped", harm: (h) => h.flip(`${HOUSE}.wal`, 0.3), home: "killed" },
  {
    name: "warehouse: its WAL cut",
    harm: (h) => h.cut(`${HOUSE}.wal`, 0.4),
    home: "killed",
    rows: true,
  },
  {
    name: "warehouse: its WAL removed",
    harm: (h) => h.remove(`${HOUSE}.wal`),
    home: "killed",
    rows: true,
  },
  {
    name: "warehouse: its WAL of noise",
    harm: (h) => h.change(`${HOUSE}.wal`, (bytes) => bytes.fill(0xa5)),
    home: "killed",
    rows: true,
  },
  {
    name: "warehouse: its WAL a folder",
    harm: (h) => h.folderFor(`${HOUSE}.wal`),
    home: "killed",
  },
];

/** All of them. */
export const KINDS: readonly Kind[] = [
  ...NOTHING_LOST,
  ...IN_THE_LOG,
  ...IN_THE_LAKE,
  ...IN_THE_WAREHOUSE,
];
