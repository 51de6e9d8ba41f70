/**
 * The tables of the embedded broker and the statements on them.
 * @module
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { Packed, type RecordBatch, type Run, widenBatch } from "../batch.ts";
import { TickhouseError } from "../errors.ts";
import type { OffsetRange, TopicInfo, TopicSpec } from "./broker.ts";
import { guarded } from "./sqlite_error.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS topics (
  name TEXT PRIMARY KEY,
  partitions INTEGER NOT NULL,
  id TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE IF NOT EXISTS heads (
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  earliest INTEGER NOT NULL,
  next INTEGER NOT NULL,
  PRIMARY KEY (topic, partition)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batches (
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  next_offset INTEGER NOT NULL,
  records INTEGER NOT NULL,
  key TEXT NOT NULL,
  timestamp_ms INTEGER NOT NULL,
  headers TEXT,
  ends BLOB NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS batches_by_offset ON batches (topic, partition, next_offset);
CREATE INDEX IF NOT EXISTS batches_by_time ON batches (timestamp_ms);
CREATE TABLE IF NOT EXISTS cursors (
  source TEXT PRIMARY KEY,
  state TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (
  source TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS committed (
  consumer_group TEXT NOT NULL,
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  next INTEGER NOT NULL,
  PRIMARY KEY (consumer_group, topic, partition)
) STRICT, WITHOUT ROWID;
`;

/** What a batch takes beside its payload: its other columns, and its places in the indexes. */
const BATCH_OVERHEAD_BYTES = 150;

const NO_RECORDS = { values: Packed.from([]), runs: [] };

/** One stored batch: records of one key appended at once. */
interface StoredBatch {
  next_offset: number;
  records: number;
  key: string;
  timestamp_ms: number;
  headers: string | null;
  ends: Uint8Array<ArrayBuffer>;
  bytes: Uint8Array<ArrayBuffer>;
}

/** The log as SQLite tables. Calls are synchronous: the file is local and each takes microseconds. */
export class EmbeddedLog implements Disposable {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, Statement>();

  constructor(path: string, lockWaitMs: number) {
    this.#db = new DatabaseSync(path, { timeout: lockWaitMs });
    this.#db.exec("PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    this.#db.exec(SCHEMA);
    this.#upgrade();
  }

  /** Runs `work` in one transaction that holds the write lock from the start. */
  transaction<T>(work: () => T): T {
    return guarded(() => {
      this.#db.exec("BEGIN IMMEDIATE");
      try {
        const value = work();
        this.#db.exec("COMMIT");
        return value;
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
        throw error;
      }
    });
  }

  topic(name: string): TopicInfo | undefined {
    const row = this.#sql("SELECT name, partitions, id FROM topics WHERE name = ?").get(name);
    return row && toTopic(row);
  }

  topics(): TopicInfo[] {
    return this.#sql("SELECT name, partitions, id FROM topics ORDER BY name").all().map(toTopic);
  }

  createTopic(spec: TopicSpec): void {
    this.#sql("INSERT INTO topics VALUES (?, ?, ?)")
      .run(spec.name, spec.partitions, crypto.randomUUID());
    for (let p = 0; p < spec.partitions; p++) {
      this.#sql("INSERT INTO heads VALUES (?, ?, 0, 0)").run(spec.name, p);
    }
  }

  /** Logs made before topics had ids get them. */
  #upgrade(): void {
    const columns = this.#sql("SELECT name FROM pragma_table_info('topics')").all();
    if (columns.some((column) => column["name"] === "id")) return;
    this.transaction(() => {
      this.#db.exec("ALTER TABLE topics ADD COLUMN id TEXT NOT NULL DEFAULT ''");
      this.#db.exec("UPDATE topics SET id = lower(hex(randomblob(16)))");
    });
  }

  head(topic: string, partition: number): OffsetRange | undefined {
    const row = this.#sql("SELECT earliest, next FROM heads WHERE topic = ? AND partition = ?")
      .get(topic, partition);
    return row && { earliest: Number(row["earliest"]), next: Number(row["next"]) };
  }

  append(topic: string, partition: number, run: Run & { key: string }, values: Packed): void {
    const next = Number(
      this.#sql("UPDATE heads SET next = next + ? WHERE topic = ? AND partition = ? RETURNING next")
        .get(values.length, topic, partition)?.["next"],
    );
    const headers = run.headers ? JSON.stringify(run.headers) : null;
    const { ends, bytes } = values;
    this.#sql("INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)").run(
      topic,
      partition,
      next,
      values.length,
      run.key,
      run.timestampMs,
      headers,
      new Uint8Array(ends.buffer, ends.byteOffset, ends.byteLength),
      bytes,
    );
  }

  /**
   * The records from `offset` on, about `maxBytes` of them at the most; undefined at the end of the
   * log. A hole, which retention made in logs of earlier versions, is covered by the batch whose
   * records follow it.
   */
  read(
    topic: string,
    partition: number,
    offset: number,
    limit: number,
    maxBytes: number,
  ): RecordBatch | undefined {
    const found = this.#readRows(topic, partition, offset, limit, maxBytes);
    if (found) return found;
    const head = this.head(topic, partition);
    if (offset === head?.next) return undefined;
    if (!head || offset < head.earliest || offset > head.next) {
      throw this.#outOfRange(topic, partition, offset);
    }
    // Looked at again: another process may have appended since.
    return this.#readRows(topic, partition, offset, limit, maxBytes) ??
      { topic, partition, startOffset: offset, nextOffset: head.next, ...NO_RECORDS };
  }

  #readRows(
    topic: string,
    partition: number,
    offset: number,
    limit: number,
    maxBytes: number,
  ): RecordBatch | undefined {
    const rows = this.#sql(
      `SELECT next_offset, records, key, timestamp_ms, headers, ends, bytes FROM batches
       WHERE topic = ? AND partition = ? AND next_offset > ? ORDER BY next_offset`,
    ).iterate(topic, partition, offset) as Iterable<unknown> as Iterable<StoredBatch>;
    const parts: Packed[] = [];
    const runs: Run[] = [];
    let startOffset = offset;
    let nextOffset = offset;
    let left = maxBytes;
    for (const row of rows) {
      const start = row.next_offset - row.records;
      if (start > nextOffset) {
        if (parts.length > 0) break;
        if (offset < (this.head(topic, partition)?.earliest ?? 0)) {
          throw this.#outOfRange(topic, partition, offset);
        }
        startOffset = nextOffset = start;
      }
      const skip = nextOffset - start;
      const stored = new Packed(row.bytes, toOffsets(row.ends));
      const take = stored.fitting(skip, limit - (nextOffset - startOffset), left);
      const part = stored.slice(skip, skip + take);
      parts.push(part);
      runs.push(toRun(row, take));
      nextOffset += take;
      left -= part.bytes.length;
      if (nextOffset - startOffset >= limit || left <= 0 || take < row.records - skip) break;
    }
    if (parts.length === 0) return undefined;
    const values = Packed.concat(parts);
    const batch = { topic, partition, startOffset, nextOffset, values, runs };
    return startOffset === offset ? batch : widenBatch(batch, offset);
  }

  cursor(source: string): string | undefined {
    const row = this.#sql("SELECT state FROM cursors WHERE source = ?").get(source);
    return row && String(row["state"]);
  }

  keepCursor(source: string, state: string): void {
    this.#sql(
      "INSERT INTO cursors VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET state = excluded.state",
    ).run(source, state);
  }

  /** Takes the source over from whoever claimed it before; returns the number of this claim. */
  claim(source: string): number {
    const row = this.#sql(
      `INSERT INTO claims VALUES (?, 1)
       ON CONFLICT (source) DO UPDATE SET epoch = epoch + 1 RETURNING epoch`,
    ).get(source);
    return Number(row?.["epoch"]);
  }

  /** The number of the source's last claim; 0 if nobody ever claimed it. */
  lastClaim(source: string): number {
    return Number(
      this.#sql("SELECT epoch FROM claims WHERE source = ?").get(source)?.["epoch"] ?? 0,
    );
  }

  committed(group: string, topic: string, partition: number): number | undefined {
    const row = this.#sql(
      "SELECT next FROM committed WHERE consumer_group = ? AND topic = ? AND partition = ?",
    ).get(group, topic, partition);
    return row && Number(row["next"]);
  }

  commit(group: string, topic: string, partition: number, next: number): void {
    this.#sql(
      `INSERT INTO committed VALUES (?, ?, ?, ?)
       ON CONFLICT (consumer_group, topic, partition) DO UPDATE SET next = excluded.next`,
    ).run(group, topic, partition, next);
  }

  /**
   * Drops of each partition the batches before the first one that was appended at `beforeMs` or
   * later: clocks step, and a log must have no hole. A dead letter stays while the log has the
   * record it stands for. Returns the records dropped.
   */
  dropOlderThan(beforeMs: number): number {
    // A topic comes before that of its letters, which has a longer name.
    const heads = this.#sql(
      "SELECT topic, partition, next FROM heads WHERE earliest < next ORDER BY topic",
    ).all();
    let dropped = 0;
    for (const { topic, partition, next } of heads) {
      const [of, number] = [String(topic), Number(partition)];
      const young = this.#sql(
        `SELECT next_offset - records AS start FROM batches b
         WHERE topic = ? AND partition = ? AND (timestamp_ms >= ? OR EXISTS (
           SELECT 1 FROM heads h WHERE h.topic = headers ->> 'topic'
             AND h.partition = CAST(headers ->> 'partition' AS INTEGER)
             AND h.earliest <= CAST(headers ->> 'offset' AS INTEGER)))
         ORDER BY next_offset LIMIT 1`,
      ).get(of, number, beforeMs);
      dropped += this.#dropBefore(of, number, Number(young?.["start"] ?? next));
    }
    return dropped;
  }

  /** Drops the oldest batches until the file holds at most about `maxBytes`; returns the records. */
  dropBeyond(maxBytes: number): number {
    const used = this.#pragma("page_count") - this.#pragma("freelist_count");
    let surplus = used * this.#pragma("page_size") - maxBytes;
    if (surplus <= 0) return 0;
    let last = 0;
    const oldest = this.#sql(
      "SELECT rowid AS id, length(bytes) + length(ends) AS size FROM batches ORDER BY rowid",
    );
    for (const { id, size } of oldest.iterate()) {
      last = Number(id);
      surplus -= Number(size) + BATCH_OVERHEAD_BYTES;
      if (surplus <= 0) break;
    }
    // Rows lie in the order in which they were appended, so this is a beginning of each partition.
    const dropped = this.#sql("DELETE FROM batches WHERE rowid <= ? RETURNING records")
      .all(last).reduce((sum, row) => sum + Number(row["records"]), 0);
    this.#raiseEarliest();
    return dropped;
  }

  [Symbol.dispose](): void {
    this.#statements.clear();
    this.#db.close();
  }

  #outOfRange(topic: string, partition: number, offset: number): TickhouseError {
    const { earliest, next } = this.head(topic, partition) ?? { earliest: 0, next: 0 };
    return new TickhouseError(
      "OFFSET_OUT_OF_RANGE",
      `${topic}/${partition} holds the offsets ${earliest} up to, not including, ${next}`,
      { field: "position", value: offset, mend: "see `deno task reconcile` for what is missing" },
    );
  }

  #pragma(name: "page_count" | "freelist_count" | "page_size"): number {
    return Number(this.#sql(`PRAGMA ${name}`).get()?.[name]);
  }

  #dropBefore(topic: string, partition: number, offset: number): number {
    const dropped = this.#sql(
      `DELETE FROM batches WHERE topic = ? AND partition = ? AND next_offset <= ?
       RETURNING records`,
    ).all(topic, partition, offset).reduce((sum, row) => sum + Number(row["records"]), 0);
    this.#sql("UPDATE heads SET earliest = ? WHERE topic = ? AND partition = ?")
      .run(offset, topic, partition);
    return dropped;
  }

  #raiseEarliest(): void {
    this.#sql(
      `UPDATE heads SET earliest = coalesce((
         SELECT next_offset - records FROM batches b
         WHERE b.topic = heads.topic AND b.partition = heads.partition
         ORDER BY next_offset LIMIT 1), next)`,
    ).run();
  }

  #sql(text: string): Statement {
    const known = this.#statements.get(text);
    if (known) return known;
    const statement = new Statement(guarded(() => this.#db.prepare(text)));
    this.#statements.set(text, statement);
    return statement;
  }
}

type Row = Record<string, unknown>;

/** A prepared statement whose errors name the log. */
class Statement {
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
  }

  run(...binds: SQLInputValue[]): void {
    guarded(() => this.#statement.run(...binds));
  }

  get(...binds: SQLInputValue[]): Row | undefined {
    return guarded(() => this.#statement.get(...binds));
  }

  all(...binds: SQLInputValue[]): Row[] {
    return guarded(() => this.#statement.all(...binds));
  }

  *iterate(...binds: SQLInputValue[]): Iterable<Row> {
    const rows = guarded(() => this.#statement.iterate(...binds));
    try {
      for (;;) {
        const { value, done } = guarded(() => rows.next());
        if (done) return;
        yield value;
      }
    } finally {
      rows.return?.();
    }
  }
}

function toTopic(row: Row): TopicInfo {
  return {
    name: String(row["name"]),
    partitions: Number(row["partitions"]),
    id: String(row["id"]),
  };
}

function toRun(row: StoredBatch, count: number): Run {
  const run = { key: row.key, count, timestampMs: row.timestamp_ms };
  return row.headers === null ? run : { ...run, headers: JSON.parse(row.headers) };
}

function toOffsets(blob: Uint8Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const aligned = blob.byteOffset % 4 === 0 ? blob : blob.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}
