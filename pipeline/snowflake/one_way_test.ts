import { assertEquals, assertRejects } from "@std/assert";
import { ticks } from "../datasets/datasets.ts";
import { TickhouseError } from "../errors.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { createSchema } from "../duckdb/schema.ts";
import { assertOneWay } from "./one_way.ts";

Deno.test("assertOneWay() lets a way go on, and refuses one that remembers elsewhere", async () => {
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  await createSchema(session);
  const refused = async (remembers: "positions" | "channels") => {
    const error = await assertRejects(
      () => assertOneWay(session, ticks, remembers),
      TickhouseError,
    );
    assertEquals(error.code, "WAYS_MIXED");
  };
  await assertOneWay(session, ticks, "positions");
  await assertOneWay(session, ticks, "channels");
  // Rows by Snowpipe Streaming: no position in the table.
  await session.run(`INSERT INTO bronze.ticks BY NAME SELECT 'ticks' AS _topic, 0 AS _partition,
    0 AS _offset, now()::TIMESTAMP AS _ingest_time, 'A' AS symbol, 1 AS price,
    now()::TIMESTAMP AS event_time, 'test' AS source, 't' AS trade_id`);
  await assertOneWay(session, ticks, "channels");
  await refused("positions");
  await session.run("INSERT INTO bronze._positions VALUES ('ticks', 0, 1)");
  await assertOneWay(session, ticks, "positions");
  await refused("channels");
});
