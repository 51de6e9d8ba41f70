import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { Packed } from "../batch.ts";
import { VirtualClock } from "../clock.ts";
import { TickhouseError } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import { MessageLog } from "./message_log.ts";

const NOW = Date.UTC(2026, 10, 27, 23, 59, 59);

Deno.test("MessageLog.append(): each message is a line, in a file a topic and day", async () => {
  using folder = new TempFolder();
  const clock = new VirtualClock(NOW);
  const log = new MessageLog(join(folder.path, "logs"), clock);
  const record = (...values: string[]) => [{ key: "k", values: Packed.from(values) }];
  await log.append("ticks", record('{"a":1}', '{"a":2}'));
  await log.append("ticks", record('{"a":3}'));
  await clock.sleep(1_000);
  await log.append("ticks", record('{"a":4}'));
  const read = (name: string) => Deno.readTextFileSync(join(folder.path, "logs", name));
  assertEquals(read("ticks-2026-11-27.ndjson"), '{"a":1}\n{"a":2}\n{"a":3}\n');
  assertEquals(read("ticks-2026-11-28.ndjson"), '{"a":4}\n');
});

Deno.test("MessageLog.append(): a folder that can't be written names the setting", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "file");
  Deno.writeTextFileSync(path, "");
  const records = [{ key: "k", values: Packed.from(["{}"]) }];
  await assertRejects(
    () => new MessageLog(path).append("ticks", records),
    TickhouseError,
    "TICKHOUSE_MESSAGE_LOG",
  );
});
