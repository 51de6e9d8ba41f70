import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { dirname, join } from "node:path";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import { migrate } from "tickhouse/migrate/migrate.ts";
import { migrationsFor } from "tickhouse/migrate/migrations.ts";
import { LakeSink } from "tickhouse/lake/lake.ts";
import { chainOf } from "tickhouse/lake/chain.ts";
import type { LakeFormat } from "tickhouse/lake/layout.ts";
import { loadBySnowpipe, type SnowpipeLoadOptions } from "tickhouse/snowflake/load_snowpipe.ts";
import { Snowpipe } from "tickhouse/snowflake/snowpipe.ts";
import { DirectoryStore } from "tickhouse/store/directory.ts";
import { DeadLetterTrap, TempFolder, validBatch } from "tickhouse/testing.ts";
import type { SnowflakeOptions } from "tickhouse/snowflake/options.ts";
import { SnowflakeSession } from "tickhouse/snowflake/session.ts";
import { standIn, testDatabase } from "../snowflake/rig.ts";
import { makeKey } from "./keys.ts";
import { PipeServer } from "./pipe_server.ts";

const REST = { waitMs: 5, attemptsMax: 4 };
const migrations = await migrationsFor("snowflake");

/** A lake, a migrated database and Snowpipe's service. */
interface Rig {
  /** The lake's folder. */
  readonly root: string;
  readonly lake: LakeSink;
  readonly server: PipeServer;
  readonly session: SnowflakeSession;
  readonly user: SnowflakeOptions;
  load(more?: Partial<SnowpipeLoadOptions>): ReturnType<typeof loadBySnowpipe>;
  offsets(partition: number): Promise<number[]>;
  count(table: string): Promise<number>;
}

async function withRig(
  run: (rig: Rig) => Promise<void>,
  more: { readonly format?: LakeFormat; readonly passphrase?: string } = {},
): Promise<void> {
  const { format = "parquet", passphrase } = more;
  using folder = new TempFolder();
  using key = makeKey(passphrase);
  await using database = await testDatabase();
  await using session = await SnowflakeSession.open(database.options);
  const variables = { lake_format: format === "parquet" ? "lake_parquet" : "lake_ndjson" };
  await migrate({ target: "snowflake", session, migrations, variables });
  await using server = new PipeServer(database.options, key.publicKey);
  await using store = new DirectoryStore(join(folder.path, "lake"));
  const deadLetters = new DeadLetterTrap().queue;
  await using lake = await LakeSink.open({
    ...{ store, dataset: ticks, codec: jsonCodec, deadLetters, format },
  });
  const user: SnowflakeOptions = {
    ...database.options,
    authenticator: "key-pair",
    keyPath: key.path,
    keyPassphrase: passphrase,
    url: server.url,
  };
  const pipes = new Snowpipe(user, REST);
  const rows = async (sql: string) => (await session.query(sql)).rows;
  await run({
    ...{ lake, server, session, user, root: join(folder.path, "lake") },
    load: (options) =>
      loadBySnowpipe({ store, session, pipes, dataset: ticks, pollMs: 20, waitS: 20, ...options }),
    offsets: async (partition) => {
      const sql = `SELECT _offset FROM bronze.ticks WHERE _partition = ${partition} ORDER BY 1`;
      return (await rows(sql)).map(([offset]) => Number(offset));
    },
    count: async (table) => Number((await rows(`SELECT count(*) FROM ${table}`))[0]?.[0]),
  });
}

function range(to: number): number[] {
  return Array.from({ length: to }, (_, i) => i);
}

for (const format of ["parquet", "ndjson", "ndjson-zstd"] as const) {
  Deno.test(`loadBySnowpipe() brings a lake of ${format} into bronze, once`, async () => {
    await withRig(async ({ lake, load, offsets, count, session, server }) => {
      await lake.write([validBatch(ticks, 0, 0, 10), validBatch(ticks, 1, 0, 4)]);
      await lake.write([validBatch(ticks, 0, 10, 5)]);
      assertEquals(await load(), { objects: 3, skipped: 0, rows: 19 });
      assertEquals(await load(), { objects: 0, skipped: 3, rows: 0 });
      await lake.write([validBatch(ticks, 0, 15, 1)]);
      assertEquals(await load(), { objects: 1, skipped: 3, rows: 1 });
      assertEquals([await offsets(0), await offsets(1)], [range(16), range(4)]);
      assertEquals([await count("bronze._landing_ticks"), await count("bronze._loads")], [0, 4]);
      assertEquals(server.named.length, 4);
      const row = await session.query(
        "SELECT symbol, price, event_time FROM bronze.ticks WHERE _partition = 0 AND _offset = 3",
      );
      assertEquals(row.rows, [["symbol-3", "100.03000000", "2025-11-21 04:40:00.003000"]]);
      const left = await session.query("LIST @bronze.lake");
      assertEquals(left.rows, [], "the staged files are removed");
    }, { format });
  });
}

Deno.test("loadBySnowpipe() is exact whatever lands twice, half or out of order", async () => {
  await withRig(async ({ lake, load, offsets, count, server }) => {
    for (let i = 0; i < 4; i++) {
      await lake.write([validBatch(ticks, 0, i * 5, 5), validBatch(ticks, 1, i * 3, 3)]);
    }
    server.backwards = true;
    const fates = ["load twice", "half, then whole", "load"] as const;
    let turn = 0;
    server.fate = () => fates[turn++ % fates.length] ?? "load";
    assertEquals((await load()).rows, 32);
    // Nothing is left to do, and nothing is left over.
    const { objects } = await load();
    assertEquals([objects, await offsets(0), await offsets(1)], [0, range(20), range(12)]);
    assertEquals(await count("bronze._landing_ticks"), 0);
  });
});

Deno.test("loadBySnowpipe() binds Snowflake to the lake's log, and refuses another lake", async () => {
  await withRig(async ({ lake, load, session }) => {
    await lake.claim("ticks", "log-1");
    await lake.write([validBatch(ticks, 0, 0, 3)]);
    await load();
    const found = await session.query("SELECT topic, log_id FROM bronze._logs");
    assertEquals(found.rows, [["ticks", "log-1"]]);
    await session.run("UPDATE bronze._logs SET log_id = 'log-2'");
    await lake.write([validBatch(ticks, 0, 3, 3)]);
    assertEquals((await assertRejects(load, TickhouseError)).code, "LOG_REPLACED");
    assertEquals((await session.query("SELECT count(*) FROM bronze.ticks")).rows, [[3]]);
  });
});

Deno.test("loadBySnowpipe() only names what a stage over the lake holds, and leaves it there", async () => {
  await withRig(async ({ lake, load, offsets, session, server, root }) => {
    await lake.write([validBatch(ticks, 0, 0, 5)]);
    const links = chainOf(new DirectoryStore(root), "ticks");
    const [link] = await Array.fromAsync(links);
    const key = link?.key ?? "";
    await session.query(
      `PUT 'file://${join(root, key)}' @bronze.lake/${dirname(key)} AUTO_COMPRESS = FALSE`,
    );
    assertEquals(await load({ external: true }), { objects: 1, skipped: 0, rows: 5 });
    assertEquals([await offsets(0), server.named], [range(5), [key]]);
    assertEquals((await session.query("LIST @bronze.lake")).rows.length, 1);
  });
});

Deno.test("loadBySnowpipe() settles what landed by itself, and names nothing", async () => {
  await withRig(async ({ lake, load, offsets, session, server }) => {
    await lake.write([validBatch(ticks, 0, 0, 3)]);
    await load();
    await lake.write([validBatch(ticks, 0, 3, 2)]);
    // As an automatic pipe would have put it there.
    const columns = "symbol, price, size, event_time, source, trade_id";
    await session.run(`INSERT INTO bronze._landing_ticks (_file, _file_row, _topic, _partition,
        _offset, _ingest_time, ${columns})
      SELECT 'raw/ticks/date=2025-11-21/partition=0/00000000000000000003.parquet', _offset, _topic,
        _partition, _offset + 3, _ingest_time, ${columns}
      FROM bronze.ticks WHERE _offset < 2`);
    const named = server.named.length;
    assertEquals((await load()).rows, 2);
    assertEquals([await offsets(0), server.named.length], [range(5), named]);
  });
});

Deno.test("loadBySnowpipe() outlasts 429, 503 and a refused token", async () => {
  await withRig(async ({ lake, load, offsets, server }) => {
    await lake.write([validBatch(ticks, 0, 0, 3)]);
    server.refusals.push(
      new Response("slow down", { status: 429 }),
      new Response("busy", { status: 503 }),
      Response.json({ code: "390144" }, { status: 401 }),
    );
    assertEquals((await load()).rows, 3);
    assertEquals(await offsets(0), range(3));
  });
});

Deno.test("loadBySnowpipe() tells what is late, and goes on later", async () => {
  await withRig(async ({ lake, load, offsets, server }) => {
    await lake.write([validBatch(ticks, 0, 0, 3)]);
    server.fate = (_, before) => before === 0 ? "hold" : "load";
    const late = await assertRejects(() => load({ waitS: 0.1 }), TickhouseError);
    assertEquals([late.code, late.kind], ["SNOWPIPE_SLOW", "transient"]);
    assertEquals(await offsets(0), []);
    assertEquals((await load()).rows, 3);
    assertEquals(await offsets(0), range(3));
  });
});

Deno.test("loadBySnowpipe() names a file that can't be loaded, and a lake of single records", async () => {
  await withRig(async ({ lake, load, server }) => {
    await lake.write([validBatch(ticks, 0, 0, 3)]);
    server.fate = () => "fail";
    const failed = await assertRejects(load, TickhouseError);
    assertEquals(failed.code, "SNOWPIPE_FAILED");
    assertMatch(failed.message, /partition=0.*decompression/);
  });
  await withRig(async ({ lake, load }) => {
    await lake.write([validBatch(ticks, 0, 0, 3)]);
    assertEquals((await assertRejects(load, TickhouseError)).code, "LAKE_FORMAT");
  }, { format: "json" });
});

Deno.test("Snowpipe takes an encrypted key, and refuses what is no key pair", async () => {
  const passphrase = "correct horse";
  await withRig(async ({ lake, load }) => {
    await lake.write([validBatch(ticks, 0, 0, 2)]);
    assertEquals((await load()).rows, 2);
  }, { passphrase });
  const error = await assertRejects(
    () => Promise.resolve().then(() => new Snowpipe(standIn)),
    TickhouseError,
  );
  assertEquals(error.code, "SNOWFLAKE_OPTIONS");
});

Deno.test("Snowpipe names at most 5,000 files a request", async () => {
  await withRig(async ({ server, user }) => {
    server.fate = () => "hold";
    const files = Array.from({ length: 5001 }, (_, i) => ({ path: `${i}.parquet`, size: 1 }));
    await new Snowpipe(user, REST).insertFiles("bronze._pipe_ticks", files);
    assertEquals(server.named.length, 5001);
  });
});

Deno.test("Snowpipe says what is wrong with key, user and pipe, never the key", async () => {
  await withRig(async ({ user }) => {
    using other = makeKey();
    const ask = (options: SnowflakeOptions, pipe: string) =>
      new Snowpipe(options, REST).insertReport(pipe);
    for (const wrong of [{ keyPath: other.path }, { user: "NOBODY" }, { account: "other" }]) {
      const error = await assertRejects(
        () => ask({ ...user, ...wrong }, "bronze._pipe_ticks"),
        TickhouseError,
        "RSA_PUBLIC_KEY_FP",
      );
      assertEquals([error.code, error.kind], ["SNOWFLAKE_REFUSED", "terminal"]);
      assertEquals(/eyJ|BEGIN/.test(Deno.inspect(error)), false);
    }
    const missing = await assertRejects(() => ask(user, "bronze.none"), TickhouseError, "NONE");
    assertEquals(missing.code, "SNOWFLAKE_MISSING");
  });
});
