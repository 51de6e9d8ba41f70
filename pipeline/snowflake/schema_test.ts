import { assertEquals, assertRejects } from "@std/assert";
import { bars, ticks } from "../datasets/datasets.ts";
import { TickhouseError } from "../errors.ts";
import type { Cell } from "../sql/session.ts";
import { evolveTables } from "./schema.ts";

/** A session on tables of Snowflake, of which it tells these columns, and that refuses all else. */
function sessionOn(
  columns: readonly (readonly Cell[])[],
  refuse: (sql: string) => Error | undefined,
) {
  const sent: string[] = [];
  return {
    sent,
    query: () => Promise.resolve({ columns: [], rows: columns }),
    run: (sql: string) => {
      sent.push(sql);
      const error = refuse(sql);
      return error ? Promise.reject(error) : Promise.resolve(0);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** As information_schema tells it: name, type, digits, scale, length, and whether null is allowed. */
function told(table: string, names: readonly string[]): Cell[][] {
  const number = (digits: number, scale: number) => ["NUMBER", digits, scale, null];
  const text = (length: number) => ["TEXT", null, null, length];
  const time = ["TIMESTAMP_NTZ", null, null, null];
  const types: Record<string, Cell[]> = {
    ...{ _topic: text(249), _partition: number(10, 0), _offset: number(19, 0), _ingest_time: time },
    ...{ symbol: text(32), source: text(32), bar_interval: text(8), open_time: time },
    ...{ open: number(38, 18), high: number(38, 18), low: number(38, 18), close: number(38, 18) },
    ...{ adjustment: text(6), signed: text(3), action: text(8), origin: text(64) },
    ...{ side: text(4), sequence: number(18, 0), receive_time: time },
    ...{ provisional: text(3), conditions: text(64), venue: text(16), currency: text(8) },
    ...{ adj_close: number(38, 18), volume: number(28, 8), price: number(18, 8) },
    ...{ size: number(28, 8), event_time: time, trade_id: text(16) },
  };
  const nullable = ["adj_close", "volume", "adjustment", "signed", "action", "origin", "side"]
    .concat(["provisional", "sequence", "size", "conditions", "venue", "currency", "receive_time"]);
  return names.map((name) => [
    ...[table, name.toUpperCase(), ...types[name] ?? []],
    ...[nullable.includes(name) || table.startsWith("_") ? "YES" : "NO", null],
  ]);
}

const SYSTEM = ["_topic", "_partition", "_offset", "_ingest_time"];
const BARS = [...SYSTEM, ...bars.columns.map(({ name }) => name)];
const TICKS = [...SYSTEM, ...ticks.columns.map(({ name }) => name)];
const LACKING = BARS.filter((name) => name !== "adj_close");

Deno.test("evolveTables() alters bronze and landing tables, and none that is as declared", async () => {
  const session = sessionOn(
    [...told("BARS", LACKING), ...told("_LANDING_BARS", LACKING), ...told("TICKS", TICKS)],
    () => undefined,
  );
  await evolveTables(session, [bars, ticks]);
  assertEquals(session.sent, [
    "ALTER TABLE bronze.bars ADD COLUMN IF NOT EXISTS adj_close NUMBER(38,18)",
    "ALTER TABLE bronze._landing_bars ADD COLUMN IF NOT EXISTS adj_close NUMBER(38,18)",
    "ALTER TABLE bronze.ticks ALTER COLUMN trade_id SET DATA TYPE VARCHAR(96)",
  ]);
});

Deno.test("evolveTables() tells a role that may not alter what another one is to run", async () => {
  const denied = new TickhouseError("SNOWFLAKE_DENIED", "insufficient privileges");
  const session = sessionOn([...told("BARS", LACKING), ...told("TICKS", TICKS)], () => denied);
  const error = await assertRejects(() => evolveTables(session, [bars, ticks]), TickhouseError);
  assertEquals([error.code, error.field, error.fix], [
    "TABLE_DIFFERS",
    "bronze.bars",
    "let a role that may alter it run: " +
    "ALTER TABLE bronze.bars ADD COLUMN IF NOT EXISTS adj_close NUMBER(38,18); " +
    "ALTER TABLE bronze.ticks ALTER COLUMN trade_id SET DATA TYPE VARCHAR(96)",
  ]);
  const lost = new TickhouseError("SNOWFLAKE_UNREACHABLE", "no answer", { kind: "transient" });
  const cut = sessionOn(told("BARS", LACKING), () => lost);
  assertEquals(await assertRejects(() => evolveTables(cut, [bars]), TickhouseError), lost);
});
