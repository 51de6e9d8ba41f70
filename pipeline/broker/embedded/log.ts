/**
 * The tables of the embedded broker and the statements on them.
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { Packed, type RecordBatch, type RecordRun, widenBatch } from "../../batch.ts";
import { TickhouseError } from "../../errors.ts";
import type { OffsetRange, TopicInfo, TopicSpec } from "../broker.ts";
import {
  checksumOfState,
  logDamaged,
  type StoredBatch,
  toRun,
  toStored,
  valuesOf,
} from "./batch.ts";
import { prepareSchema, writing } from "./schema.ts";
import { guarded } from "./sqlite_error.ts";
import { type Row, Statement } from "./statement.ts";

/** What a batch takes beside its payload: its other columns, and its places in the indexes. */
const BATCH_OVERHEAD_BYTES = 150;

const TOPICS = `SELECT name, partitions, id,
  (SELECT count(*) FROM heads WHERE topic = name) AS heads,
  (SELECT max(partition) FROM heads WHERE topic = name) AS last FROM topics`;

/** The offsets that a partition holds. */
interface Head extends OffsetRange {
  /** From here on each batch has a checksum. */
  readonly checkedFrom: number;
}

const NO_RECORDS = { values: Packed.from([]), runs: [] };

/** The log as SQLite tables. Calls are synchronous: the file is local and each takes microseconds. */
export class EmbeddedLog implements Disposable {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, Statement>();

  constructor(path: string, lockWaitMs: number) {
    this.#db = new DatabaseSync(path, { timeout: lockWaitMs });
    this.#db.exec("PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    prepareSchema(this.#db);
  }

  /** As `writing`, with what goes wrong named. */
  transaction<T>(work: () => T): T {
    return guarded(() => writing(this.#db, work));
  }

  topic(name: string): TopicInfo | undefined {
    const row = this.#sql(`${TOPICS} WHERE name = ?`).get(name);
    return row && toTopic(row);
  }

  topics(): TopicInfo[] {
    return this.#sql(`${TOPICS} ORDER BY name`).all().map(toTopic);
  }

  createTopic(spec: TopicSpec): void {
    this.#sql("INSERT INTO topics VALUES (?, ?, ?)")
      .run(spec.name, spec.partitions, crypto.randomUUID());
    for (let p = 0; p < spec.partitions; p++) {
      this.#sql("INSERT INTO heads VALUES (?, ?, 0, 0, 0)").run(spec.name, p);
    }
  }

  /** Throws `LOG_DAMAGED` if the batches end or begin elsewhere. */
  head(topic: string, partition: number): Head | undefined {
    const row = this.#sql(
      `SELECT earliest, next, checked_from,
         (SELECT next_offset FROM batches b WHERE b.topic = h.topic AND b.partition = h.partition
          ORDER BY next_offset DESC LIMIT 1) AS last,
         (SELECT next_offset - records FROM batches b
          WHERE b.topic = h.topic AND b.partition = h.partition
          ORDER BY next_offset LIMIT 1) AS first
       FROM heads h WHERE topic = ? AND partition = ?`,
    ).get(topic, partition);
    if (!row) return undefined;
    const head = {
      earliest: Number(row["earliest"]),
      next: Number(row["next"]),
      checkedFrom: Number(row["checked_from"]),
    };
    // What earlier versions left may have holes at its ends.
    const [first, last] = [row["first"] ?? head.next, row["last"] ?? head.earliest];
    if (head.next > head.checkedFrom && last !== head.next) {
      const at = Math.min(Number(last), head.next);
      throw logDamaged(topic, partition, at, `it ends at ${last}, and should at ${head.next}`);
    }
    if (head.earliest >= head.checkedFrom && first !== head.earliest) {
      const at = Math.min(Number(first), head.earliest);
      throw logDamaged(topic, partition, at, `it begins at ${first}, not at ${head.earliest}`);
    }
    return head;
  }

  /** Records of a topic that have no checksum, since an earlier version appended them. */
  unchecked(topic: string): number {
    const row = this.#sql(
      `SELECT coalesce(sum(records), 0) AS records FROM batches
       WHERE topic = ? AND checksum IS NULL`,
    ).get(topic);
    return Number(row?.["records"]);
  }

  append(topic: string, partition: number, run: RecordRun & { key: string }, values: Packed): void {
    const end = this.head(topic, partition)?.next ?? 0;
    const next = end + values.length;
    this.#sql("UPDATE heads SET next = ? WHERE topic = ? AND partition = ?")
      .run(next, topic, partition);
    const row = toStored(topic, partition, next, run, values);
    this.#sql(
      `INSERT INTO batches (topic, partition, next_offset, records, key, timestamp_ms, headers, ends,
         bytes, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      row.topic,
      row.partition,
      row.next_offset,
      row.records,
      row.key,
      row.timestamp_ms,
      row.headers,
      row.ends,
      row.bytes,
      row.checksum,
    );
  }

  /**
   * The records from `offset` on, about `maxBytes` of them at the most; undefined at the end of the
   * log. A hole, which retention made in logs of earlier versions, is covered by the batch whose
   * records follow it. Throws `LOG_DAMAGED` where something else is than what was appended.
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
    const again = this.#readRows(topic, partition, offset, limit, maxBytes);
    if (again) return again;
    // Or retention has dropped it since.
    if (offset < (this.head(topic, partition)?.earliest ?? 0)) {
      throw this.#outOfRange(topic, partition, offset);
    }
    this.#checkHole(topic, partition, offset, head.next);
    return { topic, partition, startOffset: offset, nextOffset: head.next, ...NO_RECORDS };
  }

  #readRows(
    topic: string,
    partition: number,
    offset: number,
    limit: number,
    maxBytes: number,
  ): RecordBatch | undefined {
    const rows = this.#sql(
      `SELECT topic, partition, next_offset, records, key, timestamp_ms, headers, ends, bytes,
         checksum FROM batches
       WHERE topic = ? AND partition = ? AND next_offset > ? ORDER BY next_offset`,
    ).iterate(topic, partition, offset) as Iterable<unknown> as Iterable<StoredBatch>;
    const parts: Packed[] = [];
    const runs: RecordRun[] = [];
    let startOffset = offset;
    let nextOffset = offset;
    let left = maxBytes;
    const checkedFrom = this.#checkedFrom(topic, partition);
    for (const row of rows) {
      const stored = valuesOf(row, { topic, partition, checkedFrom });
      const start = row.next_offset - row.records;
      if (start > nextOffset) {
        if (parts.length > 0) break;
        if (offset < (this.head(topic, partition)?.earliest ?? 0)) {
          throw this.#outOfRange(topic, partition, offset);
        }
        this.#checkHole(topic, partition, nextOffset, start);
        startOffset = nextOffset = start;
      }
      const skip = nextOffset - start;
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

  /** Throws `LOG_DAMAGED` if the state is not what was kept. */
  cursor(source: string): string | undefined {
    const row = this.#sql("SELECT state, checksum FROM cursors WHERE source = ?").get(source);
    if (!row) return undefined;
    const state = String(row["state"]);
    const { checksum } = row;
    if (checksum === null || checksum === checksumOfState(source, state)) return state;
    throw new TickhouseError("LOG_DAMAGED", "its state in the log is not what was kept", {
      field: "source",
      value: source,
      fix: "restore broker.sqlite from a copy: where the source stands is not known",
    });
  }

  keepCursor(source: string, state: string): void {
    this.#sql(
      `INSERT INTO cursors (source, state, checksum) VALUES (?, ?, ?)
       ON CONFLICT (source) DO UPDATE SET state = excluded.state, checksum = excluded.checksum`,
    ).run(source, state, checksumOfState(source, state));
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
      this.head(of, number);
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
    this.#checkHeads();
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
      { field: "position", value: offset, fix: "see `deno task reconcile` for what is missing" },
    );
  }

  #checkedFrom(topic: string, partition: number): number {
    const row = this.#sql("SELECT checked_from FROM heads WHERE topic = ? AND partition = ?")
      .get(topic, partition);
    return Number(row?.["checked_from"] ?? 0);
  }

  /** Only earlier versions left holes. */
  #checkHole(topic: string, partition: number, from: number, to: number): void {
    if (to <= this.#checkedFrom(topic, partition)) return;
    throw logDamaged(topic, partition, from, `the records up to offset ${to} are missing`);
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

  /** Before retention moves a beginning: batches that are gone must not be taken for dropped ones. */
  #checkHeads(): void {
    const heads = this.#sql("SELECT topic, partition FROM heads WHERE earliest < next").all();
    for (const { topic, partition } of heads) this.head(String(topic), Number(partition));
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

/** Throws `LOG_DAMAGED` unless it has a head for each partition, and no more. */
function toTopic(row: Row): TopicInfo {
  const topic = {
    name: String(row["name"]),
    partitions: Number(row["partitions"]),
    id: String(row["id"]),
  };
  if (Number(row["heads"]) === topic.partitions && row["last"] === topic.partitions - 1) {
    return topic;
  }
  throw new TickhouseError("LOG_DAMAGED", `the log has ${row["heads"]} heads of its partitions`, {
    field: "partitions",
    value: `${topic.partitions} of ${topic.name}`,
    fix: "restore broker.sqlite from a copy",
  });
}
