import { assertEquals, assertRejects } from "@std/assert";
import { withServices } from "services/fixture.ts";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { LakeSink } from "tickhouse/lake/lake.ts";
import { loadLake } from "tickhouse/lake/load.ts";
import { validBatch } from "tickhouse/testing.ts";
import { SnowflakeWarehouse } from "tickhouse/snowflake/warehouse.ts";
import { s3Place } from "../stores/places.ts";
import { testDatabase } from "./rig.ts";

const { minio } = await withServices(["minio"]);

Deno.test("SnowflakeWarehouse.load() takes the lake from MinIO by an external stage", async () => {
  const { variables } = minio;
  const url = variables["TICKHOUSE_S3_ENDPOINT"] ?? "";
  const key = variables["TICKHOUSE_S3_ACCESS_KEY"] ?? "";
  const secret = variables["TICKHOUSE_S3_SECRET_KEY"] ?? "";
  const fresh = await s3Place("minio", url, key, secret).fresh();
  await using store = await fresh.open();
  const deadLetters = () => Promise.resolve();
  await using lake = await LakeSink.open({ store, dataset: ticks, codec: jsonCodec, deadLetters });
  await lake.write([validBatch(ticks, 0, 0, 500), validBatch(ticks, 1, 0, 30)]);
  await lake.write([validBatch(ticks, 0, 500, 20)]);
  const bucket = /"bucket":"([^"]+)"/.exec(fresh.script())?.[1] ?? "";
  await using database = await testDatabase();
  await using warehouse = await SnowflakeWarehouse.open({
    ...database.options,
    codec: jsonCodec,
    deadLetters,
    stage: "bronze.lake_minio",
  });
  await warehouse.migrate();
  const stage = (name: string, secret: string) =>
    warehouse.query(`CREATE STAGE bronze.${name} URL = 's3compat://${bucket}/'
      ENDPOINT = '${new URL(url).host}'
      CREDENTIALS = (AWS_KEY_ID = '${key}' AWS_SECRET_KEY = '${secret}')`);
  await stage("lake_minio", secret);
  assertEquals(await loadLake(store, warehouse, ticks), { objects: 3, skipped: 0, rows: 550 });
  assertEquals(await loadLake(store, warehouse, ticks), { objects: 0, skipped: 3, rows: 0 });
  const found = await warehouse.query(
    "SELECT _partition, count(DISTINCT _offset) FROM bronze.ticks GROUP BY 1 ORDER BY 1",
  );
  assertEquals(found.rows, [[0, 520], [1, 30]]);
  await stage("lake_denied", "wrong");
  await assertRejects(() => warehouse.query("LIST @bronze.lake_denied"), Error, "091003");
});
