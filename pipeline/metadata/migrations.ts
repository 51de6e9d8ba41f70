/**
 * What makes the tables, in numbered steps. A step that was released never changes: what comes later
 * is a step of its own.
 * @module
 */
import type { CreateTableBuilder, Kysely } from "kysely";
import type { Migration } from "kysely/migration";

type Db = Kysely<unknown>;
// deno-lint-ignore no-explicit-any
type Builder = CreateTableBuilder<string, any>;

/** By name; they run in the order of their names. `schema` is where the tables go. */
export function migrationsIn(schema: string | undefined): Record<string, Migration> {
  const steps = Object.entries(STEPS).map(([name, up]): [string, Migration] => [
    name,
    { up: (db: Db) => up(schema === undefined ? db : db.withSchema(schema)) },
  ]);
  return Object.fromEntries(steps);
}

const STEPS: Record<string, (db: Db) => Promise<void>> = {
  "0001_start": async (db) => {
    await table(db, "runs", ["id"], (t) =>
      columns(t, {
        text: ["id", "verb", "host", "status"],
        optionalText: ["route", "source", "report"],
        integer: ["pid"],
        bigint: ["started_us", "seen_us"],
        optionalBigint: ["ended_us"],
      }));
    await index(db, "runs", "runs_by_start", ["started_us"]);
    await table(db, "watermarks", SERIES, (t) =>
      columns(t, {
        text: SERIES,
        bigint: [...RANGE, "updated_us"],
        optionalBigint: ["last_time_us"],
      }));
    await table(db, "coverage", [...SERIES, ...RANGE, "asked_us"], (t) =>
      columns(t, {
        text: [...SERIES, "outcome"],
        bigint: [...RANGE, "asked_us"],
        optionalText: ["sha256"],
      }));
    await table(
      db,
      "requests",
      ["provider", "key_hash", "day"],
      (t) => columns(t, { text: ["provider", "key_hash", "day"], integer: ["used"] }),
    );
    await table(db, "gaps", ["id"], (t) =>
      columns(t, {
        text: ["id", ...SERIES, "reason", "state"],
        bigint: [...RANGE, "noticed_us"],
        optionalText: ["detail", "filled_by"],
        optionalBigint: ["closed_us"],
      }));
    await index(db, "gaps", "gaps_by_series", [...SERIES, "from_us"]);
    await table(db, "symbols", ["id"], (t) =>
      columns(t, {
        text: ["id", "provider", "symbol", "instrument", "source"],
        optionalText: ["exchange", "currency", "name", "valid_from", "valid_to"],
      }));
    await index(db, "symbols", "symbols_by_symbol", ["provider", "symbol"]);
    await index(db, "symbols", "symbols_by_instrument", ["provider", "instrument"]);
    await table(
      db,
      "actions",
      ["source", "symbol", "ex_date", "kind", "version"],
      (t) =>
        columns(t, {
          text: ["source", "symbol", "ex_date", "kind", "amount"],
          integer: ["version"],
          bigint: ["seen_us"],
          optionalText: ["currency"],
        }),
    );
    await table(db, "bodies", ["sha256", "url", "asked_us"], (t) =>
      columns(t, {
        text: ["sha256", "provider", "url", "object_key"],
        integer: ["status", "bytes"],
        bigint: ["asked_us"],
      }));
  },
};

const SERIES = ["provider", "symbol", "interval"];
const RANGE = ["from_us", "to_us"];

/** Names of columns by what they hold. */
interface Columns {
  readonly text?: readonly string[];
  readonly integer?: readonly string[];
  readonly bigint?: readonly string[];
  readonly optionalText?: readonly string[];
  readonly optionalBigint?: readonly string[];
}

function columns(to: Builder, given: Columns): Builder {
  for (const type of ["text", "integer", "bigint"] as const) {
    for (const name of given[type] ?? []) to = to.addColumn(name, type, (c) => c.notNull());
  }
  for (const name of given.optionalText ?? []) to = to.addColumn(name, "text");
  for (const name of given.optionalBigint ?? []) to = to.addColumn(name, "bigint");
  return to;
}

async function table(
  db: Db,
  name: string,
  key: readonly string[],
  make: (to: Builder) => Builder,
): Promise<void> {
  const made = make(db.schema.createTable(name));
  await made.addPrimaryKeyConstraint(`${name}_key`, [...key] as never[]).execute();
}

async function index(db: Db, on: string, name: string, of: readonly string[]): Promise<void> {
  await db.schema.createIndex(name).on(on).columns([...of]).execute();
}
