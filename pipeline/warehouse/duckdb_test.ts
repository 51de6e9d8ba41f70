import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { jsonCodec } from "../codec/json.ts";
import { TickhouseError } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import { DuckDbFile } from "./duckdb_file.ts";
import { warehouseConformance } from "./conformance.ts";
import { DuckDbWarehouse } from "./duckdb.ts";

warehouseConformance("DuckDbWarehouse", async (deadLetters) => {
  const folder = new TempFolder();
  const path = join(folder.path, "w.duckdb");
  const open = async () => {
    const warehouse = await DuckDbWarehouse.open({ path, codec: jsonCodec, deadLetters });
    await warehouse.migrate();
    return warehouse;
  };
  const warehouse = await open();
  return {
    warehouse,
    open,
    [Symbol.asyncDispose]: async () => {
      await warehouse[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
});

Deno.test("DuckDbFile: a file that another process writes is refused with its PID", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "w.duckdb");
  const script = `
    import { DuckDbFile } from ${JSON.stringify(import.meta.resolve("./duckdb_file.ts"))};
    const file = await DuckDbFile.open(${JSON.stringify(path)});
    console.log("open");
    setTimeout(() => {}, 600_000);`;
  const child = new Deno.Command(Deno.execPath(), { args: ["eval", script], stdout: "piped" })
    .spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const error = await assertRejects(() => DuckDbFile.open(path), TickhouseError);
  assertEquals(error.code, "DATABASE_HELD");
  assertEquals(error.message.includes(String(child.pid)), true);
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  await using file = await DuckDbFile.open(path);
  await using session = await file.session();
  assertEquals((await session.query("SELECT 1")).rows, [[1]]);
});

Deno.test("DuckDbFile: a file that is no database is refused by name", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "w.duckdb");
  Deno.writeTextFileSync(path, "x".repeat(10_000));
  const error = await assertRejects(() => DuckDbFile.open(path), TickhouseError, path);
  assertEquals(error.code, "DATABASE_UNREADABLE");
});
