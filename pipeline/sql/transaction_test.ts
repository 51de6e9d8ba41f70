import { assertEquals, assertRejects } from "@std/assert";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { inTransaction } from "./transaction.ts";

async function withTable(
  run: (session: Awaited<ReturnType<DuckDbFile["session"]>>) => Promise<void>,
): Promise<void> {
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  await session.run("CREATE TABLE t (n INTEGER PRIMARY KEY)");
  await run(session);
}

Deno.test("inTransaction() keeps all of what is done, or nothing", () =>
  withTable(async (session) => {
    const insert = (n: number) => () => session.run(`INSERT INTO t VALUES (${n})`);
    assertEquals(await inTransaction(session, insert(1)), 1);
    assertEquals(await inTransaction(session, insert(2), (rows) => rows !== 1), 1);
    await assertRejects(
      () =>
        inTransaction(session, async () => {
          await insert(3)();
          throw new RangeError("no");
        }),
      RangeError,
    );
    assertEquals((await session.query("SELECT n FROM t")).rows, [[1]]);
  }));

Deno.test("inTransaction() throws what failed first, though the engine ended it by itself", () =>
  withTable(async (session) => {
    // A commit that fails leaves no transaction to roll back.
    const twice = () => session.run("INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)");
    await assertRejects(() => inTransaction(session, twice), Error, "Constraint Error");
    const ended = async () => {
      await session.run("ROLLBACK");
      throw new RangeError("first");
    };
    await assertRejects(() => inTransaction(session, ended), RangeError, "first");
    assertEquals(await inTransaction(session, () => session.run("INSERT INTO t VALUES (1)")), 1);
  }));

Deno.test("inTransaction() sends nothing more to a session that broke", async () => {
  const sent: string[] = [];
  const session = { broken: true, run: (sql: string) => Promise.resolve(sent.push(sql)) };
  await assertRejects(() => inTransaction(session, () => Promise.reject(new RangeError("lost"))));
  assertEquals(sent, ["BEGIN"]);
});
