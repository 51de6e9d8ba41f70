import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { EmbeddedBroker } from "../broker/embedded.ts";
import { TickhouseError } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import { DEAD_LETTER_HEADERS, deadLetterQueue } from "./dead_letters.ts";
import type { DeadLetter } from "./sink.ts";

function letter(topic: string, offset: number, value: Uint8Array<ArrayBuffer>): DeadLetter {
  return {
    topic,
    partition: 3,
    offset,
    key: offset % 2 ? "k" : null,
    value,
    reason: `bad ${offset}`,
  };
}

Deno.test("deadLetterQueue() keeps bytes, place, reason and sink, in order", async () => {
  using folder = new TempFolder();
  await using broker = new EmbeddedBroker({ path: join(folder.path, "b.sqlite") });
  for (const name of ["a.dead", "b.dead"]) await broker.createTopic({ name, partitions: 1 });
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const queue = deadLetterQueue(broker, "lake");
  await queue([letter("a", 7, all), letter("b", 1, all.slice(0, 0)), letter("a", 8, all.slice(9))]);
  const batch = await broker.read("a.dead", 0, 0, 10);
  assertEquals(batch && [...batch.values.at(0)], [...all]);
  assertEquals(batch && [...batch.values.at(1)], [...all.slice(9)]);
  assertEquals(
    batch?.runs.map((run) => run.headers),
    [7, 8].map((offset) => ({
      [DEAD_LETTER_HEADERS.topic]: "a",
      [DEAD_LETTER_HEADERS.partition]: "3",
      [DEAD_LETTER_HEADERS.offset]: String(offset),
      [DEAD_LETTER_HEADERS.reason]: `bad ${offset}`,
      [DEAD_LETTER_HEADERS.sink]: "lake",
    })),
  );
  assertEquals((await broker.offsets("b.dead", 0)).next, 1);
});

Deno.test("deadLetterQueue() fails when there is no topic to keep them", async () => {
  using folder = new TempFolder();
  await using broker = new EmbeddedBroker({ path: join(folder.path, "b.sqlite") });
  const queue = deadLetterQueue(broker, "lake");
  await queue([]);
  const one = [letter("a", 1, new Uint8Array(1))];
  const error = await assertRejects(() => queue(one), TickhouseError);
  assertEquals(error.code, "TOPIC_UNKNOWN");
});
