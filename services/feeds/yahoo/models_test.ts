/**
 * Yahoo's bars, dividends and splits from its stand-in into the models: what a split makes of what was
 * read before it and after it.
 * @module
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { join } from "node:path";
import { openCalendar } from "tickhouse/calendar/open.ts";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { parseConfig } from "tickhouse/config/config.ts";
import type { Dataset } from "tickhouse/datasets/dataset.ts";
import { datasetNamed, DATASETS } from "tickhouse/datasets/datasets.ts";
import { DuckDbWarehouse } from "tickhouse/duckdb/warehouse.ts";
import { openMetadata } from "tickhouse/metadata/open.ts";
import type { MetadataStore } from "tickhouse/metadata/metadata.ts";
import { yahoo } from "tickhouse/source/yahoo/entry.ts";
import type { KeyedValues } from "tickhouse/batch.ts";
import type { SourceContext } from "tickhouse/source/entry.ts";
import { DirectoryStore } from "tickhouse/store/directory.ts";
import { batchOf, TempFolder } from "tickhouse/testing.ts";
import { Project, transform } from "tickhouse/transform/transform.ts";
import { EVENING, type Feeds, feedsAt } from "../fixture.ts";

const MODELS = new URL("../../../models", import.meta.url).pathname;
const PROJECT = await Project.load(MODELS);

/** A warehouse that the stand-in's history goes into, all by the clock of the feeds. */
class Site implements AsyncDisposable {
  readonly #folder: TempFolder;
  readonly #context: SourceContext;
  readonly #metadata: MetadataStore;
  readonly #warehouse: DuckDbWarehouse;
  readonly #states = new Map<string, string>();
  readonly #offsets = new Map<string, number>();

  private constructor(
    folder: TempFolder,
    context: SourceContext,
    metadata: MetadataStore,
    warehouse: DuckDbWarehouse,
  ) {
    [this.#folder, this.#context, this.#metadata] = [folder, context, metadata];
    this.#warehouse = warehouse;
  }

  static async of(feeds: Feeds): Promise<Site> {
    const folder = new TempFolder();
    const home = folder.path;
    const config = parseConfig({ TICKHOUSE_HOME: home, ...feeds.variables });
    const metadata = await openMetadata({ home, metadata: "" });
    const warehouse = await DuckDbWarehouse.open({
      path: join(home, "w.duckdb"),
      codec: jsonCodec,
      deadLetters: () => Promise.reject(new Error("no row is bad")),
      now: () => feeds.clock.now(),
    });
    await warehouse.migrate();
    const store = new DirectoryStore(join(home, "raw"));
    return new Site(
      folder,
      {
        ...{ config, datasets: DATASETS, settings: {}, onNote: () => {} },
        providers: {
          metadata: () => Promise.resolve(metadata),
          store: () => Promise.resolve(store),
          calendar: () => openCalendar(join(MODELS, "seeds")),
          paces: join(home, "paces"),
          carried: (name) => datasetNamed(name),
          clock: feeds.clock,
        },
      },
      metadata,
      warehouse,
    );
  }

  /** Fetches what is new, and builds and tests the models. */
  async fetch(symbols: readonly string[], options: { from?: string; again?: boolean } = {}) {
    const source = await yahoo({ symbols, history: true, ...options })(this.#context);
    for (const part of source.group?.parts ?? []) {
      const batches = part.read(this.#states.get(part.name), new AbortController().signal);
      for await (const { records, refused, beside = [], state } of batches) {
        assertEquals(refused, []);
        for (const other of beside) await this.#write(other.dataset, other.records);
        await this.#write(part.dataset, records);
        this.#states.set(part.name, state);
      }
    }
    await using session = await this.#warehouse.session();
    const { failed, warned } = await transform({ project: PROJECT, session });
    assertEquals(failed, []);
    return warned.map(({ name }) => name);
  }

  async #write(dataset: Dataset, records: readonly KeyedValues[]): Promise<void> {
    for (const { values } of records) {
      const offset = this.#offsets.get(dataset.name) ?? 0;
      const lines = Array.from({ length: values.length }, (_, i) => values.at(i).slice());
      await this.#warehouse.write(dataset, [batchOf(dataset.name, 0, offset, lines)]);
      this.#offsets.set(dataset.name, offset + lines.length);
    }
  }

  async rows(sql: string) {
    return (await this.#warehouse.query(sql)).rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#warehouse[Symbol.asyncDispose]();
    await this.#metadata[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

/** Days of AAPL, with the close as it came, in the newest shares, and the return. */
const DAYS =
  `SELECT trading_day::VARCHAR, close::DOUBLE, split_close::DOUBLE, log_return, share_factor
  FROM gold.gold_daily_adjusted WHERE symbol = 'AAPL' ORDER BY trading_day`;

Deno.test("a split that Yahoo tells: what was read before it is fetched again, and no close jumps", async () => {
  await using feeds = feedsAt(EVENING);
  feeds.act("AAPL", "2026-11-12", "dividend", 0.52);
  await using site = await Site.of(feeds);
  await site.fetch(["AAPL"], { from: "2026-11-02" });
  const before = await site.rows(DAYS);
  const last = Number(before.at(-1)?.[1]);
  feeds.act("AAPL", "2026-11-25", "split", 4);
  feeds.clock.set(Date.parse("2026-11-25T22:00:00Z"));
  await site.fetch(["AAPL"]);
  const after = await site.rows(DAYS);
  assertEquals(after.length, before.length + 1);
  // All that is covered is told again, in new shares.
  assertAlmostEquals(Number(after[0]?.[1]), Number(before[0]?.[1]) / 4, 1e-3);
  assertEquals([after[0]?.[4], after.at(-1)?.[4]], [1, 1]);
  for (const [i, [day, , close, move]] of after.entries()) {
    if (before[i]) assertAlmostEquals(Number(close), Number(before[i][1]) / 4, 1e-3, String(day));
    assert(i === 0 || Math.abs(Number(move)) < 0.2, `${day}: ${move}`);
  }
  const [[previous, change] = []] = await site.rows(
    "SELECT previous_close::DOUBLE, change_percent FROM gold.gold_kpi WHERE symbol = 'AAPL'",
  );
  assertAlmostEquals(Number(previous), last / 4, 1e-3);
  assert(Math.abs(Number(change)) < 20);
  // Told again it is in new shares; it was paid on old ones.
  await site.fetch(["AAPL"], { from: "2026-11-02", again: true });
  assertEquals(
    await site.rows(`SELECT amount::DOUBLE FROM bronze.corporate_actions WHERE kind = 'dividend'
      AND ex_date = '2026-11-12' ORDER BY _offset`),
    [[0.52], [0.13]],
  );
  assertEquals(
    await site.rows(`SELECT kind, amount::DOUBLE, source FROM silver.silver_corporate_actions
      WHERE instrument = 'AAPL' AND ex_date > '2026-11-01' ORDER BY ex_date`),
    [["dividend", 0.52, "yahoo"], ["split", 4, "yahoo"]],
  );
  // All of it is in new shares now, and comes to the same.
  const again = await site.rows(DAYS);
  for (const [i, [day, , close, move, factor]] of again.entries()) {
    assertEquals(factor, 1, String(day));
    assertAlmostEquals(Number(close), Number(after[i]?.[2]), 1e-3, String(day));
    if (i > 0) assertAlmostEquals(Number(move), Number(after[i]?.[3]), 1e-4, String(day));
  }
});

Deno.test("a day that still runs is shown, is no close, and is one when it has ended", async () => {
  await using feeds = feedsAt("2026-11-24T16:00:00Z");
  await using site = await Site.of(feeds);
  const kpi = `SELECT trading_day::VARCHAR, previous_close::DOUBLE, is_provisional
    FROM gold.gold_kpi WHERE symbol = 'IBM'`;
  const closed = `SELECT trading_day::VARCHAR, is_closed FROM gold.gold_candlestick
    WHERE symbol = 'IBM' AND bar_interval = '1d' ORDER BY open_time DESC LIMIT 2`;
  const adjusted = "SELECT max(trading_day)::VARCHAR FROM gold.gold_daily_adjusted";
  await site.fetch(["IBM"], { from: "2026-11-16" });
  const [[day, previous, isProvisional] = []] = await site.rows(kpi);
  assertEquals([day, isProvisional], ["2026-11-24", true]);
  assertEquals(await site.rows(closed), [["2026-11-24", false], ["2026-11-23", true]]);
  assertEquals(await site.rows(adjusted), [["2026-11-23"]]);
  assertEquals(
    await site.rows(`SELECT close::DOUBLE FROM silver.silver_clean_bars
      WHERE symbol = 'IBM' AND open_time = '2026-11-23'`),
    [[previous ?? null]],
  );
  feeds.clock.set(Date.parse("2026-11-25T16:00:00Z"));
  await site.fetch(["IBM"]);
  assertEquals(await site.rows(closed), [["2026-11-25", false], ["2026-11-24", true]]);
  assertEquals(await site.rows(adjusted), [["2026-11-24"]]);
  assertEquals((await site.rows(kpi))[0]?.slice(0, 1), ["2026-11-25"]);
  const [[versions] = []] = await site.rows(`SELECT count(*) FROM bronze.bars
    WHERE symbol = 'IBM' AND open_time = '2026-11-24'`);
  assert(Number(versions) > 1);
});
