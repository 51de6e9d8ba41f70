import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Packed } from "../../batch.ts";
import { TickhouseError } from "../../errors.ts";
import { TempFolder, texts } from "../../testing.ts";
import { EmbeddedBroker } from "./embedded.ts";

const RECORDS = 9;
const BATCH = 3;

/** A log of one partition, in batches of three records, with a source's state. */
async function makeLog(path: string): Promise<void> {
  await using broker = new EmbeddedBroker({ path, now: () => 1_700_000_000_000 });
  await broker.createTopic({ name: "t", partitions: 1 });
  for (let from = 0; from < RECORDS; from += BATCH) {
    const values = [0, 1, 2].map((i) => JSON.stringify({ price: 123.45, number: from + i }));
    const headers = { origin: "test" };
    const record = { key: "AAPL", values: Packed.from(values), headers };
    await broker.produce("t", [record], { source: "s", state: `{"at":${from + BATCH}}` });
  }
}

function sql(path: string, text: string): void {
  using db = new DatabaseSync(path);
  db.exec(text);
}

/** Everything that the log holds of the topic, from an offset on. */
async function readAll(path: string, from = 0): Promise<string[]> {
  await using broker = new EmbeddedBroker({ path });
  const found: string[] = [];
  const { next } = await broker.offsets("t", 0);
  for (let at = from; at < next;) {
    const batch = await broker.read("t", 0, at, 2);
    if (!batch) break;
    found.push(...texts(batch.values));
    at = batch.nextOffset;
  }
  return found;
}

/** What harms the second batch or the place of it, by what it changes. */
const HARM: Readonly<Record<string, string>> = {
  "one bit of a price": "bytes = CAST(replace(bytes, '123.45', '323.45') AS BLOB)",
  "an end of a record": "ends = X'200000004100000062000000'",
  "the number of records": "records = 2",
  "the offset": "next_offset = 5",
  "the key": "key = 'AAPM'",
  "the time": "timestamp_ms = timestamp_ms + 1",
  "the headers": 'headers = \'{"origin":"rest"}\'',
  "headers gone": "headers = NULL",
  "no ends": "ends = X''",
  "no bytes": "bytes = X''",
  "the checksum": "checksum = checksum + 1",
  "the checksum gone": "checksum = NULL",
  "the topic": "topic = 'u'",
  "the partition": "partition = 1",
};

for (const [what, set] of Object.entries(HARM)) {
  Deno.test(`EmbeddedBroker: LOG_DAMAGED names topic and offset where ${what} changed`, async () => {
    using folder = new TempFolder();
    const path = join(folder.path, "b.sqlite");
    await makeLog(path);
    sql(path, `UPDATE batches SET ${set} WHERE next_offset = 6`);
    const error = await assertRejects(() => readAll(path), TickhouseError);
    assertEquals(error.code, "LOG_DAMAGED", error.message);
    assertMatch(error.message, /t\/0 offset [2-4] on.*Restore broker\.sqlite from a copy/);
  });
}

Deno.test("EmbeddedBroker: what lies before the damage and behind it is read", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "b.sqlite");
  await makeLog(path);
  sql(path, "UPDATE batches SET key = 'x' WHERE next_offset = 6");
  assertEquals((await readAll(path, 6)).length, 3);
  await using broker = new EmbeddedBroker({ path });
  assertEquals(texts((await broker.read("t", 0, 0, 3))?.values ?? Packed.from([])).length, 3);
});

/** Changes of what says where a partition ends and begins. */
const HEADS: Readonly<Record<string, string>> = {
  "ends later": "UPDATE heads SET next = next + 1024",
  "ends sooner": "UPDATE heads SET next = next - 1",
  "begins later": "UPDATE heads SET earliest = 1",
  "has lost a batch": "DELETE FROM batches WHERE next_offset = 6",
  "has lost its last batch": "DELETE FROM batches WHERE next_offset = 9",
  "has lost its first batch": "DELETE FROM batches WHERE next_offset = 3",
  "has lost all batches": "DELETE FROM batches",
};

for (const [what, change] of Object.entries(HEADS)) {
  Deno.test(`EmbeddedBroker: a log that ${what} is LOG_DAMAGED, not shorter or longer`, async () => {
    using folder = new TempFolder();
    const path = join(folder.path, "b.sqlite");
    await makeLog(path);
    sql(path, change);
    const error = await assertRejects(() => readAll(path), TickhouseError);
    assertEquals(error.code, "LOG_DAMAGED", error.message);
    assertMatch(error.message, /t\/0 offset \d/);
  });
}

for (const retention of [{ maxAgeMs: 1_000 }, { maxBytes: 1 }]) {
  Deno.test(`EmbeddedBroker: retention ${JSON.stringify(retention)} does not hide that a batch is gone`, async () => {
    using folder = new TempFolder();
    const path = join(folder.path, "b.sqlite");
    await makeLog(path);
    sql(path, "DELETE FROM batches WHERE next_offset = 3");
    await using broker = new EmbeddedBroker({ path, now: () => 1_700_000_000_000 });
    const error = await assertRejects(() => broker.retain(retention), TickhouseError);
    assertEquals(error.code, "LOG_DAMAGED");
    await assertRejects(() => broker.offsets("t", 0), TickhouseError);
  });
}

Deno.test("EmbeddedBroker: nothing is appended behind an end that is wrong", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "b.sqlite");
  await makeLog(path);
  sql(path, "UPDATE heads SET next = 5");
  await using broker = new EmbeddedBroker({ path });
  const records = [{ key: "AAPL", values: Packed.from(["{}"]) }];
  const error = await assertRejects(() => broker.produce("t", records), TickhouseError);
  assertEquals(error.code, "LOG_DAMAGED");
});

Deno.test("EmbeddedBroker: a source's state that changed is refused, not gone on from", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "b.sqlite");
  await makeLog(path);
  sql(path, `UPDATE cursors SET state = '{"at":1}'`);
  await using broker = new EmbeddedBroker({ path });
  const error = await assertRejects(() => broker.cursor("s"), TickhouseError);
  assertEquals([error.code, error.field], ["LOG_DAMAGED", "source"]);
});

for (const partitions of [0, 2, 3]) {
  Deno.test(`EmbeddedBroker: a topic that claims ${partitions} partitions of 1 is refused`, async () => {
    using folder = new TempFolder();
    const path = join(folder.path, "b.sqlite");
    await makeLog(path);
    sql(path, `UPDATE topics SET partitions = ${partitions}`);
    await using broker = new EmbeddedBroker({ path });
    for (const ask of [() => broker.topic("t"), () => broker.topics()]) {
      const error = await assertRejects<TickhouseError>(ask, TickhouseError);
      assertEquals(error.code, "LOG_DAMAGED");
    }
  });
}

/** The same log as a version without checksums left it. */
function forgetChecksums(path: string): void {
  sql(path, "ALTER TABLE batches DROP COLUMN checksum");
  sql(path, "ALTER TABLE cursors DROP COLUMN checksum");
  sql(path, "ALTER TABLE heads DROP COLUMN checked_from");
}

Deno.test("EmbeddedBroker: a log without checksums is read, counted, and checked from then on", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "b.sqlite");
  await makeLog(path);
  forgetChecksums(path);
  {
    await using broker = new EmbeddedBroker({ path });
    assertEquals(await broker.cursor("s"), '{"at":9}');
    assertEquals(broker.unchecked("t"), RECORDS);
    await broker.produce("t", [{ key: "AAPL", values: Packed.from(["{}"]) }]);
    assertEquals(broker.unchecked("t"), RECORDS);
  }
  assertEquals((await readAll(path)).length, RECORDS + 1);
  // What no checksum covers can't be found; what one covers, or should, can.
  sql(path, "UPDATE batches SET key = 'x' WHERE next_offset = 6");
  assertEquals((await readAll(path)).length, RECORDS + 1);
  sql(path, "UPDATE batches SET checksum = NULL WHERE next_offset = 10");
  const error = await assertRejects(() => readAll(path), TickhouseError);
  assertMatch(error.message, /t\/0 offset 9 on.*lost its checksum/);
});

Deno.test("EmbeddedBroker: a batch without checksum whose parts can't belong together is refused", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "b.sqlite");
  await makeLog(path);
  forgetChecksums(path);
  sql(path, "UPDATE batches SET ends = X'200000004100000062000000' WHERE next_offset = 6");
  const error = await assertRejects(() => readAll(path), TickhouseError);
  assert(error.code === "LOG_DAMAGED" && /t\/0 offset 3/.test(error.message), error.message);
});
