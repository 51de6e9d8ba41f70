/** The metadata store in a file. @module */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { VirtualClock } from "../clock.ts";
import { TickhouseError } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import { metadataConformance } from "./conformance.ts";
import { metadataPath, openMetadata } from "./open.ts";
import { BUDGET, SERIES, UNITS } from "./process_fixture.ts";
import { sqliteEngine } from "./sqlite.ts";
import { storeOn } from "./store.ts";

metadataConformance("sqlite", async () => {
  const folder = new TempFolder();
  const path = join(folder.path, "home", "metadata.sqlite");
  const engine = () => sqliteEngine({ path });
  const store = await storeOn(engine());
  return {
    store,
    engine,
    place: { path },
    open: () => storeOn(engine()),
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
});

async function code(path: string): Promise<[string, string]> {
  const error = await assertRejects(
    async () => await storeOn(sqliteEngine({ path })),
    TickhouseError,
  );
  assert(error.message.includes(path) && error.fix, error.message);
  return [error.code, error.field ?? ""];
}

Deno.test("sqliteEngine() says where it can't write, and what is damaged", async () => {
  using folder = new TempFolder();
  const file = join(folder.path, "file");
  Deno.writeTextFileSync(file, "no database, but long enough to be looked at ".repeat(99));
  assertEquals(await code(join(file, "metadata.sqlite")), ["METADATA_UNREADABLE", "metadata"]);
  assertEquals(await code(folder.path), ["METADATA_UNREADABLE", "metadata"]);
  assertEquals(await code(file), ["METADATA_DAMAGED", "metadata"]);
  await using engine = sqliteEngine({ path: join(folder.path, "metadata.sqlite") });
  const readOnly = new Error("attempt to write a readonly database");
  assertEquals(engine.fault(readOnly).code, "METADATA_UNREADABLE");
});

Deno.test("sqliteEngine() waits while another writes, and then says so", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "metadata.sqlite");
  await using store = await storeOn(sqliteEngine({ path }));
  using holder = new DatabaseSync(path);
  holder.exec("BEGIN IMMEDIATE");
  const clock = new VirtualClock(0);
  await using waiting = await storeOn(sqliteEngine({ path, clock, lockWaitMs: 5000 }));
  const error = await assertRejects(() => waiting.requests.take(BUDGET, 1), TickhouseError);
  assertEquals([error.code, error.kind], ["METADATA_FAILED", "transient"]);
  assert(clock.now() > 2500, `${clock.now()} ms were waited`);
  holder.exec("COMMIT");
  assertEquals(await store.requests.take(BUDGET, 1), true);
});

Deno.test("on a full disk a store says so, and keeps what it had", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "metadata.sqlite");
  const series = { fromUs: 0, toUs: UNITS, reason: "halt" as const, detail: null, noticedUs: 0 };
  {
    await using store = await storeOn(sqliteEngine({ path }));
    await store.gaps.open({ ...SERIES, ...series });
  }
  const script = join(import.meta.dirname ?? "", "process_fixture.ts");
  const config = join(import.meta.dirname ?? "", "../../deno.json");
  const deno = [Deno.execPath(), "run", "-q", "-A", "--no-check", "--config", config, script];
  const { success, stderr } = await new Deno.Command("sh", {
    args: [
      ...["-c", `trap '' XFSZ; ulimit -f 400; exec "$@"`, "sh"],
      ...[...deno, JSON.stringify({ path }), "write"],
    ],
    stdout: "null",
  }).output();
  assert(!success);
  assertMatch(new TextDecoder().decode(stderr), /the metadata can't be written/);
  await using store = await storeOn(sqliteEngine({ path }));
  const halted = await store.gaps.list({ reason: "halt" });
  assertEquals(halted.reduce((sum, { fromUs, toUs }) => sum + toUs - fromUs, 0), UNITS);
  assertEquals(await store.requests.take(BUDGET, 1), true);
});

Deno.test("openMetadata() makes the file in the home", async () => {
  using folder = new TempFolder();
  const config = { home: join(folder.path, "home"), metadata: "" };
  await using store = await openMetadata(config);
  assertEquals(store.where, join(config.home, "metadata.sqlite"));
  assert(Deno.statSync(metadataPath(config)).isFile);
});
