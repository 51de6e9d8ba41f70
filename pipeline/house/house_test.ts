import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import { findSettings } from "../config/config.ts";
import { TickhouseError } from "../errors.ts";
import { simulator } from "../source/simulator/entry.ts";
import { TempFolder } from "../testing.ts";
import { open, openWith } from "./open.ts";
import type { RunProgress } from "./run.ts";

const DAILY = join(import.meta.dirname ?? ".", "../../data/stocks_daily.csv.gz");
/** So many ticks, as fast as it goes. */
const some = (limit: number) => simulator({ rate: Infinity, limit });

function house(folder: TempFolder, settings: Record<string, string> = {}, notes: string[] = []) {
  const home = join(folder.path, "home");
  return open({ home, settings, onNote: (text) => notes.push(text) });
}

Deno.test("a house ingests, streams, transforms, loads and proves in one process", async () => {
  using folder = new TempFolder();
  const notes: string[] = [];
  await using one = await house(folder, {}, notes);
  const read: number[] = [];
  const ingested = await one.ingest({
    file: DAILY,
    models: false,
    onProgress: ({ accepted }) => read.push(accepted),
  });
  assertEquals([ingested.read.accepted, ingested.proven, read.at(-1)], [12_154, true, 12_154]);
  assertMatch(notes.join("\n"), /adj_close: \d+ values were rounded/);
  const streamed = await one.stream({ source: some(500) }).report;
  assertEquals(streamed.ends.map(({ name, rows }) => [name, rows]), [["lake", 500], [
    "warehouse",
    500,
  ]]);
  assertMatch(String(streamed), /^proven {5}500 records of this run, each exactly once in both$/m);
  // What reads lets go of the file at once.
  await one.rows("SELECT 1");
  // Plain data, nothing of what made it.
  assertEquals(Object.keys(streamed.ends[0] ?? {}).sort(), [
    "dead",
    "left",
    "name",
    "rows",
    "spoken",
    "took",
  ]);
  const built = await one.transform({ select: ["gold_kpi", "silver_clean_ticks"] });
  assertEquals([built.models.map(({ name }) => name), built.failed], [
    ["silver_clean_ticks", "gold_kpi"],
    [],
  ]);
  assertEquals((await one.load()).map(({ rows }) => rows), [0, 0, 0, 0]);
  const proof = await one.reconcile();
  assertEquals([proof.proven, proof.compared], [true, 12_654]);
  const [row] = await one.rows("SELECT count(*) AS n FROM bronze.bars");
  assertEquals(row, { n: 12_154 });
});

Deno.test("a run says how far it is, answers queries, and stops when it is told to", async () => {
  using folder = new TempFolder();
  await using one = await house(folder);
  const run = one.stream({ source: simulator({ rate: 2_000 }), models: false });
  await run.started;
  const seen: RunProgress[] = [];
  for await (const now of run.progress(20)) {
    seen.push(now);
    // What others read while it streams comes from it.
    if (now.records > 0 && seen.length > 3) break;
  }
  const [row] = await one.rows<{ n: number }>("SELECT count(*) AS n FROM bronze.ticks");
  assert((row?.n ?? 0) > 0);
  assertEquals((await run.query("SELECT 1 + 1")).rows, [[2]]);
  const report = await run.stop();
  assertEquals([run.running, report.proven], [false, true]);
  assertEquals(seen.at(-1)?.what, "ticks");
  const after = await Array.fromAsync(run.progress(20));
  assertEquals(after.length, 1);
  await assertRejects(() => run.query("SELECT 1"), TickhouseError, "no warehouse to query");
});

Deno.test("a verb that must write says that a stream of this process has the home", async () => {
  using folder = new TempFolder();
  await using one = await house(folder);
  const run = one.stream({ source: simulator({ rate: 100 }), models: false });
  await run.started;
  const verbs = [
    () => one.transform(),
    () => one.load(),
    () => one.ingest({ file: DAILY }),
    () => one.mirror(),
    // deno-lint-ignore require-await
    async () => one.stream({ source: some(10) }),
  ];
  for (const verb of verbs) {
    const error = await assertRejects(verb, TickhouseError);
    assertEquals(error.code, "HOUSE_BUSY");
    assertMatch(error.message, /await run\.stop\(\)/);
  }
  // What adds to the log only, and what reads, go on beside it.
  assertEquals((await one.ingestIntoLog({ file: DAILY })).accepted, 12_154);
  await run.stop();
  const proof = await one.reconcile({ dataset: "bars" });
  assertEquals(proof.partitions.flatMap(({ differences }) => differences), []);
});

Deno.test("two houses of one process don't write one file: the second is told who has it", async () => {
  using folder = new TempFolder();
  await using one = await house(folder);
  await using other = await house(folder);
  const run = one.stream({ source: simulator({ rate: 100 }), models: false });
  await run.started;
  const error = await assertRejects(() => other.transform(), TickhouseError);
  assertEquals(error.code, "DATABASE_HELD");
  assertMatch(error.message, new RegExp(`this process .PID ${Deno.pid}.`));
  await run.stop();
});

Deno.test("while another process writes the home, a house reads through it and says who has it", async () => {
  using folder = new TempFolder();
  const home = join(folder.path, "home");
  Deno.mkdirSync(home);
  const script = new URL("../read/holder_fixture.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--allow-all", script, home, "serve"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const out = child.stdout.getReader();
  await out.read();
  {
    await using one = await house(folder);
    assertEquals(await one.rows("SELECT answer FROM held"), [{ answer: 42 }]);
    const error = await assertRejects(() => one.transform(), TickhouseError);
    assertEquals(error.code, "DATABASE_HELD");
    assertMatch(error.message, new RegExp(`\\b${child.pid}\\b`));
  }
  await child.stdin.close();
  await out.cancel();
  await child.status;
});

Deno.test("a run that can't start rejects where it is awaited, and leaves the house free", async () => {
  using folder = new TempFolder();
  await using one = await house(folder);
  const failing = one.stream({ source: () => Promise.reject(new Error("no such feed today")) });
  await assertRejects(() => failing.started, Error, "no such feed today");
  await assertRejects(() => failing.report, Error, "no such feed today");
  assertThrows(() => one.stream({ source: "nowhere" }), TickhouseError, "there is no such feed");
  assertEquals((await one.stream({ source: some(10), models: false }).report).proven, true);
});

Deno.test("open() finds .env and home above the working folder, as a notebook needs it", async () => {
  using folder = new TempFolder();
  const notebooks = join(folder.path, "notebooks");
  Deno.mkdirSync(notebooks);
  Deno.writeTextFileSync(join(folder.path, ".env"), "TICKHOUSE_HOME=mine\nTICKHOUSE_SEED=7\n");
  const script = `import { open } from ${JSON.stringify(import.meta.resolve("./open.ts"))};
    const { config } = await open(); console.log(JSON.stringify([config.home, config.seed]));`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--config", new URL("../../deno.json", import.meta.url).pathname, script],
    cwd: notebooks,
    env: { TICKHOUSE_HOME: "" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(text, new TextDecoder().decode(stderr));
  assertEquals(JSON.parse(text), [join(Deno.realPathSync(folder.path), "mine"), 7]);
});

Deno.test("openWith() takes the home as it is given", () => {
  const one = openWith({}, findSettings({ dotEnv: "/nowhere/.env" }), "some/where");
  assertEquals(one.config.home, "some/where");
});
