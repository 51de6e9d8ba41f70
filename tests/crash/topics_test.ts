import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { Packed } from "tickhouse/batch.ts";
import { EmbeddedBroker } from "tickhouse/broker/embedded/embedded.ts";
import { ticks } from "tickhouse/datasets/ticks.ts";
import { Random } from "tickhouse/source/simulator/random.ts";
import { parseState } from "tickhouse/source/topic/state.ts";
import { TempFolder, texts } from "tickhouse/testing.ts";

const WORKER = join(import.meta.dirname ?? "", "topics_worker.ts");
const MESSAGES = 6_000;
const KILLS = 12;
const SEED = Number(Deno.env.get("CRASH_SEED") ?? 1);

/** Of twelve messages nine hold three trades, one a bad one among two, one none, and one is a ping. */
function message(i: number): string {
  if (i % 12 === 11) return `{"type":"ping"}`;
  const count = i % 12 === 10 ? 0 : 3;
  const data = Array.from({ length: count }, (_, n) => ({
    s: ["AAPL", "MSFT", "TSLA"][(i + n) % 3],
    p: i % 12 === 9 && n === 1 ? -1 : 1 + i / 100,
    t: 1_710_163_800_000 + i,
    v: n,
  }));
  return JSON.stringify({ type: "trade", data });
}

Deno.test("a topic of others, read by a process that is killed over and over, is read once", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "broker.sqlite");
  await using broker = new EmbeddedBroker({ path });
  await broker.createTopic({ name: "theirs", partitions: 3 });
  for (let i = 0; i < MESSAGES; i += 50) {
    const values = Array.from({ length: 50 }, (_, n) => message(i + n));
    await broker.produce("theirs", [{ key: `k${i}`, values: Packed.from(values) }]);
  }
  const random = Random.seeded(SEED);
  let killed = 0;
  for (let round = 0; round < KILLS; round++) {
    await using child = start(path);
    const timer = setTimeout(() => child.kill("SIGKILL"), 350 + random.below(900));
    const { signal } = await child.status;
    clearTimeout(timer);
    killed += signal === "SIGKILL" ? 1 : 0;
  }
  assert(killed >= KILLS / 3, `only ${killed} were killed before they ended`);
  {
    await using child = start(path);
    assertEquals((await child.status).code, 0);
  }
  const seen: string[] = [];
  for (let partition = 0; partition < ticks.partitions; partition++) {
    for (let offset = 0;;) {
      const batch = await broker.read("ticks", partition, offset, 10_000);
      if (!batch) break;
      seen.push(...texts(batch.values).map((text) => JSON.parse(text).trade_id));
      offset = batch.nextOffset;
    }
  }
  const expected = MESSAGES / 12 * (9 * 3 + 2);
  assertEquals([seen.length, new Set(seen).size], [expected, expected]);
  // Every message is accounted for, over all the runs together.
  const state = await broker.cursor("topic:theirs:finnhub-trades:ticks");
  assertEquals(parseState(state ?? "").counts, {
    messages: MESSAGES,
    records: expected,
    skipped: MESSAGES / 12 * 2,
    elsewhere: 0,
    refused: MESSAGES / 12,
  });
});

function start(path: string): Deno.ChildProcess {
  const config = join(import.meta.dirname ?? "", "..", "..", "deno.json");
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-check", "-A", "--config", config, WORKER, path],
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
}
