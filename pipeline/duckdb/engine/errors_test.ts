import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { hasCode, TickhouseError } from "../../errors.ts";
import { TempFolder } from "../../testing.ts";
import { fileError, isHeld, isOutOfMemory, tableError, writeError } from "./errors.ts";
import { DuckDbFile } from "./file.ts";

const BLOCK = 262_144;

/** A database of one table, whose columns fill blocks of their own. */
async function makeDatabase(path: string): Promise<void> {
  await using file = await DuckDbFile.open(path);
  await using session = await file.session();
  await session.run("CREATE TABLE t AS SELECT hash(range) AS x FROM range(500000)");
}

function change(path: string, from: number, to: number): void {
  const bytes = Deno.readFileSync(path);
  Deno.writeFileSync(path, bytes.map((byte, i) => i >= from && i < to ? byte ^ 1 : byte));
}

async function errorOf(work: () => Promise<unknown>): Promise<TickhouseError> {
  return await assertRejects(work, TickhouseError);
}

async function read(path: string, sql: string): Promise<unknown> {
  await using file = await DuckDbFile.open(path, { readOnly: true });
  await using session = await file.session();
  return await session.query(sql);
}

Deno.test("DuckDbFile: a damaged block is DATABASE_UNREADABLE, not a lock of another process", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "w.duckdb");
  await makeDatabase(path);
  change(path, 12_288 + BLOCK, Infinity);
  const error = await errorOf(() => read(path, "SELECT sum(x) FROM t"));
  assertEquals([error.code, isHeld(error)], ["DATABASE_UNREADABLE", false]);
  assertMatch(error.message, /w\.duckdb.*[Rr]estore it from a copy/);
});

Deno.test("DuckDbFile: a file that was cut is DATABASE_UNREADABLE", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "w.duckdb");
  await makeDatabase(path);
  Deno.truncateSync(path, 12_288 + BLOCK);
  const error = await errorOf(() => read(path, "SELECT sum(x) FROM t"));
  assertEquals(error.code, "DATABASE_UNREADABLE");
});

Deno.test("DuckDbFile: a WAL that is no file is DATABASE_UNREADABLE, and named", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "w.duckdb");
  await makeDatabase(path);
  Deno.mkdirSync(`${path}.wal`);
  const error = await errorOf(() => read(path, "SELECT 1"));
  assertEquals(error.code, "DATABASE_UNREADABLE");
});

Deno.test("isOutOfMemory(): also where a commit failed for it, not where the database is lost", () => {
  const used = "of size 256.0 KiB (170.4 MiB/160.0 MiB used)";
  const commit = `TransactionContext Error: Failed to commit: failed to pin block ${used}`;
  assert(isOutOfMemory(new Error(commit)));
  assert(isOutOfMemory(new Error(`Out of Memory Error: failed to allocate data ${used}`)));
  const lost = new Error(
    `FATAL Error: Failed to rollback transaction. Cannot continue operation.\nError: Out of Memory Error: failed to pin block ${used}`,
  );
  assert(!isOutOfMemory(lost));
  assert(!isOutOfMemory(new Error("Binder Error: failed to pin it")));
  const told = fileError("w.duckdb", lost);
  assertEquals([told?.code, told?.kind], ["OUT_OF_MEMORY", "terminal"]);
  assertMatch(told?.message ?? "", /TICKHOUSE_MEMORY: FATAL Error: .*Start again/);
  // Nor is what says so tried again.
  assert(!isOutOfMemory(told));
});

Deno.test("writeError(): what may pass is tried again, the rest is not", () => {
  const told = (message: string) => {
    const { code, kind, field } = writeError(new Error(message));
    return [code, kind, field];
  };
  const transient = ["WAREHOUSE_WRITE", "transient", "warehouse"];
  assertEquals(told("TransactionContext Error: Conflict on update!"), transient);
  // What follows a rollback that failed; it has been rolled back since.
  const aborted = "TransactionContext Error: Current transaction is aborted (please ROLLBACK)";
  assertEquals(told(aborted), transient);
  const memory = ["WAREHOUSE_WRITE", "transient", "TICKHOUSE_MEMORY"];
  assertEquals(told("Out of Memory Error: failed to allocate data"), memory);
  assertEquals(told("Constraint Error: NOT NULL"), ["WAREHOUSE_WRITE", "terminal", "warehouse"]);
  const full = "IO Error: Could not write: No space left on device";
  assertEquals(told(full), ["DISK_FULL", "terminal", "warehouse"]);
});

Deno.test("DuckDbFile: too little memory is OUT_OF_MEMORY and names the setting, opening and asking", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "w.duckdb");
  const starve = async () => {
    await using file = await DuckDbFile.open(path, { memoryLimit: "1MiB" });
    await using session = await file.session();
    await session.run("SET temp_directory = ''");
    await session.run("CREATE TABLE t AS SELECT hash(range) AS x FROM range(500000)");
  };
  const error = await errorOf(starve);
  assertEquals([error.code, error.field], ["OUT_OF_MEMORY", "TICKHOUSE_MEMORY"]);
});

Deno.test("DuckDbFile: a second process that writes is still DATABASE_HELD", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "w.duckdb");
  await makeDatabase(path);
  await using _held = await DuckDbFile.open(path);
  const script = `import { DuckDbFile } from ${
    JSON.stringify(new URL("./file.ts", import.meta.url).href)
  };
    try { await DuckDbFile.open(${JSON.stringify(path)}); } catch (e) { console.log(e.code); }`;
  const child = join(folder.path, "child.ts");
  Deno.writeTextFileSync(child, script);
  const config = new URL("../../../deno.json", import.meta.url).pathname;
  const args = ["run", "-q", "--config", config, "-P=pipeline", child];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
  assertEquals(new TextDecoder().decode(stdout).trim(), "DATABASE_HELD");
});

Deno.test("fileError() tells files from statements", () => {
  const codeOf = (message: string) => fileError("w", new Error(message))?.code;
  assertEquals(codeOf('IO Error: Could not write file "w": No space left on device'), "DISK_FULL");
  assertEquals(codeOf("TransactionContext Error: Failed to commit: disk full"), "DISK_FULL");
  assertEquals(
    codeOf("Out of Memory Error: failed to pin block of size 256.0 KiB"),
    "OUT_OF_MEMORY",
  );
  assertEquals(codeOf('Binder Error: column "disk_quota" not found'), undefined);
  assertEquals(codeOf("Conversion Error: could not write x"), undefined);
  assertEquals(codeOf("TransactionContext Error: Conflict on update!"), undefined);
});

Deno.test("tableError() names a warehouse without its tables, and leaves other errors alone", () => {
  const missing = tableError(new Error("Catalog Error: Table with name ticks does not exist!"));
  assert(hasCode(missing, "WAREHOUSE_INCOMPLETE"));
  const refused = tableError(new TickhouseError("TABLE_UNKNOWN", "no such table"));
  assert(hasCode(refused, "WAREHOUSE_INCOMPLETE"));
  const other = new Error("Parser Error: syntax error");
  assertEquals(tableError(other), other);
});
