/**
 * What every metadata store must do. Each adapter's test calls `metadataConformance`.
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { hasCode, TickhouseError } from "../errors.ts";
import type { ErrorCode } from "../error_codes.ts";
import { keepSecret } from "../shown.ts";
import { DESCRIBED } from "./described.ts";
import type { Engine } from "./engine.ts";
import { gapsConformance } from "./gaps_conformance.ts";
import type { MetadataStore, Series } from "./metadata.ts";
import { migrationsIn } from "./migrations.ts";
import type { Place } from "./process_fixture.ts";
import { processConformance } from "./process_conformance.ts";
import type { RunStart } from "./runs.ts";
import type { SymbolReference } from "./symbols.ts";

/** A fresh, empty store, and other ways to the same one. */
export interface MetadataUnderTest extends AsyncDisposable {
  readonly store: MetadataStore;
  /** Another connection to it. */
  open(): Promise<MetadataStore>;
  /** What it is reached through. */
  engine(): Engine;
  /** What another process reaches it through. */
  readonly place: Place;
}

/** Registers a test of a store under the adapter's name. */
export type TestOfStore = (
  behaviour: string,
  run: (under: MetadataUnderTest) => Promise<void>,
) => void;

const AAPL: Series = { provider: "yahoo", symbol: "AAPL", interval: "1d" };
const BUDGET = { provider: "alphavantage", keyHash: "k", day: "2026-11-27" };
/** Noon of a November day. */
const NOON_US = 1_795_780_800_000_000;

/** Registers the suite under the adapter's name. */
export function metadataConformance(name: string, make: () => Promise<MetadataUnderTest>): void {
  const test: TestOfStore = (behaviour, run) =>
    Deno.test(`${name}: ${behaviour}`, async () => {
      await using under = await make();
      await run(under);
    });
  schemaTests(test);
  runTests(test);
  watermarkTests(test);
  coverageTests(test);
  requestTests(test);
  gapsConformance(test);
  symbolTests(test);
  actionTests(test);
  bodyTests(test);
  processConformance(test);
}

function schemaTests(test: TestOfStore): void {
  test("the tables are those that are described, column by column", async ({ engine }) => {
    await using opened = engine();
    const { bare, schema } = opened;
    const there = (await bare.introspection.getTables())
      .filter((table) => schema === undefined || table.schema === schema);
    const found = there.map(({ name, columns }): [string, unknown] => [
      name,
      Object.fromEntries(columns.map((column) => {
        const name = column.dataType.toLowerCase();
        // PostgreSQL's names of them.
        const type = { int8: "bigint", int4: "integer" }[name] ?? name;
        return [column.name, [type, column.isNullable]];
      })),
    ]);
    const described = Object.entries(DESCRIBED).map(([name, { columns }]): [string, unknown] => [
      name,
      Object.fromEntries(
        Object.entries(columns).map((
          [column, [type, meaning]],
        ) => [column, [type, /\bNull\b/.test(meaning)]]),
      ),
    ]);
    assertEquals(Object.fromEntries(found), Object.fromEntries(described));
  });

  test("a store that is there is opened again, with what is in it", async ({ store, open }) => {
    assertEquals(await store.requests.take(BUDGET, 5), true);
    await using other = await open();
    assertEquals(other.version, store.version);
    assertEquals(await other.requests.used(BUDGET), 1);
  });

  test("several that open an empty store at once all get it", async ({ engine }) => {
    await using opened = engine();
    await empty(opened);
    const { storeOn } = await import("./store.ts");
    const stores = await Promise.all(Array.from({ length: 6 }, () => storeOn(engine())));
    const takes = await Promise.all(stores.map((one) => one.requests.take(BUDGET, 99)));
    assertEquals(takes, takes.map(() => true));
    assertEquals(await stores[0]?.requests.used(BUDGET), 6);
    for (const one of stores) await one[Symbol.asyncDispose]();
  });

  test("a store of a newer version is refused, and stays as it is", async ({ engine, open }) => {
    await using opened = engine();
    const known = Object.keys(migrationsIn(undefined)).at(-1);
    await setVersion(opened, "9999_later");
    const error = await assertRejects(() => open(), TickhouseError, "9999_later");
    assertEquals(error.code, "METADATA_NEWER");
    await setVersion(opened, undefined);
    await using other = await open();
    assertEquals(other.version, known);
  });

  test("a signal that has aborted opens nothing", async ({ engine }) => {
    const { storeOn } = await import("./store.ts");
    const reason = new Error("enough");
    const error = await assertRejects(() => storeOn(engine(), AbortSignal.abort(reason)));
    assert(error === reason);
  });

  test("where it is says no password", ({ store }) => {
    assert(!/secret|password|@/.test(store.where), store.where);
    return Promise.resolve();
  });
}

function runTests(test: TestOfStore): void {
  const start: RunStart = {
    ...{ verb: "stream", route: null, source: "simulator", host: "here", pid: 7 },
    startedUs: NOON_US,
  };
  const list = (store: MetadataStore, nowUs: number) => store.runs.list({ limit: 9, nowUs });

  test("runs: one that ends has its status and report, and no secret", async ({ store }) => {
    keepSecret("hunter2-hunter2");
    const id = await store.runs.begin(start);
    const report = { proven: true, note: "by hunter2-hunter2" };
    await store.runs.end(id, { endedUs: NOON_US + 5, status: "proven", report });
    assertEquals(await list(store, NOON_US), [{
      ...start,
      id,
      seenUs: NOON_US + 5,
      endedUs: NOON_US + 5,
      status: "proven",
      report: { proven: true, note: "by (secret)" },
    }]);
  });

  test("runs: the latest is first, and a limit holds", async ({ store }) => {
    for (const i of [1, 3, 2]) {
      await store.runs.begin({ ...start, pid: i, startedUs: NOON_US + i });
    }
    const runs = await store.runs.list({ limit: 2, nowUs: NOON_US });
    assertEquals(runs.map(({ pid }) => pid), [3, 2]);
  });

  test("runs: one that never ended has died after a minute without a sign", async ({ store }) => {
    const id = await store.runs.begin(start);
    const status = async (us: number) => (await list(store, us)).map((run) => run.status);
    assertEquals(await status(NOON_US + 60_000_000), ["running"]);
    assertEquals(await status(NOON_US + 60_000_001), ["died"]);
    await store.runs.beat(id, NOON_US + 60_000_000);
    assertEquals(await status(NOON_US + 60_000_001), ["running"]);
  });
}

function watermarkTests(test: TestOfStore): void {
  const mark = (fromUs: number, toUs: number, lastTimeUs: number | null = null) => ({
    ...AAPL,
    ...{ fromUs, toUs, lastTimeUs, updatedUs: NOON_US },
  });

  test("watermarks: none is there before the first", async ({ store }) => {
    assertEquals(await store.watermarks.get(AAPL), undefined);
    assertEquals(await store.watermarks.advance(mark(10, 20, 15)), mark(10, 20, 15));
    assertEquals(await store.watermarks.get(AAPL), mark(10, 20, 15));
    assertEquals(await store.watermarks.get({ ...AAPL, interval: "1m" }), undefined);
  });

  test("watermarks: advance() covers both ranges, and refuses to go back", async ({ store }) => {
    const { watermarks } = store;
    await watermarks.advance(mark(10, 20, 15));
    assertEquals(await watermarks.advance(mark(20, 30)), mark(10, 30, 15));
    assertEquals(await watermarks.advance(mark(5, 30, 6)), mark(5, 30, 15));
    await rejects("WATERMARK_BACK", () => watermarks.advance(mark(5, 29)));
    await rejects("WATERMARK_HOLE", () => watermarks.advance(mark(31, 40)));
    await rejects("RANGE_INVALID", () => watermarks.advance(mark(40, 40)));
    await rejects("RANGE_INVALID", () => watermarks.advance(mark(5, 40.5)));
    assertEquals(await watermarks.get(AAPL), mark(5, 30, 15));
  });

  test("watermarks: replace() goes anywhere", async ({ store }) => {
    const { watermarks } = store;
    await watermarks.advance(mark(10, 20));
    await watermarks.replace(AAPL, mark(1, 2));
    assertEquals(await watermarks.list("yahoo"), [mark(1, 2)]);
    assertEquals(await watermarks.list("finnhub"), []);
    await watermarks.replace(AAPL, undefined);
    assertEquals(await watermarks.list(), []);
  });

  test("watermarks: of several that advance at once none is lost", async ({ store, open }) => {
    await using other = await open();
    const at = [store, other, store, other, store];
    await Promise.allSettled(
      at.map(({ watermarks }, i) => watermarks.advance(mark(0, 10 * (i + 1)))),
    );
    assertEquals((await store.watermarks.get(AAPL))?.toUs, 50);
  });
}

function coverageTests(test: TestOfStore): void {
  const asked = (fromUs: number, toUs: number, outcome: "received" | "empty" | "refused") => ({
    ...AAPL,
    ...{ fromUs, toUs, outcome, askedUs: NOON_US + fromUs, sha256: null },
  });

  test("coverage: what was answered is no more asked for", async ({ store: { coverage } }) => {
    await coverage.add(asked(0, 10, "received"));
    await coverage.add(asked(20, 30, "empty"));
    await coverage.add(asked(30, 40, "refused"));
    assertEquals(await coverage.unanswered(AAPL, { fromUs: 5, toUs: 45 }), [
      { fromUs: 10, toUs: 20 },
      { fromUs: 30, toUs: 45 },
    ]);
    assertEquals(await coverage.unanswered(AAPL, { fromUs: 2, toUs: 9 }), []);
    const other = { ...AAPL, symbol: "MSFT" };
    assertEquals(await coverage.unanswered(other, { fromUs: 2, toUs: 9 }), [
      { fromUs: 2, toUs: 9 },
    ]);
  });

  test("coverage: the same question at the same time is noted once", async ({ store }) => {
    const { coverage } = store;
    await coverage.add(asked(0, 10, "refused"));
    await coverage.add(asked(0, 10, "received"));
    assertEquals(await coverage.list(AAPL), [asked(0, 10, "received")]);
    assertEquals(await coverage.list(AAPL, { fromUs: 10, toUs: 20 }), []);
  });
}

function requestTests(test: TestOfStore): void {
  test("requests: take() takes what fits, and no more", async ({ store: { requests } }) => {
    assertEquals(await requests.take(BUDGET, 3, 4), false);
    assertEquals(await requests.used(BUDGET), 0);
    assertEquals(await requests.take(BUDGET, 3, 2), true);
    assertEquals(await requests.take(BUDGET, 3, 2), false);
    assertEquals(await requests.take(BUDGET, 3), true);
    assertEquals(await requests.take(BUDGET, 3), false);
    assertEquals(await requests.used(BUDGET), 3);
  });

  test("requests: other days, keys and providers have their own", async ({ store }) => {
    const { requests } = store;
    assertEquals(await requests.take(BUDGET, 1), true);
    for (const other of [{ day: "2026-11-28" }, { keyHash: "l" }, { provider: "finnhub" }]) {
      assertEquals(await requests.take({ ...BUDGET, ...other }, 1), true);
    }
    assertEquals(await requests.take(BUDGET, 1), false);
  });

  test("requests: refund() gives back, down to none", async ({ store: { requests } }) => {
    await requests.take(BUDGET, 3, 3);
    await requests.refund(BUDGET, 2);
    assertEquals(await requests.used(BUDGET), 1);
    await requests.refund(BUDGET, 2);
    assertEquals(await requests.used(BUDGET), 0);
    await requests.refund({ ...BUDGET, keyHash: "never" });
  });

  test("requests: what is no day and no count is refused", async ({ store: { requests } }) => {
    for (const day of ["2026-02-30", "2026-1-1", "today", ""]) {
      await rejects("RANGE_INVALID", () => requests.take({ ...BUDGET, day }, 1));
    }
    for (const n of [0, -1, 1.5, NaN]) {
      await rejects("OPTION_INVALID", () => requests.take(BUDGET, 5, n));
    }
    await rejects("OPTION_INVALID", () => requests.take(BUDGET, NaN));
  });

  test("requests: connections that race take the limit together", async ({ store, open }) => {
    await using other = await open();
    await using third = await open();
    const takes = Array.from({ length: 60 }, (_, i) => [store, other, third][i % 3] ?? store);
    const taken = await Promise.all(takes.map(({ requests }) => requests.take(BUDGET, 25)));
    assertEquals(taken.filter(Boolean).length, 25);
    assertEquals(await store.requests.used(BUDGET), 25);
  });
}

function symbolTests(test: TestOfStore): void {
  const reference = (
    symbol: string,
    instrument: string,
    validFrom: string | null,
    validTo: string | null,
  ): SymbolReference => ({
    ...{ provider: "yahoo", symbol, instrument, validFrom, validTo },
    ...{ exchange: "XNAS", currency: "USD", name: null, source: "test" },
  });

  test("symbols: META means what it meant on the day", async ({ store: { symbols } }) => {
    await symbols.add(reference("META", "roundhill", "2021-06-30", "2022-01-31"));
    await symbols.add(reference("FB", "meta-platforms", "2012-05-18", null));
    await symbols.end("yahoo", "FB", "2022-06-09");
    await symbols.add(reference("META", "meta-platforms", "2022-06-09", null));
    const at = async (symbol: string, day: string) =>
      (await symbols.at("yahoo", symbol, day))?.instrument;
    assertEquals(await at("META", "2022-01-30"), "roundhill");
    assertEquals(await at("META", "2022-01-31"), undefined);
    assertEquals(await at("META", "2022-06-09"), "meta-platforms");
    assertEquals(await at("FB", "2022-06-08"), "meta-platforms");
    assertEquals(await at("FB", "2022-06-09"), undefined);
    const named = async (day: string) =>
      (await symbols.named("yahoo", "meta-platforms", day)).map(({ symbol }) => symbol);
    assertEquals([await named("2022-06-08"), await named("2022-06-09")], [["FB"], ["META"]]);
  });

  test("symbols: two instruments on one day are refused, the same again is not", async ({ store }) => {
    const { symbols } = store;
    const first = reference("META", "a", "2020-01-01", "2020-02-01");
    await symbols.add(first);
    await symbols.add(first);
    for (const [from, to] of [["2020-01-31", null], [null, "2020-01-02"], [null, null]]) {
      await rejects(
        "SYMBOL_OVERLAPS",
        () => symbols.add(reference("META", "b", from ?? null, to ?? null)),
      );
    }
    await symbols.add(reference("META", "b", "2020-02-01", null));
    await symbols.add(reference("META", "c", null, "2020-01-01"));
    const found = (await symbols.list("yahoo", "META")).map(({ instrument }) => instrument);
    assertEquals(found, ["c", "a", "b"]);
  });

  test("symbols: what ends before it begins is refused", async ({ store: { symbols } }) => {
    await rejects(
      "RANGE_INVALID",
      () => symbols.add(reference("X", "x", "2020-01-01", "2020-01-01")),
    );
    await rejects("RANGE_INVALID", () => symbols.add(reference("X", "x", "1/1/2020", null)));
  });

  test("symbols: of several that claim a symbol at once one gets it", async ({ store, open }) => {
    await using other = await open();
    const claims = ["a", "b", "c", "d"].map((instrument, i) =>
      (i % 2 ? other : store).symbols.add(reference("NEW", instrument, "2020-01-01", null))
    );
    const done = await Promise.allSettled(claims);
    assertEquals(done.filter(({ status }) => status === "fulfilled").length, 1);
    assertEquals((await store.symbols.list("yahoo", "NEW")).length, 1);
  });
}

function actionTests(test: TestOfStore): void {
  const dividend = {
    ...{ source: "yahoo", symbol: "AAPL", exDate: "2020-08-07", kind: "dividend" as const },
    ...{ amount: "0.82", currency: "USD" },
  };

  test("actions: what is known is no news, a correction is a new version", async ({ store }) => {
    const { actions } = store;
    const split = { ...dividend, kind: "split" as const, amount: "4", currency: null };
    const first = await actions.upsert([dividend, split], 1);
    assertEquals(first.added.map(({ kind, version }) => [kind, version]), [
      ["dividend", 1],
      ["split", 1],
    ]);
    const again = { ...dividend, amount: "0.820" };
    assertEquals(await actions.upsert([again, split], 2), { added: [], changed: [] });
    const { added, changed } = await actions.upsert([{ ...dividend, amount: "0.205" }], 3);
    assertEquals(added, []);
    assertEquals(changed, [{
      before: { ...dividend, version: 1, seenUs: 1 },
      after: { ...dividend, amount: "0.205", version: 2, seenUs: 3 },
    }]);
    const amounts = async (versions: boolean) =>
      (await actions.list({ symbol: "AAPL", versions })).map(({ amount }) => amount);
    assertEquals(await amounts(false), ["0.205", "4"]);
    assertEquals(await amounts(true), ["0.82", "0.205", "4"]);
    assertEquals(await actions.list({ source: "alphavantage" }), []);
  });

  test("actions: with one that is none, none is kept", async ({ store: { actions } }) => {
    for (const amount of ["", "-1", "1e3", "0.00", "x", "0x10", "1."]) {
      const bad = { ...dividend, exDate: "2020-11-06", amount };
      await rejects("OPTION_INVALID", () => actions.upsert([dividend, bad], 1));
    }
    await rejects("RANGE_INVALID", () => actions.upsert([{ ...dividend, exDate: "x" }], 1));
    assertEquals(await actions.list(), []);
  });

  test("actions: two that come at once are one version", async ({ store, open }) => {
    await using other = await open();
    await Promise.all([store, other, store, other].map((s) => s.actions.upsert([dividend], 1)));
    assertEquals((await store.actions.list({ versions: true })).length, 1);
  });
}

function bodyTests(test: TestOfStore): void {
  const body = {
    ...{ sha256: "ab".repeat(32), provider: "alphavantage", status: 200, bytes: 12 },
    ...{ url: "https://host/query?function=X&symbol=IBM", askedUs: NOON_US, objectKey: "a/b" },
  };

  test("bodies: an answer is found by its hash, each time it came", async ({ store }) => {
    const { bodies } = store;
    const later = { ...body, askedUs: NOON_US + 1, objectKey: "a/c" };
    for (const one of [later, body, body]) await bodies.add(one);
    assertEquals(await bodies.find(body.sha256), [body, later]);
    assertEquals(await bodies.find("cd".repeat(32)), []);
  });

  test("bodies: a key in the address is refused, and not shown", async ({ store: { bodies } }) => {
    for (const url of ["https://h/q?apikey=abc123secret", "https://h/q?a=1&token=abc123secret"]) {
      const error = await rejects("BODY_SECRET", () => bodies.add({ ...body, url }));
      assert(!error.message.includes("abc123secret"), error.message);
    }
    assertEquals(await bodies.find(body.sha256), []);
  });

  test("texts of any kind come back as they went", async ({ store }) => {
    const hostile = ["'; drop table gaps; --", '"', "\\", "%", "😀\u0001", "$1", "?", "../x"];
    for (const symbol of hostile) {
      const series = { ...AAPL, symbol };
      const mark = { ...series, fromUs: 1, toUs: 2, lastTimeUs: null, updatedUs: 3 };
      await store.watermarks.advance(mark);
      assertEquals(await store.watermarks.get(series), mark);
    }
    assertEquals((await store.watermarks.list()).length, hostile.length);
  });
}

/** The error. Fails unless it has the code. */
export async function rejects(
  code: ErrorCode,
  work: () => Promise<unknown>,
): Promise<TickhouseError> {
  const error = await assertRejects(work, TickhouseError);
  assert(hasCode(error, code), `${error.code}: ${error.message}`);
  return error;
}

/** Pretends that a migration of this name was applied; undefined takes it back. */
async function setVersion(engine: Engine, name: string | undefined): Promise<void> {
  type Applied = { kysely_migration: { name: string; timestamp: string } };
  const { bare, schema } = engine;
  const db = (schema === undefined ? bare : bare.withSchema(schema)).withTables<Applied>();
  if (name === undefined) {
    await db.deleteFrom("kysely_migration").where("name", "=", "9999_later").execute();
  } else {
    const timestamp = "2099-01-01T00:00:00.000Z";
    await db.insertInto("kysely_migration").values({ name, timestamp }).execute();
  }
}

/** Removes all tables. */
export async function empty({ bare, schema }: Engine): Promise<void> {
  if (schema !== undefined) return await bare.schema.dropSchema(schema).cascade().execute();
  for (const { name } of await bare.introspection.getTables({ withInternalKyselyTables: true })) {
    await bare.schema.dropTable(name).execute();
  }
}
