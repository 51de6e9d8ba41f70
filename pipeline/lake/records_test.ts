import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { jsonCodec } from "../codec/json.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { ticks } from "../datasets/datasets.ts";
import { TickhouseError } from "../errors.ts";
import { DirectoryStore } from "../store/directory.ts";
import { batchOf, DeadLetterTrap, TempFolder, validBatch, validMessage } from "../testing.ts";
import { offsetsOf } from "./fixture.ts";
import { LakeSink } from "./lake.ts";

const ALONE: Dataset = { ...ticks, partitions: 1 };
const KAFKA_MESSAGES = "kafka-messages{offset}.json";

/** A store that fails to create objects whose key has the given end. */
class FailingStore extends DirectoryStore {
  failing: string | undefined;
  readonly created: string[] = [];

  override createFromFile(key: string, path: string, metadata: Record<string, string>) {
    if (this.failing && key.endsWith(this.failing)) return Promise.reject(new Error("cut"));
    this.created.push(key);
    return super.createFromFile(key, path, metadata);
  }
}

async function withLake(
  run: (tools: {
    root: string;
    store: FailingStore;
    open: (recordKey?: string, dataset?: Dataset) => Promise<LakeSink>;
  }) => Promise<void>,
): Promise<void> {
  using folder = new TempFolder();
  const root = join(folder.path, "lake");
  const store = new FailingStore(root);
  const deadLetters = new DeadLetterTrap().queue;
  const open = (recordKey = KAFKA_MESSAGES, dataset = ALONE) =>
    LakeSink.open({ store, dataset, codec: jsonCodec, deadLetters, format: "json", recordKey });
  await run({ root, store, open });
}

Deno.test("LakeSink json: an object holds its record's payload, byte for byte", () =>
  withLake(async ({ root, store, open }) => {
    await using sink = await open();
    const odd = `{ "extra" : [1, 2],${JSON.stringify(validMessage(ticks, 1)).slice(1)}`;
    const batch = batchOf("ticks", 0, 0, [validMessage(ticks, 0), odd, "bad"]);
    assertEquals(await sink.write([batch]), { rows: 2, dead: 1 });
    assertEquals(Deno.readTextFileSync(join(root, "kafka-messages1.json")), odd);
    const keys = (await Array.fromAsync(store.list(""))).filter((key) => !key.includes("/_"));
    assertEquals(keys, [
      "kafka-messages0.json",
      "kafka-messages1.json",
      "ticks/date=2025-11-21/partition=0/00000000000000000000.manifest.json",
    ]);
  }));

Deno.test("LakeSink json: objects without a manifest count for nothing, and are used again", () =>
  withLake(async ({ store, open }) => {
    await using sink = await open();
    store.failing = ".manifest.json";
    await assertRejects(() => sink.write([validBatch(ticks, 0, 0, 5)]), Error, "cut");
    assertEquals(await sink.position("ticks", 0), 0);
    store.failing = undefined;
    await using other = await open();
    await other.write([validBatch(ticks, 0, 0, 3)]);
    await other.write([validBatch(ticks, 0, 3, 4)]);
    assertEquals(await sink.position("ticks", 0), 7);
    assertEquals(await offsetsOf(store, ALONE, 0), [0, 1, 2, 3, 4, 5, 6]);
  }));

Deno.test("LakeSink json: a key that holds another record stops the sink", () =>
  withLake(async ({ root, store, open }) => {
    await using sink = await open();
    Deno.writeTextFileSync(join(root, "other"), "another record");
    await store.createFromFile("kafka-messages1.json", join(root, "other"), {});
    const error = await assertRejects(
      () => sink.write([validBatch(ticks, 0, 0, 3)]),
      TickhouseError,
      "kafka-messages1.json",
    );
    assertEquals([error.code, error.kind], ["RECORD_KEY_TAKEN", "terminal"]);
    assertEquals(await sink.position("ticks", 0), 0);
  }));

Deno.test("LakeSink json: a record's object with other bytes is found when it is read", () =>
  withLake(async ({ root, store, open }) => {
    await using sink = await open();
    await sink.write([validBatch(ticks, 0, 0, 3)]);
    const path = join(root, "kafka-messages1.json");
    Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace("100.01", "100.02"));
    const read = () => offsetsOf(store, ALONE, 0);
    const error = await assertRejects(read, TickhouseError, "kafka-messages1.json");
    assertEquals(error.code, "OBJECT_DAMAGED");
    Deno.removeSync(path);
    const missing = await assertRejects(read, TickhouseError, "kafka-messages1.json");
    assertEquals(missing.code, "OBJECT_MISSING");
  }));

Deno.test("LakeSink json: a log with gaps names its objects by the records' offsets", () =>
  withLake(async ({ store, open }) => {
    await using sink = await open();
    const batch = validBatch(ticks, 0, 0, 2);
    await sink.write([{ ...batch, nextOffset: 20, offsets: Float64Array.of(3, 17) }]);
    const keys = await Array.fromAsync(store.list("kafka-messages"));
    assertEquals(keys, ["kafka-messages17.json", "kafka-messages3.json"]);
    assertEquals(await offsetsOf(store, ALONE, 0), [3, 17]);
  }));

Deno.test("LakeSink json: templates by which records could share keys are refused", () =>
  withLake(async ({ open }) => {
    const many = { ...ticks, partitions: 6 };
    const bad = [
      ["records.json", ALONE, "{offset}"],
      [KAFKA_MESSAGES, many, "6 partitions"],
      ["{day}/{offset}.json", ALONE, "{topic}, {partition}, {offset}"],
      ["/{offset}.json", ALONE, "is no key"],
    ] as const;
    for (const [template, dataset, says] of bad) {
      const error = await assertRejects(() => open(template, dataset), TickhouseError, says);
      assertEquals([error.code, error.field], ["CONFIG_INVALID", "TICKHOUSE_LAKE_RECORD_KEY"]);
    }
    await using _ = await open("a/{partition}-{offset}.json", many);
  }));
