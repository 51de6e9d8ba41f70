import { jsonCodec } from "tickhouse/codec/json.ts";
import { warehouseConformance } from "tickhouse/warehouse/conformance.ts";
import { evolutionConformance } from "tickhouse/warehouse/evolution_conformance.ts";
import { SnowflakeWarehouse } from "tickhouse/snowflake/warehouse.ts";
import { testDatabase } from "./rig.ts";

warehouseConformance("SnowflakeWarehouse", async (deadLetters) => {
  const database = await testDatabase();
  const { options } = database;
  const open = () => SnowflakeWarehouse.open({ ...options, codec: jsonCodec, deadLetters });
  const warehouse = await open();
  await warehouse.migrate();
  return {
    warehouse,
    another: open,
    [Symbol.asyncDispose]: async () => {
      await warehouse[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
});

evolutionConformance("SnowflakeWarehouse", async () => {
  const database = await testDatabase();
  const { options } = database;
  const deadLetters = () => Promise.reject(new TypeError("no row is bad"));
  return {
    open: (datasets) =>
      SnowflakeWarehouse.open({ ...options, codec: jsonCodec, deadLetters, datasets }),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
});
