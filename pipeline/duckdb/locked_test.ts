import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { TempFolder } from "../testing.ts";
import { DuckDbFile } from "./engine/file.ts";

describe("DuckDbFile", () => {
  it("a locked engine reads and writes in its folders only, fetches nothing, and keeps its settings", async () => {
    using own = new TempFolder();
    using spool = new TempFolder();
    using elsewhere = new TempFolder();
    const secret = `${elsewhere.path}/secret.csv`;
    Deno.writeTextFileSync(secret, "canary\n");
    await using db = await DuckDbFile.open(`${own.path}/warehouse.duckdb`, {
      lockedTo: [spool.path],
    });
    await using session = await db.session();
    const refused = [
      `FROM read_text('${secret}')`,
      `FROM read_text('${own.path}/../${secret.split("/").slice(-2).join("/")}')`,
      `FROM '${secret}'`,
      `COPY (SELECT 1) TO '${elsewhere.path}/written.csv'`,
      `ATTACH '${elsewhere.path}/other.duckdb'`,
      `EXPORT DATABASE '${elsewhere.path}/all'`,
      "INSTALL httpfs",
      `LOAD '${own.path}/x.duckdb_extension'`,
      "SELECT '1.1.1.1'::INET",
      "SELECT stem('a', 'porter')",
      "FROM 'https://127.0.0.1:9/x.parquet'",
      "SET memory_limit = '1GiB'",
      "SET enable_external_access = true",
      "SET lock_configuration = false",
      "RESET allowed_directories",
      "SET GLOBAL TimeZone = 'America/New_York'",
    ];
    for (const sql of refused) {
      const error = await assertRejects(() => session.run(sql), Error, undefined, sql);
      assert(!error.message.includes("canary"), error.message);
    }
    assertEquals([...Deno.readDirSync(elsewhere.path)].map(({ name }) => name), ["secret.csv"]);
    await session.run(`CREATE TABLE t AS SELECT 1 AS x; COPY t TO '${spool.path}/t.parquet'`);
    const { rows } = await session.query(
      `SELECT x, current_setting('TimeZone') FROM '${spool.path}/t.parquet'`,
    );
    assertEquals(rows, [[1, "UTC"]]);
    await session.run("CHECKPOINT");
  });
});
