/** Snowflake from the command line, on the stand-in: the ways of docs/snowflake.md. @module */
import { assertEquals, assertMatch } from "@std/assert";
import { assertDone, assertRefused, Place } from "../cli/command.ts";
import { testDatabase } from "../snowflake/rig.ts";

/** A home, and a database of its own on the stand-in. */
class Site extends Place implements AsyncDisposable {
  readonly env: Record<string, string>;
  readonly #database: AsyncDisposable;

  private constructor(database: Awaited<ReturnType<typeof testDatabase>>) {
    super();
    this.#database = database;
    const { account, user, password = "", url = "", role = "", warehouse = "" } = database.options;
    this.env = {
      TICKHOUSE_SNOWFLAKE_ACCOUNT: account,
      TICKHOUSE_SNOWFLAKE_USER: user,
      TICKHOUSE_SNOWFLAKE_PASSWORD: password,
      TICKHOUSE_SNOWFLAKE_URL: url,
      TICKHOUSE_SNOWFLAKE_ROLE: role,
      TICKHOUSE_SNOWFLAKE_WAREHOUSE: warehouse,
      TICKHOUSE_SNOWFLAKE_DATABASE: database.options.database,
      TICKHOUSE_SNOWFLAKE_ROLL_SECONDS: "0.5",
      TICKHOUSE_RATE: "max",
    };
  }

  static async open(): Promise<Site> {
    return new Site(await testDatabase());
  }

  go(args: readonly string[], env: Record<string, string> = {}) {
    return this.run(args, { ...this.env, ...env });
  }

  /** Rows of a query on a target, each a list of cells as text. */
  async ask(target: string, sql: string, env: Record<string, string> = {}): Promise<string[][]> {
    const found = assertDone(await this.go(["query", "--target", target, "--json", sql], env));
    return JSON.parse(found).map((row: object) => Object.values(row).map(String));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database[Symbol.asyncDispose]();
    this[Symbol.dispose]();
  }
}

const ALL = { TICKHOUSE_SINKS: "lake,warehouse,snowflake" };
const COUNT =
  "SELECT count(*) AS n, count(DISTINCT trade_id) AS d, sum(price) AS p FROM bronze.ticks";

Deno.test("stream into lake, DuckDB and Snowflake at once, proven on all, models on both", async () => {
  await using site = await Site.open();
  const refused = await site.go(["stream", "--limit", "10"], ALL);
  assertRefused(refused, "SNOWFLAKE_OBJECT", /deno task migrate --target snowflake/);
  assertDone(await site.go(["migrate", "--target", "snowflake"]));
  const first = assertDone(await site.go(["stream", "--limit", "3000"], ALL));
  assertMatch(first, /loaded +[\d,]+ rows into Snowflake/);
  assertMatch(first, /each exactly once in all three/);
  assertDone(await site.go(["stream", "--limit", "4000"], ALL));
  const proof = JSON.parse(assertDone(await site.go(["reconcile", "--json"], ALL)));
  assertEquals(proof.proven, true);
  const sides = proof.partitions.flatMap((p: { sides: { side: string; rows: number }[] }) =>
    p.sides
  );
  const rows = (side: string) =>
    sides.filter((s: { side: string }) => s.side === side)
      .reduce((sum: number, s: { rows: number }) => sum + s.rows, 0);
  assertEquals(["broker", "lake", "warehouse", "snowflake"].map(rows), [4000, 4000, 4000, 4000]);
  assertEquals(await site.ask("snowflake", COUNT), await site.ask("duckdb", COUNT));
  for (const target of ["snowflake", "duckdb"]) {
    const built = assertDone(await site.go(["transform", "--target", target]));
    assertMatch(built, /(\d+) of \1 tests passed/);
  }
  const candles =
    `SELECT symbol, bar_interval, CAST(open_time AS VARCHAR) AS t, open, high, low, close,
    volume, trades FROM gold.gold_candlestick ORDER BY 1, 2, 3`;
  const plain = (rows: string[][]) =>
    rows.map((row) => row.map((cell) => cell.replace(/(:\d\d)\.0+$/, "$1")));
  const ours = plain(await site.ask("duckdb", candles));
  assertEquals(plain(await site.ask("snowflake", candles)), ours);
  assertEquals(ours.length > 0, true);
  const lost = "DELETE FROM bronze.ticks WHERE _offset = 7";
  assertRefused(
    await site.go(["query", "--target", "snowflake", lost]),
    "QUERY_NOT_READ_ONLY",
    /only reads/,
  );
  assertMatch(
    assertDone(await site.go(["status"], ALL)),
    /ticks +│ +4,000 │ +4,000 │ +4,000 │ +4,000/,
  );
});

Deno.test("the lake into Snowflake by COPY, and back into another DuckDB by the mirror", async () => {
  await using site = await Site.open();
  assertDone(await site.go(["migrate", "--target", "snowflake"]));
  assertDone(await site.go(["stream", "--limit", "2000"], { TICKHOUSE_SINKS: "lake" }));
  const copy = ["load", "--target", "snowflake", "--json", "--dataset", "ticks"];
  const loaded = (text: string) => JSON.parse(text).map((r: { rows: number }) => r.rows);
  assertEquals(loaded(assertDone(await site.go(copy))), [2000]);
  assertEquals(loaded(assertDone(await site.go(copy))), [0]);
  const sinks = { TICKHOUSE_SINKS: "lake,snowflake" };
  assertMatch(assertDone(await site.go(["reconcile"], sinks)), /proven: 2,000 records/);
  const elsewhere = { TICKHOUSE_HOME: `${site.home}-mirror` };
  assertDone(await site.go(["mirror"], elsewhere));
  assertEquals(await site.ask("duckdb", COUNT, elsewhere), await site.ask("snowflake", COUNT));
  // Channels know nothing of these positions: they would bring every row again.
  const way = { ...sinks, TICKHOUSE_SNOWFLAKE_WAY: "streaming" };
  assertRefused(await site.go(["stream", "--limit", "10"], way), "WAYS_MIXED", /another database/);
  // Into the home that streamed: there its rows are proven with the rest.
  assertDone(await site.go(["mirror", "--by", "rows"]));
  const all = assertDone(await site.go(["reconcile", "--by-day"], ALL));
  for (const side of ["broker", "lake", "warehouse", "snowflake"]) {
    assertMatch(
      all,
      new RegExp(`ticks/\\d +│ \\d{4}-\\d\\d-\\d\\d │ ${side} +│ +[\\d,]+ │ [0-9a-f]{8} │ price`),
    );
  }
  assertMatch(all, /warehouse +│ +0/);
  assertMatch(all, /proven: 2,000 records/);
});

Deno.test("a way from the lake is refused for a stream, and a wrong password named", async () => {
  await using site = await Site.open();
  const way = { ...ALL, TICKHOUSE_SNOWFLAKE_WAY: "copy" };
  assertRefused(
    await site.go(["stream", "--limit", "10"], way),
    "CONFIG_INVALID",
    /deno task load --target snowflake/,
  );
  const wrong = { TICKHOUSE_SNOWFLAKE_PASSWORD: "hunter2-is-no-password" };
  const refused = await site.go(["load", "--target", "snowflake"], wrong);
  assertRefused(refused, "SNOWFLAKE_LOGIN", /TICKHOUSE_SNOWFLAKE_PASSWORD/);
  assertEquals(JSON.stringify(refused).includes("hunter2"), false);
});
