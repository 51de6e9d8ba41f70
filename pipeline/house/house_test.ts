import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import { findSettings } from "../config/config.ts";
import { TickhouseError } from "../errors.ts";
import { DATASETS } from "../datasets/datasets.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { show } from "../notebook/show.ts";
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
  assertMatch(notes.join("\n"), /adj_close: \d+ values rounded/);
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
  assertEquals((await one.load()).map(({ rows }) => rows), [0, 0, 0, 0, 0]);
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
  for (const sql of ["DELETE FROM bronze.ticks", "CREATE TABLE main.foo (a INT)"]) {
    const refused = await assertRejects(() => run.query(sql), TickhouseError);
    assertEquals(refused.code, "QUERY_NOT_READ_ONLY");
  }
  const tables = await one.rows<{ name: string }>("SHOW TABLES");
  assert(tables.some(({ name }) => name === "bronze.ticks"));
  const report = await run.stop();
  assertEquals([run.running, report.proven], [false, true]);
  assertEquals(seen.at(-1)?.what, "ticks");
  const after = await Array.fromAsync(run.progress(20));
  assertEquals(after.length, 1);
  const closed = await assertRejects(() => run.query("SELECT 1"), TickhouseError);
  assertEquals(closed.code, "RUN_NOT_OPEN");
  // What it streamed is known after its end too.
  assertEquals([run.now.what, run.now.source, run.now.records], [
    "ticks",
    "simulator-1",
    report.read.accepted,
  ]);
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
  for (const limit of [0, -1, 1.5, NaN]) {
    assertThrows(() => one.stream({ source: "simulator", limit }), TickhouseError, "limit");
  }
  for (const seconds of [0, -1, NaN, Infinity]) {
    assertThrows(() => one.stream({ source: some(10), seconds }), TickhouseError, "seconds");
  }
  // As a notebook may hand it in.
  for (const source of [5, {}, simulator] as never[]) {
    const refused = await assertRejects(
      // deno-lint-ignore require-await
      async () => one.stream({ source }).report,
      TickhouseError,
      "is no feed",
    );
    assertEquals([refused.code, refused.field], ["OPTION_INVALID", "source"]);
  }
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

Deno.test("a house proves nothing where there is nothing to compare", async () => {
  using folder = new TempFolder();
  await using one = await house(folder);
  await one.stream({ source: null, seconds: 0.2, models: false }).report;
  const proof = await one.reconcile();
  assertEquals([proof.proven, proof.compared], [false, 0]);
});

Deno.test("neither what a house is shown as nor its JSON holds a secret", async () => {
  using folder = new TempFolder();
  await using one = await house(folder, { TICKHOUSE_S3_SECRET_KEY: "a-secret-nobody-sees" });
  const seen = [Deno.inspect(one, { depth: 9, showHidden: true }), JSON.stringify(one)];
  assertEquals(one.config.s3SecretKey, "a-secret-nobody-sees");
  for (const text of seen) assert(!text.includes("nobody-sees"), text);
  const said: string[] = [];
  const { log } = console;
  console.log = (text: string) => said.push(text);
  try {
    await show(one.config);
  } finally {
    console.log = log;
  }
  assertMatch(said.join(), /TICKHOUSE|s3SecretKey/);
  assert(!said.join().includes("nobody-sees"));
});

Deno.test("a name that a result has twice loses no value", async () => {
  using folder = new TempFolder();
  await using one = await house(folder);
  await one.stream({ source: some(5), models: false }).report;
  const sql = "SELECT 1 AS a, 2 AS a_1, 3 AS a, 4 AS a";
  assertEquals(await one.rows(sql), [{ a: 1, a_1: 2, a_2: 3, a_3: 4 }]);
  assertEquals((await one.frame(sql)).columns, ["a", "a_1", "a_2", "a_3"]);
});

Deno.test("a warehouse whose tables can't be made is let go of", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "home", "warehouse.duckdb");
  {
    await using one = await house(folder);
    await one.stream({ source: some(5), models: false }).report;
    await using file = await DuckDbFile.open(path, {});
    await using session = await file.session();
    await session.run("DROP TABLE bronze.ticks; CREATE TABLE bronze.ticks (a INT)");
  }
  await using one = await house(folder);
  const error = await assertRejects(() => one.load(), TickhouseError);
  assertEquals(error.code, "TABLE_DIFFERS");
  // The same again: not that this process itself holds the file.
  assertEquals((await assertRejects(() => one.load(), TickhouseError)).code, "TABLE_DIFFERS");
  assertEquals((await one.rows("SELECT count(*) AS n FROM bronze.ticks"))[0], { n: 0 });
});

Deno.test("what is wrong with what open() is given is said before anything is made", async () => {
  using folder = new TempFolder();
  const home = join(folder.path, "home");
  const text = await assertRejects(
    () => open({ home, settings: { TICKHOUSE_SEED: 7 as never } }),
    TickhouseError,
  );
  assertEquals([text.code, text.field], ["CONFIG_INVALID", "TICKHOUSE_SEED"]);
  const [ticks] = DATASETS;
  assert(ticks);
  const named = await assertRejects(
    () => open({ home, datasets: [{ ...ticks, name: "mine" }] }),
    TickhouseError,
  );
  assertEquals([named.code, named.field], ["NAME_TAKEN", "datasets.mine.topic"]);
  await using one = await open({ home });
  const target = await assertRejects(() => one.load({ target: "oracle" as never }), TickhouseError);
  assertEquals([target.code, target.field], ["OPTION_INVALID", "target"]);
});

Deno.test("openWith() takes the home as it is given", () => {
  const one = openWith({}, findSettings({ dotEnv: "/nowhere/.env" }), "some/where");
  assertEquals(one.config.home, "some/where");
});
