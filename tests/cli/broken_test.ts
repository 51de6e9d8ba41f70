import { assert, assertEquals, assertMatch } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { assertDone, assertNoStack, assertRefused, Place } from "./command.ts";

const NO_DATABASE = "this is no database, and never was one: it is far too honest for that";
const PRICES = new URL("../../data/stocks_daily.csv.gz", import.meta.url).pathname;

/** What doctor found of a part. */
interface Finding {
  readonly part: string;
  readonly state: string;
  readonly found: string;
  readonly fix: string;
}

async function diagnose(
  place: Place,
  env: Record<string, string> = {},
): Promise<{ code: number; findings: Finding[] }> {
  const result = await place.run(["doctor", "--json"], env);
  assertNoStack(result);
  return { code: result.code, findings: JSON.parse(result.out).findings };
}

/** Asserts that doctor calls exactly this part broken, and tells what to do. */
async function assertBroken(place: Place, part: string, fix: RegExp, env = {}): Promise<void> {
  const { code, findings } = await diagnose(place, env);
  const broken = findings.filter((finding) => finding.state === "broken");
  assertEquals([code, broken.map((finding) => finding.part)], [1, [part]]);
  assertMatch(broken[0]?.fix ?? "", fix);
}

Deno.test("a home that is a file, or below one, is refused by every verb", async () => {
  using place = new Place();
  Deno.writeTextFileSync(place.home, "");
  const verbs = [["stream"], ["status"], ["reconcile"], ["query", "select 1"], ["load"], [
    "dashboard",
  ]];
  const results = await Promise.all(verbs.map((verb) => place.run(verb)));
  for (const result of results) {
    assertRefused(result, "HOME_INVALID", /TICKHOUSE_HOME is ".*home": it is a file.*folder/);
  }
  await assertBroken(place, "home", /folder/);
  const below = { TICKHOUSE_HOME: `${place.home}/deeper` };
  assertRefused(await place.run(["stream"], below), "HOME_INVALID", /below a file/);
  assertEquals(Deno.readTextFileSync(place.home), "");
});

Deno.test("a home that can't be made is refused by name", async () => {
  using place = new Place();
  const env = { TICKHOUSE_HOME: place.path("x".repeat(300)) };
  const result = await place.run(["stream", "--limit", "10"], env);
  assertRefused(result, "HOME_INVALID", /TICKHOUSE_HOME is ".*x+.*too long/);
});

Deno.test("a log that is no log is refused, and left as it is", async () => {
  using place = new Place();
  Deno.mkdirSync(place.home);
  const path = `${place.home}/broker.sqlite`;
  Deno.writeTextFileSync(path, NO_DATABASE);
  const [stream, status] = await Promise.all([place.run(["stream"]), place.run(["status"])]);
  for (const result of [stream, status]) {
    assertRefused(result, "BROKER_UNREADABLE", /broker\.sqlite.*not a database.*restore/);
  }
  await assertBroken(place, "log", /restore/);
  assertEquals(Deno.readTextFileSync(path), NO_DATABASE);
});

Deno.test("a log damaged in the middle is named as such", async () => {
  using place = new Place();
  assertDone(await place.run(["stream", "--limit", "20000", "--no-models"]));
  const path = `${place.home}/broker.sqlite`;
  const bytes = Deno.readFileSync(path);
  bytes.fill(0xa5, 16384);
  Deno.writeFileSync(path, bytes);
  for (const verb of [["reconcile"], ["stream", "--limit", "20100", "--no-models"]]) {
    const result = await place.run(verb);
    assertEquals(result.code, 2, result.err + result.out);
    assertMatch(result.err, /error BROKER_(DAMAGED|UNREADABLE): .*malformed.*[Rr]estore/);
    assertNoStack(result);
  }
});

Deno.test("a warehouse that is none is refused, and one moved away is loaded again", async () => {
  using place = new Place();
  assertDone(await place.run(["stream", "--limit", "1000", "--no-models"]));
  const path = `${place.home}/warehouse.duckdb`;
  Deno.writeTextFileSync(path, NO_DATABASE);
  const results = await Promise.all(
    [["stream"], ["reconcile"], ["query", "select 1"], ["load"], ["transform"], ["dashboard"]]
      .map((verb) => place.run(verb)),
  );
  for (const result of results) {
    assertRefused(result, "DATABASE_UNREADABLE", /warehouse\.duckdb.*restore.*deno task load/i);
  }
  await assertBroken(place, "warehouse", /deno task load/);
  assertEquals(Deno.readTextFileSync(path), NO_DATABASE);
  Deno.removeSync(path);
  assertDone(await place.run(["load"]));
  assertMatch(assertDone(await place.run(["reconcile"])), /proven: 1,000 records/);
});

Deno.test("doctor names a bad setting, and shows no secret", async () => {
  using place = new Place();
  const env = { TICKHOUSE_SEED: "-3" };
  await assertBroken(place, "configuration", /\.env\.example/, env);
  const token = "a-token-of-some-length";
  const { code, out } = await place.run(["doctor"], { TICKHOUSE_QUERY_TOKEN: token });
  assertEquals([code, out.includes(token), out.includes("(secret)")], [0, false, true]);
});

Deno.test("a query that DuckDB refuses: its message, status 2, no stack", async () => {
  using place = new Place();
  assertDone(await place.run(["stream", "--limit", "100", "--no-models"]));
  const out = place.path("out.csv");
  const cases: [string, string, RegExp][] = [
    ["select nope from bronze.ticks", "QUERY_FAILED", /column "nope" not found/],
    ["select * from bronze.nope", "TABLE_UNKNOWN", /bronze\.nope/],
    ["selec 1", "QUERY_INVALID", /syntax error.*selec/],
    ["", "QUERY_NOT_READ_ONLY", /one statement/],
    ["select 1; select 2", "QUERY_NOT_READ_ONLY", /one statement/],
    ["drop table bronze.ticks", "QUERY_NOT_READ_ONLY", /not a SELECT/],
    ["delete from bronze.ticks", "QUERY_NOT_READ_ONLY", /not a SELECT/],
    [`copy (select 1) to '${out}'`, "QUERY_NOT_READ_ONLY", /not a SELECT/],
    [`attach '${place.path("x.db")}'`, "QUERY_NOT_READ_ONLY", /not a SELECT/],
    ["install httpfs", "QUERY_NOT_READ_ONLY", /not a SELECT/],
    ["select * from read_text('/etc/hostname')", "QUERY_NOT_READ_ONLY", /read_text/],
  ];
  const results = [];
  for (let i = 0; i < cases.length; i += 4) {
    const some = cases.slice(i, i + 4);
    results.push(...await Promise.all(some.map(([sql]) => place.run(["query", sql]))));
  }
  for (const [i, result] of results.entries()) {
    const [, code, says] = cases[i] ?? ["", "", /$^/];
    assertRefused(result, code, says);
  }
  assertEquals([...Deno.readDirSync(place.folder.path)].map((entry) => entry.name), ["home"]);
  const table = assertDone(await place.run(["query", "select 'a\u001b[31mb' as t, 1.5 as x"]));
  assert(!table.includes("\u001b"), "text from outside steered the terminal");
});

// Where each limit strikes: making the log, appending to it, the warehouse's file, its log.
for (const kib of [8, 300, 3000]) {
  Deno.test(`no file can grow beyond ${kib} KiB: a clear error, and nothing is lost after`, async () => {
    using place = new Place();
    const stream = ["stream", "--limit", "60000", "--no-models"];
    const full = await place.runOnFullDisk(kib, stream);
    assertEquals(full.code, 2, full.err + full.out);
    assertMatch(full.err, /error DISK_FULL: .*[Ff]ree space/);
    assertNoStack(full);
    assertMatch(assertDone(await place.run(stream)), /proven +60,000 records/);
  });
}

for (const kib of [350, 1200]) {
  Deno.test(`sinks whose files can't grow beyond ${kib} KiB: a clear error, nothing half written`, async () => {
    using place = new Place();
    assertDone(await place.run(["ingest", "--log-only", "--file", PRICES]));
    const stream = ["stream", "--source", "none", "--seconds", "1", "--no-models"];
    const full = await place.runOnFullDisk(kib, stream);
    assertEquals(full.code, 2, full.err + full.out);
    assertMatch(full.err, /error DISK_FULL: .*[Ff]ree space/);
    assertNoStack(full);
    assertMatch(assertDone(await place.run(stream)), /proven +12,154 records/);
  });
}

Deno.test("models that no file can grow for: DISK_FULL, and no fault of their SQL", async () => {
  using place = new Place();
  assertDone(await place.run(["stream", "--limit", "60000", "--no-models"]));
  const full = await place.runOnFullDisk(3000, ["transform"]);
  assertEquals(full.code, 2, full.err + full.out);
  assertMatch(full.err, /error DISK_FULL: .*[Ff]ree space/);
  assert(!/model's SQL/.test(full.err), full.err);
  assertNoStack(full);
  assertMatch(assertDone(await place.run(["transform"])), /tests passed/);
});

Deno.test("memory that is too little names the setting, in every verb that needs it", async () => {
  using place = new Place();
  assertDone(await place.run(["stream", "--limit", "20000", "--no-models"]));
  const verbs = [["load"], ["transform"], ["stream", "--limit", "21000", "--no-models"]];
  for (const verb of verbs) {
    const result = await place.run(verb, { TICKHOUSE_MEMORY: "1MiB" });
    assertEquals(result.code, 2, result.err + result.out);
    assertMatch(result.err, /error [A-Z_]+: .*Out of Memory.*/);
    assertMatch(result.err, /TICKHOUSE_MEMORY/);
    assertNoStack(result);
  }
  const much = { TICKHOUSE_MEMORY: "100000000GiB" };
  assertMatch(assertDone(await place.run(["reconcile"], much)), /proven: 20,000 records/);
});

Deno.test("a log of a version without checksums is proven, and the records are counted", async () => {
  using place = new Place();
  assertDone(await place.run(["stream", "--limit", "100", "--no-models"]));
  {
    using db = new DatabaseSync(`${place.home}/broker.sqlite`);
    for (
      const [table, column] of [
        ["batches", "checksum"],
        ["cursors", "checksum"],
        ["heads", "checked_from"],
      ]
    ) db.exec(`ALTER TABLE ${table} DROP COLUMN ${column}`);
  }
  const result = await place.run(["reconcile"]);
  assertMatch(assertDone(result), /proven: 100 records/);
  assertMatch(result.err, /100 records of the log are of a version without checksums/);
});

Deno.test("a lake that was removed is not proven, written again with a word, and proven then", async () => {
  using place = new Place();
  assertDone(await place.run(["stream", "--limit", "1000", "--no-models"]));
  Deno.removeSync(`${place.home}/lake`, { recursive: true });
  const lost = await place.run(["reconcile"]);
  assertEquals(lost.code, 1, lost.err + lost.out);
  assertMatch(lost.out, /ticks\/1 lake: had taken the offsets up to \d+ .*stands at 0/);
  const stream = await place.run(["stream", "--limit", "1000", "--no-models"]);
  assertDone(stream);
  assertMatch(stream.err, /^lost +lake had taken ticks\/1 up to offset \d+ and stands at 0/m);
  assertMatch(assertDone(await place.run(["reconcile"])), /proven: 1,000 records/);
});
