import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { jsonCodec } from "../codec/json.ts";
import { TickhouseError } from "../errors.ts";
import { ticks } from "../datasets/datasets.ts";
import { TempFolder, validBatch } from "../testing.ts";
import { DuckDbFile } from "./engine/file.ts";
import { warehouseConformance } from "../warehouse/conformance.ts";
import { evolutionConformance } from "../warehouse/evolution_conformance.ts";
import { DuckDbWarehouse, type DuckDbWarehouseOptions } from "./warehouse.ts";

const SUBJECTS: readonly (readonly [string, Partial<DuckDbWarehouseOptions>])[] = [
  ["DuckDbWarehouse", {}],
  ["DuckDbWarehouse, its file reopened before each write", { renewRows: 0 }],
];

for (const [name, options] of SUBJECTS) {
  warehouseConformance(name, async (deadLetters) => {
    const folder = new TempFolder();
    const path = join(folder.path, "w.duckdb");
    const codec = jsonCodec;
    const warehouse = await DuckDbWarehouse.open({ path, codec, deadLetters, ...options });
    await warehouse.migrate();
    return {
      warehouse,
      another: () => warehouse.beside(),
      [Symbol.asyncDispose]: async () => {
        await warehouse[Symbol.asyncDispose]();
        folder[Symbol.dispose]();
      },
    };
  });
}

evolutionConformance("DuckDbWarehouse", () => {
  const folder = new TempFolder();
  const path = join(folder.path, "w.duckdb");
  const deadLetters = () => Promise.reject(new TypeError("no row is bad"));
  return Promise.resolve({
    open: (datasets) => DuckDbWarehouse.open({ path, codec: jsonCodec, deadLetters, datasets }),
    [Symbol.asyncDispose]: () => Promise.resolve(folder[Symbol.dispose]()),
  });
});

/** A warehouse in the folder, its tables made, for rows that are all good. */
async function openIn(
  folder: TempFolder,
  options: Partial<DuckDbWarehouseOptions> = {},
): Promise<DuckDbWarehouse> {
  const warehouse = await DuckDbWarehouse.open({
    path: join(folder.path, "w.duckdb"),
    codec: jsonCodec,
    deadLetters: () => Promise.reject(new Error("no row is bad")),
    ...options,
  });
  await warehouse.migrate();
  return warehouse;
}

/** Writes rows, and tells by a variable of the writer's session whether that is another one. */
function renewals(warehouse: DuckDbWarehouse) {
  let next = 0;
  return {
    /** Ten rows of bronze, and one of positions, a time. */
    write: async (times: number) => {
      for (let i = 0; i < times; i++) {
        await warehouse.write(ticks, [validBatch(ticks, 0, next, 10)]);
        next += 10;
      }
    },
    mark: () => warehouse.query("SET VARIABLE mark = 1"),
    isMarked: async () => (await warehouse.query("SELECT getvariable('mark')")).rows[0]?.[0] === 1,
  };
}

async function countTicks(session: Pick<DuckDbWarehouse, "query">): Promise<number> {
  return Number((await session.query("SELECT count(*) FROM bronze.ticks")).rows[0]?.[0]);
}

Deno.test("DuckDbWarehouse: the file is reopened after so many rows, when nobody reads", async () => {
  using folder = new TempFolder();
  await using warehouse = await openIn(folder, { renewRows: 100 });
  const { write, mark, isMarked } = renewals(warehouse);
  await mark();
  await write(5);
  {
    await using reader = await warehouse.session();
    await reader.run("BEGIN");
    assertEquals(await countTicks(reader), 50);
    await write(6);
    assertEquals([await isMarked(), await countTicks(reader)], [true, 50]);
  }
  await Promise.all([
    write(1),
    ...Array.from({ length: 8 }, async () => {
      await using reader = await warehouse.session();
      assertEquals([110, 120].includes(await countTicks(reader)), true);
    }),
  ]);
  await write(1);
  assertEquals([await isMarked(), await countTicks(warehouse)], [false, 130]);
  assertEquals(await warehouse.position(ticks.topic, 0), 130);
});

Deno.test("DuckDbWarehouse: who asks for a session finds the file reopened, too", async () => {
  using folder = new TempFolder();
  await using warehouse = await openIn(folder, { renewRows: 100 });
  const { write, mark, isMarked } = renewals(warehouse);
  await mark();
  await write(5);
  {
    // As models do.
    await using session = await warehouse.session();
    await session.run("CREATE TABLE copies AS FROM bronze.ticks; INSERT INTO copies FROM copies");
  }
  assertEquals(await isMarked(), true);
  await using session = await warehouse.session();
  assertEquals([await isMarked(), await countTicks(session)], [false, 50]);
});

Deno.test("DuckDbWarehouse: too little memory is said, and may pass", async () => {
  using folder = new TempFolder();
  await using warehouse = await openIn(folder);
  const write = () => warehouse.write(ticks, [validBatch(ticks, 0, 0, 100)]);
  await warehouse.query("SET memory_limit = '16MiB'");
  const error = await assertRejects(write, TickhouseError, "Raise it, or ask for less");
  assertEquals([error.code, error.kind], ["OUT_OF_MEMORY", "transient"]);
  await warehouse.query("SET memory_limit = '160MiB'");
  assertEquals(await write(), { rows: 100, dead: 0 });
});

Deno.test("DuckDbWarehouse: memory does not grow with the rows that were ever written", async () => {
  const pinned = async (renewRows: number) => {
    using folder = new TempFolder();
    await using warehouse = await openIn(folder, { memoryLimit: "160MiB", renewRows });
    const batch = validBatch(ticks, 0, 0, 60_000);
    for (let i = 0; i < 21; i++) {
      const [startOffset, nextOffset] = [i * 60_000, (i + 1) * 60_000];
      await warehouse.write(ticks, [{ ...batch, startOffset, nextOffset }]);
    }
    await warehouse.query("CHECKPOINT");
    // All that can be put out of memory is: DuckDB stops once it is below the limit.
    await warehouse.query("SET memory_limit = '1KiB'").catch(() => {});
    const { rows } = await warehouse.query(
      "SELECT sum(memory_usage_bytes) / 1048576 FROM duckdb_memory()",
    );
    return Number(rows[0]?.[0]);
  };
  // A quarter of a MiB for most of the 122,880 rows of a group since the file was opened.
  const [kept, renewed] = [await pinned(Infinity), await pinned(300_000)];
  assertEquals(kept > 1.5, true, `DuckDB keeps ${kept} MiB only: is RENEW_ROWS needed yet?`);
  assertEquals(renewed < 1, true, `${renewed} MiB, ${kept} without`);
});

Deno.test("DuckDbFile: a file that another process writes is refused with its PID", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "w.duckdb");
  const script = `
    import { DuckDbFile } from ${JSON.stringify(import.meta.resolve("./engine/file.ts"))};
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
