import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { Packed } from "../batch.ts";
import { TickhouseError } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import { EmbeddedBroker } from "./embedded.ts";
import { lag } from "./lag.ts";

Deno.test("lag() counts what a group has not committed of what the log holds", async () => {
  using folder = new TempFolder();
  await using broker = new EmbeddedBroker({ path: join(folder.path, "b.sqlite") });
  await assertRejects(() => lag(broker, "g", "t"), TickhouseError, "no such topic");
  await broker.createTopic({ name: "t", partitions: 2 });
  assertEquals(await lag(broker, "g", "t"), 0);
  const values = Packed.from(["1", "2", "3"]);
  await broker.produce("t", ["a", "b", "c", "d"].map((key) => ({ key, values })));
  assertEquals(await lag(broker, "g", "t"), 12);
  const position = () => Promise.resolve(0);
  await using consumer = await broker.consumer({ group: "g", topic: "t", position });
  await consumer.commit(0, 2);
  assertEquals(await lag(broker, "g", "t"), 10);
  assertEquals(await lag(broker, "other", "t"), 12);
});
