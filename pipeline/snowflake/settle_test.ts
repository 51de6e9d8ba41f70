import { assertEquals, assertRejects } from "@std/assert";
import { ticks } from "../datasets/datasets.ts";
import { landingDdl, landingTable } from "./ddl.ts";
import { PositionConflict, TickhouseError } from "../errors.ts";
import type { Link } from "../lake/layout.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { createSchema } from "../duckdb/schema.ts";
import type { SqlSession } from "../sql/session.ts";
import { settle } from "./settle.ts";

// The statements are those that Snowflake gets; tests/snowpipe/ runs them on the stand-in.

function link(partition: number, startOffset: number, rows: number, dead = 0): Link {
  const name = String(startOffset).padStart(20, "0");
  return {
    key: `ticks/date=2026-11-21/partition=${partition}/${name}.parquet`,
    partition,
    date: "2026-11-21",
    startOffset,
    nextOffset: startOffset + rows + dead,
    rows,
    dead,
    sha256: "0".repeat(64),
  };
}

/** A database in memory with bronze, books and a landing table. */
async function withLanding(run: (session: SqlSession, other: SqlSession) => Promise<void>) {
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  await using other = await file.session();
  await createSchema(session);
  await session.run(
    landingDdl(ticks).replace("TIMESTAMP_LTZ(9)", "TIMESTAMP")
      .replaceAll("TIMESTAMP_NTZ(6)", "TIMESTAMP").replaceAll("NUMBER", "DECIMAL"),
  );
  await run(session, other);
}

/** Rows `from` up to `to` of the object land. */
async function land(session: SqlSession, { key, partition, startOffset, rows }: Link, cut: {
  readonly from?: number;
  readonly to?: number;
  readonly prefix?: string;
} = {}) {
  const { from = 0, to = rows, prefix = "prefix" } = cut;
  await session.run(`INSERT INTO ${landingTable(ticks)} BY NAME
    SELECT '${prefix}/${key}' AS _file, i + 1 AS _file_row, now()::TIMESTAMP AS _landed_at,
      'ticks' AS _topic, ${partition} AS _partition, ${startOffset} + i AS _offset,
      TIMESTAMP '2026-11-21' AS _ingest_time, 'A' AS symbol, 1.5 AS price, 2 AS size,
      TIMESTAMP '2026-11-21' AS event_time, 'test' AS source, 't' || i AS trade_id
    FROM range(${from}, ${to}) r(i)`);
}

async function offsets(session: SqlSession, partition = 0): Promise<number[]> {
  const found = await session.query(
    "SELECT _offset FROM bronze.ticks WHERE _partition = ? ORDER BY _offset",
    [partition],
  );
  return found.rows.map(([offset]) => Number(offset));
}

async function left(session: SqlSession): Promise<number> {
  return Number((await session.query(`SELECT count(*) FROM ${landingTable(ticks)}`)).rows[0]?.[0]);
}

const FIRST = link(0, 0, 4);
const SECOND = link(0, 4, 3);
const OTHER = link(1, 0, 2);
const dataset = ticks;

Deno.test("settle() moves what landed whole, once, and clears the landing", async () => {
  await withLanding(async (session) => {
    for (const one of [FIRST, SECOND, OTHER]) await land(session, one);
    const links = [OTHER, SECOND, FIRST];
    const report = await settle({ session, dataset, links });
    assertEquals(report, { objects: 3, skipped: 0, rows: 9, waiting: [] });
    assertEquals(await offsets(session), [0, 1, 2, 3, 4, 5, 6]);
    assertEquals(await offsets(session, 1), [0, 1]);
    assertEquals(await left(session), 0);
    const loads = await session.query(
      "SELECT start_offset, next_offset, row_count FROM bronze._loads ORDER BY object",
    );
    assertEquals(loads.rows, [[0, 4, 4], [4, 7, 3], [0, 2, 2]]);
    assertEquals(await settle({ session, dataset, links }), {
      objects: 0,
      skipped: 3,
      rows: 0,
      waiting: [],
    });
  });
});

Deno.test("settle() takes a file that landed twice once, before and after", async () => {
  await withLanding(async (session) => {
    await land(session, FIRST);
    await land(session, FIRST);
    assertEquals((await settle({ session, dataset, links: [FIRST] })).rows, 4);
    await land(session, FIRST);
    assertEquals((await settle({ session, dataset, links: [FIRST] })).skipped, 1);
    assertEquals([await offsets(session), await left(session)], [[0, 1, 2, 3], 0]);
  });
});

Deno.test("settle() takes an object that landed by two stages from the one that is whole", async () => {
  await withLanding(async (session) => {
    await land(session, FIRST, { to: 3 });
    await land(session, FIRST, { prefix: "another/stage" });
    const links = [FIRST];
    assertEquals((await settle({ session, dataset, links })).rows, 4);
    await settle({ session, dataset, links });
    assertEquals([await offsets(session), await left(session)], [[0, 1, 2, 3], 0]);
  });
});

Deno.test("settle() waits for what landed half, also if a half landed twice", async () => {
  await withLanding(async (session) => {
    await land(session, FIRST, { to: 2 });
    await land(session, FIRST, { to: 2 });
    await land(session, OTHER);
    const links = [FIRST, OTHER];
    const report = await settle({ session, dataset, links });
    assertEquals([report.objects, report.waiting], [1, [FIRST]]);
    assertEquals([await offsets(session), await offsets(session, 1)], [[], [0, 1]]);
    await land(session, FIRST, { from: 2 });
    assertEquals((await settle({ session, dataset, links })).objects, 1);
    assertEquals([await offsets(session), await left(session)], [[0, 1, 2, 3], 0]);
  });
});

Deno.test("settle() keeps the order of the chain whatever lands first", async () => {
  await withLanding(async (session) => {
    await land(session, SECOND);
    const links = [FIRST, SECOND];
    assertEquals((await settle({ session, dataset, links })).waiting, links);
    assertEquals(await offsets(session), []);
    await land(session, FIRST);
    assertEquals((await settle({ session, dataset, links })).objects, 2);
    assertEquals(await offsets(session), [0, 1, 2, 3, 4, 5, 6]);
  });
});

Deno.test("settle() passes objects of nothing but dead letters", async () => {
  await withLanding(async (session) => {
    const dead = link(0, 4, 0, 3);
    const last = link(0, 7, 2);
    for (const one of [FIRST, last]) await land(session, one);
    assertEquals((await settle({ session, dataset, links: [FIRST, dead, last] })).objects, 3);
    assertEquals(await offsets(session), [0, 1, 2, 3, 7, 8]);
  });
});

Deno.test("settle() begins where another way stopped, in the middle of an object", async () => {
  await withLanding(async (session) => {
    await session.run("INSERT INTO bronze._positions VALUES ('ticks', 0, 2)");
    await land(session, FIRST);
    assertEquals((await settle({ session, dataset, links: [FIRST] })).rows, 2);
    assertEquals(await offsets(session), [2, 3]);
  });
});

Deno.test("settle() refuses a chain beyond the position, and rows that are not the object's", async () => {
  await withLanding(async (session) => {
    await land(session, SECOND);
    await assertRejects(
      () => settle({ session, dataset, links: [SECOND] }),
      PositionConflict,
    );
    await land(session, { ...FIRST, startOffset: 2 });
    const error = await assertRejects(
      () => settle({ session, dataset, links: [FIRST] }),
      TickhouseError,
    );
    assertEquals(error.code, "LANDING_FOREIGN");
    assertEquals(await offsets(session), []);
  });
});

Deno.test("settle() that dies between any two steps changes nothing, and is done again", async () => {
  for (let step = 1; step <= 8; step++) {
    await withLanding(async (session) => {
      await land(session, FIRST);
      await land(session, FIRST);
      let steps = 0;
      const dying: SqlSession = {
        run: (sql) => {
          if (sql !== "ROLLBACK" && ++steps > step) return Promise.reject(new Error("died"));
          return session.run(sql);
        },
        query: (sql, binds) => session.query(sql, binds),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
      // Five statements: BEGIN, MERGE, INSERT, INSERT, DELETE; then COMMIT.
      if (step < 6) {
        await assertRejects(
          () => settle({ session: dying, dataset, links: [FIRST] }),
          Error,
          "died",
        );
        assertEquals([await offsets(session), await left(session)], [[], 8]);
      } else await settle({ session: dying, dataset, links: [FIRST] });
      await settle({ session, dataset, links: [FIRST] });
      assertEquals([await offsets(session), await left(session)], [[0, 1, 2, 3], 0]);
    });
  }
});

Deno.test("settle() keeps nothing of an object of which rows went after it was seen whole", async () => {
  await withLanding(async (session, other) => {
    await land(session, FIRST);
    const robbed: SqlSession = {
      run: async (sql) => {
        if (sql === "BEGIN") {
          await other.run(`DELETE FROM ${landingTable(ticks)} WHERE _offset = 1`);
        }
        return await session.run(sql);
      },
      query: (sql, binds) => session.query(sql, binds),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const links = [FIRST];
    const error = await assertRejects(
      () => settle({ session: robbed, dataset, links }),
      TickhouseError,
    );
    assertEquals([error.code, error.kind], ["LANDING_CHANGED", "transient"]);
    const kept = await session.query(
      "SELECT count(*) FROM bronze._positions UNION ALL SELECT count(*) FROM bronze._loads",
    );
    assertEquals([await offsets(session), kept.rows], [[], [[0], [0]]]);
    await land(session, FIRST, { from: 1, to: 2 });
    assertEquals((await settle({ session, dataset, links })).rows, 4);
  });
});

Deno.test("settle() that another one overtakes between its look and its transaction is refused", async () => {
  await withLanding(async (session, other) => {
    await land(session, FIRST);
    const links = [FIRST];
    const late: SqlSession = {
      run: async (sql) => {
        if (sql === "BEGIN") await settle({ session: other, dataset, links });
        return await session.run(sql);
      },
      query: (sql, binds) => session.query(sql, binds),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    await assertRejects(() => settle({ session: late, dataset, links }), PositionConflict);
    assertEquals(await offsets(session), [0, 1, 2, 3]);
  });
});

Deno.test("settle() moves positions by one MERGE, first in its transaction", async () => {
  await withLanding(async (session) => {
    const said: string[] = [];
    const heard: SqlSession = {
      run: (sql) => {
        said.push(sql.trim().split(/\s+/).slice(0, 3).join(" "));
        return session.run(sql);
      },
      query: (sql, binds) => session.query(sql, binds),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    await land(session, FIRST);
    await settle({ session: heard, dataset, links: [FIRST] });
    assertEquals(said.slice(0, 2), ["BEGIN", "MERGE INTO bronze._positions"]);
    assertEquals(said.filter((sql) => sql.includes("_positions")).length, 1);
  });
});

Deno.test("settle() by two at once settles each object once", async () => {
  await withLanding(async (session, other) => {
    const links = Array.from({ length: 10 }, (_, i) => link(0, i * 3, 3));
    for (const one of links) await land(session, one);
    const done = await Promise.allSettled([
      settle({ session, dataset, links }),
      settle({ session: other, dataset, links }),
    ]);
    assertEquals(done.some(({ status }) => status === "fulfilled"), true);
    await settle({ session, dataset, links });
    assertEquals(await offsets(session), Array.from({ length: 30 }, (_, i) => i));
    assertEquals(await left(session), 0);
  });
});
