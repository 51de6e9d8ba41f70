/**
 * The rooms are open: a dataset, a feed and an end, each in a folder of its own and known to nothing
 * else, go through everything that tickhouse does.
 * @module
 */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { open, TickhouseError } from "tickhouse";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { sinkConformance } from "tickhouse/sink/conformance.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { journal, JournalSink, offsetsIn } from "./journal/end.ts";
import { rates } from "./rates/dataset.ts";
import { walk } from "./walk/source.ts";

const COUNT = 1000;
/** One in a hundred is bad. */
const DEAD = COUNT / 100;

function openAt(folder: string, settings: Record<string, string> = {}) {
  return open({
    home: join(folder, "home"),
    settings,
    datasets: [rates],
    sources: [walk],
    ends: [journal(join(folder, "journal"))],
    onNote: () => {},
  });
}

Deno.test("a dataset, a feed and an end of one's own are streamed, proven and told of", async () => {
  using folder = new TempFolder();
  Deno.mkdirSync(join(folder.path, "journal"));
  await using house = await openAt(folder.path);
  const report = await house.stream({ source: "walk", limit: COUNT, models: false }).report;
  assertEquals(report.ends.map(({ name, rows, dead }) => [name, rows, dead]), [
    ["lake", COUNT - DEAD, DEAD],
    ["warehouse", COUNT - DEAD, DEAD],
    ["journal", COUNT - DEAD, DEAD],
  ]);
  assertEquals(report.proven, true);
  assertMatch(String(report), /^loaded {5}990 rows into the journal, and 10 dead letters$/m);
  const [status] = (await house.status()).filter(({ dataset }) => dataset === "rates");
  assertEquals([status?.log, status?.ends["journal"], status?.dead], [COUNT, COUNT, DEAD]);
  const [row] = await house.rows("SELECT count(*) AS n, max(rate) AS top FROM bronze.rates");
  assertEquals(row, { n: COUNT - DEAD, top: "10.98000000" });
  const proof = await house.reconcile({ dataset: "rates" });
  assertEquals([proof.proven, proof.compared], [true, COUNT]);
  assertEquals(
    [...new Set(proof.partitions.flatMap(({ sides }) => sides.map(({ side }) => side)))],
    ["broker", "lake", "warehouse", "journal"],
  );
});

Deno.test("what is missing of an end of one's own is found", async () => {
  using folder = new TempFolder();
  Deno.mkdirSync(join(folder.path, "journal"));
  await using house = await openAt(folder.path);
  await house.stream({ source: "walk", limit: 200, models: false }).report;
  const partition = join(folder.path, "journal", "rates", "partition=0");
  const last = [...Deno.readDirSync(partition)].map(({ name }) => name).sort().at(-1) ?? "";
  Deno.removeSync(join(partition, last), { recursive: true });
  const proof = await house.reconcile({ dataset: "rates" });
  assertEquals(proof.proven, false);
  assertMatch(String(proof), /journal: had taken the offsets up to \d+/);
});

Deno.test("a feed's own settings come from the environment, and wrong ones are refused", async () => {
  using folder = new TempFolder();
  Deno.mkdirSync(join(folder.path, "journal"));
  await using house = await openAt(folder.path, { TICKHOUSE_WALK_STEP: "200" });
  await house.stream({ source: "walk", limit: 10, models: false }).report;
  const [row] = await house.rows("SELECT max(rate) AS top FROM bronze.rates");
  assertEquals(row, { top: "19.00000000" });
  const refused = await assertRejects(
    () => openAt(folder.path, { TICKHOUSE_WALK_STEP: "far" }),
    TickhouseError,
  );
  assertMatch(refused.message, /TICKHOUSE_WALK_STEP is "far": must be a whole number/);
});

Deno.test("what is given under a name that is taken is refused", async () => {
  using folder = new TempFolder();
  const home = join(folder.path, "home");
  const refused = await assertRejects(
    () => open({ home, datasets: [{ ...rates, name: "ticks" }] }),
    TickhouseError,
  );
  assertMatch(refused.message, /datasets is "ticks": the name of this dataset is taken/);
});

sinkConformance("an end of one's own", (dataset, trap) => {
  const folder = new TempFolder();
  const sinks: JournalSink[] = [];
  const reopen = async () => {
    const sink = await JournalSink.open(folder.path, dataset, jsonCodec, trap.queue);
    sinks.push(sink);
    return sink;
  };
  return reopen().then((sink) => ({
    sink,
    reopen,
    offsets: (partition) => offsetsIn(folder.path, dataset.topic, partition),
    [Symbol.asyncDispose]: async () => {
      for (const one of sinks) await one[Symbol.asyncDispose]().catch(() => {});
      folder[Symbol.dispose]();
    },
  }));
});
