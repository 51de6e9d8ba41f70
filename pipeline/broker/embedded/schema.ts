/** The tables of the embedded broker, and what earlier versions' tables do not have. @module */
import type { DatabaseSync } from "node:sqlite";

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
  checked_from INTEGER NOT NULL DEFAULT 0,
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
  bytes BLOB NOT NULL,
  checksum INTEGER
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS batches_by_offset ON batches (topic, partition, next_offset);
CREATE INDEX IF NOT EXISTS batches_by_time ON batches (timestamp_ms);
CREATE TABLE IF NOT EXISTS cursors (
  source TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  checksum INTEGER
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

/** A column that an earlier version's table does not have, and what makes it. */
interface Addition {
  readonly table: string;
  readonly column: string;
  readonly ddl: readonly string[];
}

/**
 * Topics had no ids, and batches no checksums. What was there then has none: it stays readable, and
 * `heads.checked_from` says where that ends.
 */
const ADDITIONS: readonly Addition[] = [
  {
    table: "topics",
    column: "id",
    ddl: [
      "ALTER TABLE topics ADD COLUMN id TEXT NOT NULL DEFAULT ''",
      "UPDATE topics SET id = lower(hex(randomblob(16)))",
    ],
  },
  {
    table: "heads",
    column: "checked_from",
    ddl: [
      "ALTER TABLE heads ADD COLUMN checked_from INTEGER NOT NULL DEFAULT 0",
      "UPDATE heads SET checked_from = next",
    ],
  },
  ...["batches", "cursors"].map((table) => ({
    table,
    column: "checksum",
    ddl: [`ALTER TABLE ${table} ADD COLUMN checksum INTEGER`],
  })),
];

/** Makes what is missing. Idempotent, also in several processes at once. */
export function prepareSchema(db: DatabaseSync): void {
  db.exec(SCHEMA);
  if (ADDITIONS.every((addition) => isThere(db, addition))) return;
  writing(db, () => {
    // Looked at again: another process may have been faster.
    for (const addition of ADDITIONS.filter((one) => !isThere(db, one))) {
      for (const ddl of addition.ddl) db.exec(ddl);
    }
  });
}

/** Runs `work` in one transaction that holds the write lock from the start. */
export function writing<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const value = work();
    db.exec("COMMIT");
    return value;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function isThere(db: DatabaseSync, { table, column }: Addition): boolean {
  const columns = db.prepare("SELECT name FROM pragma_table_info(?)").all(table);
  return columns.some(({ name }) => name === column);
}
