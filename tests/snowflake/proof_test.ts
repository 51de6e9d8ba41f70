/** The proof with Snowflake as a side: equal rows have one hash in both engines. @module */
import { assertEquals, assertMatch } from "@std/assert";
import { Packed } from "tickhouse/batch.ts";
import { jsonCodec } from "tickhouse/codec/json.ts";
import type { Dataset } from "tickhouse/datasets/dataset.ts";
import { DATASETS, ticks } from "tickhouse/datasets/datasets.ts";
import { reconcile } from "tickhouse/reconcile/reconcile.ts";
import { deadLetterQueue } from "tickhouse/sink/dead_letters.ts";
import { WarehouseSink } from "tickhouse/warehouse/sink.ts";
import { differencesOf, TestHouse } from "tickhouse/stream/fixture.ts";
import { createTopics } from "tickhouse/stream/ingest.ts";
import { stream } from "tickhouse/stream/stream.ts";
import { warehouseSide } from "tickhouse/warehouse/side.ts";
import { validMessage } from "tickhouse/testing.ts";
import { SnowflakeWarehouse } from "tickhouse/snowflake/warehouse.ts";
import { SnowflakeSession } from "tickhouse/snowflake/session.ts";
import { standIn, testDatabase } from "./rig.ts";

const POLICY = { minRecords: 1, maxWaitMs: 0, maxRecords: 100_000 };

/** What is hard to write in the same way twice, by the kind of column. */
const HARD: Readonly<Record<string, readonly unknown[]>> = {
  text: ["ü🚀", "a;1:b", "'; --", "\\", "null", "-"],
  decimal: ["0.00000001", "612345.12345678", "7", null],
};

/** Messages of the dataset, hard values among them where the declaration takes them. */
function hardMessages(dataset: Dataset): Record<string, unknown>[] {
  const plain = validMessage(dataset, 0);
  const more = dataset.columns.flatMap((column) => {
    const { name, type, wire, nullable, oneOf } = column;
    const ordered = (dataset.ordered ?? []).flat().includes(name);
    const values = oneOf || ordered ? [] : HARD[type.kind] ?? [];
    return values.filter((value) => value !== null || nullable)
      .map((value) => ({ ...plain, [wire ?? name]: value }));
  });
  return [...Array.from({ length: 20 }, (_, i) => validMessage(dataset, i)), ...more];
}

/** A house whose log is in DuckDB and in Snowflake. */
async function withBoth(
  dataset: Dataset,
  run: (
    prove: () => ReturnType<typeof reconcile>,
    snowflake: SnowflakeWarehouse,
  ) => Promise<void>,
): Promise<void> {
  await using house = await TestHouse.open();
  await using database = await testDatabase();
  const { broker } = house;
  await using snowflake = await SnowflakeWarehouse.open({
    ...database.options,
    codec: jsonCodec,
    deadLetters: deadLetterQueue(broker, "snowflake"),
  });
  await snowflake.migrate();
  await createTopics(broker, dataset);
  const values = hardMessages(dataset).map((message) => JSON.stringify(message));
  await broker.produce(dataset.topic, [{ key: "k", values: Packed.from([...values, "bad"]) }]);
  const sinks = [house.rows(dataset), new WarehouseSink(snowflake, dataset, "snowflake")];
  for (const sink of sinks) {
    const { topic } = dataset;
    await stream({ broker, topic, sink, policy: POLICY, signal: AbortSignal.abort() });
  }
  const ends = [warehouseSide(house.warehouse), warehouseSide(snowflake, "snowflake")];
  await run(() => reconcile({ broker, codec: jsonCodec, datasets: [dataset], ends }), snowflake);
}

Deno.test("the stand-in's MD5_NUMBER_UPPER64 is the documented one", async () => {
  await using session = await SnowflakeSession.open(standIn);
  const found = await session.query("SELECT MD5_NUMBER_UPPER64('Snowflake')");
  assertEquals(String(found.rows[0]?.[0]), "17145559544104499780");
});

for (const dataset of DATASETS) {
  Deno.test(`reconcile() of ${dataset.name} gives DuckDB and Snowflake one hash`, async () => {
    await withBoth(dataset, async (prove) => {
      const proof = await prove();
      assertEquals([proof.proven, differencesOf(proof)], [true, []]);
      const used = proof.partitions.filter(({ compared }) => compared > 0);
      const [log, ...sides] = used.flatMap((partition) => partition.sides);
      assertEquals(used.length, 1);
      assertEquals(sides.map(({ side, hash }) => [side, hash]), [
        ["warehouse", log?.hash],
        ["snowflake", log?.hash],
      ]);
    });
  });
}

Deno.test("reconcile() finds values changed in Snowflake though counts and sums are as they were", async () => {
  const DIFFER = /snowflake: contents differ: hash \w+, in the log \w+; first at offset \d+/;
  await withBoth(ticks, async (prove, snowflake) => {
    const last = Number(
      (await snowflake.query("SELECT max(_offset) FROM bronze.ticks")).rows[0]?.[0],
    );
    for (
      const [change, back] of [
        ["symbol = 'ZZZZ' WHERE _offset = 3", "symbol = 'symbol-3' WHERE _offset = 3"],
        ["trade_id = 'x' WHERE _offset = 3", "trade_id = 'trade_id-3' WHERE _offset = 3"],
        ["source = 'x' WHERE _offset = 3", "source = 'source-3' WHERE _offset = 3"],
        [
          "event_time = DATEADD('second', 1, event_time)",
          "event_time = DATEADD('second', -1, event_time)",
        ],
        [`_offset = ${last} - _offset`, `_offset = ${last} - _offset`],
      ]
    ) {
      await snowflake.query(`UPDATE bronze.ticks SET ${change}`);
      assertMatch(differencesOf(await prove()).join("\n"), DIFFER, change);
      await snowflake.query(`UPDATE bronze.ticks SET ${back}`);
      assertEquals(differencesOf(await prove()), [], back);
    }
  });
});
