import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { Packed } from "../batch.ts";
import { EmbeddedBroker } from "../broker/embedded/embedded.ts";
import { column, wireName } from "../datasets/dataset.ts";
import { bars, DATASETS, ticks } from "../datasets/datasets.ts";
import { TickhouseError } from "../errors.ts";
import { fileCursor, originOf, WITHDRAWN_STATE } from "../source/origin.ts";
import { TempFolder, validMessage } from "../testing.ts";
import type { House } from "./house.ts";
import { open } from "./open.ts";

const FILE = `Date,Open,High,Low,Close,Volume
2020-01-02,74.06,75.15,73.80,75.09,135480400
2020-01-03,74.29,75.14,74.13,74.36,146322800
`;

function houseOf(folder: TempFolder): Promise<House> {
  return open({ home: join(folder.path, "home"), onNote: () => {} });
}

/** Sends bars, of which each is AAPL's of a day, and lets the house take them. */
async function send(house: House, ...messages: Record<string, unknown>[]): Promise<void> {
  {
    await using broker = new EmbeddedBroker({ path: join(house.config.home, "broker.sqlite") });
    if (!await broker.topic("bars")) await broker.createTopic({ name: "bars", partitions: 4 });
    for (const message of messages) {
      const value = JSON.stringify(message);
      await broker.produce("bars", [{ key: `${message["symbol"]}`, values: Packed.from([value]) }]);
    }
  }
  await house.stream({ source: null, seconds: 0.2, models: false }).report;
}

/** A bar as its message: wide decimals are text there, which keeps their digits. */
const bar = (day: number, close: string, more: Record<string, unknown> = {}) => ({
  ...{ symbol: "AAPL", bar_interval: "1d", open_time: Date.UTC(2020, 0, day) * 1000 },
  ...{ open: "1", high: "1e11", low: "0.5", close, source: "csv" },
  ...more,
});

/** What counts: of each fact the latest record, unless it was cancelled. */
const counting = (house: House) =>
  house.rows(
    `SELECT symbol, open_time::DATE::VARCHAR AS day, close::VARCHAR AS close, origin FROM (
       SELECT * FROM bronze.bars
       QUALIFY row_number() OVER (PARTITION BY source, symbol, bar_interval, open_time, _partition
         ORDER BY _offset DESC) = 1)
     WHERE coalesce(action, '') <> 'cancel' ORDER BY symbol, day`,
  );

Deno.test("a file ingested under a wrong symbol is taken back whole, and read again", async () => {
  using folder = new TempFolder();
  await using house = await houseOf(folder);
  const file = join(folder.path, "typo.csv");
  Deno.writeTextFileSync(file, FILE);
  const wrong = await house.ingest({ file, symbol: "APPL" });
  assertEquals([wrong.read.accepted, wrong.proven], [2, true]);

  const dry = await house.withdraw({ file });
  assertEquals([dry.applied, dry.facts, dry.symbols], [false, 2, [{
    ...{ dataset: "bars", symbol: "APPL", rows: 2, restored: 0, gone: 2, restoredFrom: [] },
    ...{ first: "2020-01-02T00:00:00Z", last: "2020-01-03T00:00:00Z" },
  }]]);
  assertMatch(String(dry), /^nothing was changed: --yes does it$/m);
  assertEquals((await counting(house)).length, 2);

  const done = await house.withdraw({ file, apply: true });
  assertEquals([done.applied, done.facts, done.left, done.run?.proven], [true, 2, 0, true]);
  assertMatch(String(done), /^withdrawn +2 facts: .* 0 counts again, 2 are gone$/m);
  assertEquals(await counting(house), []);
  const again = await house.withdraw({ file, apply: true });
  assertEquals([again.applied, again.facts, again.shadowed, again.run], [false, 0, 2, null]);

  // The typo's file is away meanwhile, and there again.
  const right = await house.ingest({ file, symbol: "AAPL" });
  assertEquals([right.read.accepted, right.proven], [2, true]);
  assertEquals((await counting(house)).map(({ symbol, close }) => [symbol, close]), [
    ["AAPL", "75.090000000000000000"],
    ["AAPL", "74.360000000000000000"],
  ]);
  const proof = await house.reconcile();
  assertEquals([proof.proven, proof.compared], [true, 6]);
});

Deno.test("withdraw() brings back what counted before, and what is named narrows it", async () => {
  using folder = new TempFolder();
  await using house = await houseOf(folder);
  await send(house, bar(2, "8", { origin: "a.csv#1" }), bar(3, "7"));
  await send(house, bar(2, "5", { origin: "b.csv#2" }), bar(4, "6", { origin: "b.csv#2" }));
  const facts = async (options: Parameters<House["withdraw"]>[0]) =>
    (await house.withdraw(options)).facts;
  assertEquals(await facts({ symbol: "AAPL" }), 3);
  assertEquals(await facts({ symbol: "AAPL", source: "nope" }), 0);
  assertEquals(await facts({ source: "csv", dataset: "bars" }), 3);
  assertEquals(await facts({ dataset: "ticks" }), 0);

  // By a path that hashes to none of both: told by name, not guessed.
  const other = await house.withdraw({ file: join(folder.path, "b.csv") });
  assertEquals([other.facts, other.similar], [0, ["b.csv#2"]]);
  const home = house.config.home;
  {
    await using broker = new EmbeddedBroker({ path: join(home, "broker.sqlite") });
    const path = join(Deno.realPathSync(folder.path), "b.csv");
    const origin = await originOf(path);
    await broker.produce("bars", [{
      key: "AAPL",
      values: Packed.from(
        [bar(2, "5.5", { origin }), bar(4, "6.5", { origin })].map((one) => JSON.stringify(one)),
      ),
    }]);
  }
  await house.stream({ source: null, seconds: 0.2, models: false }).report;
  const done = await house.withdraw({
    file: join(folder.path, "b.csv"),
    apply: true,
    models: false,
  });
  assertEquals([done.facts, done.symbols[0]?.restored, done.symbols[0]?.restoredFrom], [
    2,
    2,
    ["b.csv#2"],
  ]);
  {
    await using broker = new EmbeddedBroker({ path: join(home, "broker.sqlite") });
    const path = join(Deno.realPathSync(folder.path), "b.csv");
    assertEquals(await broker.cursor(fileCursor(path)), WITHDRAWN_STATE);
  }
  assertEquals(await counting(house), [
    { symbol: "AAPL", day: "2020-01-02", close: "5.000000000000000000", origin: "b.csv#2" },
    { symbol: "AAPL", day: "2020-01-03", close: "7.000000000000000000", origin: null },
    { symbol: "AAPL", day: "2020-01-04", close: "6.000000000000000000", origin: "b.csv#2" },
  ]);
});

Deno.test("withdraw() says a record again with every value that it had, to the last digit", async () => {
  using folder = new TempFolder();
  await using house = await houseOf(folder);
  const exact = "99999999999.123456789012345678";
  const full = validMessage(bars, 1);
  const first = {
    ...full,
    ...bar(2, exact, {
      volume: "12345678901234567890.00000001",
      adj_close: "0.000000000000000001",
    }),
    ...{ adjustment: "splits", action: "new", origin: "a.csv#1" },
  };
  await send(house, first, { ...first, close: "5.000000000000000001", action: null });
  const dry = await house.withdraw({ symbol: "AAPL" });
  // Both are of one source and symbol: nothing is left of the fact.
  assertEquals([dry.facts, dry.symbols[0]?.gone], [1, 1]);
  const path = join(Deno.realPathSync(folder.path), "c.csv");
  await send(house, { ...first, close: "6", origin: await originOf(path) });
  const last = await house.withdraw({ file: path, apply: true, models: false });
  const [example] = last.examples;
  assertEquals([example?.now, example?.then], [{ close: "6" }, { close: "5.000000000000000001" }]);
  assertMatch(
    String(last),
    /^back +bars csv AAPL 1d 2020-01-02T00:00:00Z: close 6 → 5\.000000000000000001$/m,
  );
  const columns = bars.columns.map(({ name }) => name).filter((name) => name !== "action");
  const rows = await house.rows(`SELECT ${columns.join(", ")} FROM bronze.bars ORDER BY _offset`);
  // Taken back, and what stays again.
  assertEquals(rows.length, 6);
  assertEquals([rows[4], rows[5]], [rows[0], rows[1]]);
  assertEquals(rows[0]?.["volume"], "12345678901234567890.00000001");
});

Deno.test("withdraw() refuses while the warehouse is behind the log, and what names nothing", async () => {
  using folder = new TempFolder();
  await using house = await houseOf(folder);
  await send(house, bar(2, "5", { origin: "a.csv#1" }));
  {
    await using broker = new EmbeddedBroker({ path: join(house.config.home, "broker.sqlite") });
    const values = Packed.from([JSON.stringify(bar(3, "5"))]);
    await broker.produce("bars", [{ key: "AAPL", values }]);
  }
  for (const apply of [false, true]) {
    const behind = await assertRejects(
      () => house.withdraw({ symbol: "AAPL", apply }),
      TickhouseError,
    );
    assertEquals([behind.code, behind.field], ["WAREHOUSE_BEHIND", "bars"]);
    assertMatch(behind.message, /deno task stream --source none/);
  }
  for (const options of [{}, { apply: true }, { symbol: "" }]) {
    const error = await assertRejects(() => house.withdraw(options), TickhouseError);
    assertEquals(error.code, "OPTION_INVALID");
  }
  const odd = await assertRejects(
    () => house.withdraw({ dataset: "index_bars", source: "csv" }),
    TickhouseError,
  );
  assertEquals([odd.code, odd.field], ["OPTION_INVALID", "dataset"]);
});

Deno.test("a withdrawal that is cut in the middle is completed by the next, with nothing twice", async () => {
  using folder = new TempFolder();
  await using house = await houseOf(folder);
  const path = join(Deno.realPathSync(folder.path), "many.csv");
  const origin = await originOf(path);
  const count = 25_000;
  {
    await using broker = new EmbeddedBroker({ path: join(house.config.home, "broker.sqlite") });
    await broker.createTopic({ name: "ticks", partitions: 4 });
    const messages = Array.from(
      { length: count },
      (_, i) => JSON.stringify({ ...validMessage(ticks, i), symbol: "AAPL", action: null, origin }),
    );
    await broker.produce("ticks", [{ key: "AAPL", values: Packed.from(messages) }]);
  }
  await house.stream({ source: null, seconds: 0.2, models: false }).report;
  const { produce } = EmbeddedBroker.prototype;
  let commits = 0;
  EmbeddedBroker.prototype.produce = function (topic, records, cursor) {
    if (topic === "ticks" && commits++ === 1) return Promise.reject(new Error("cut"));
    return produce.call(this, topic, records, cursor);
  };
  try {
    await assertRejects(() => house.withdraw({ file: path, apply: true }), Error, "cut");
  } finally {
    EmbeddedBroker.prototype.produce = produce;
  }
  {
    await using broker = new EmbeddedBroker({ path: join(house.config.home, "broker.sqlite") });
    assertEquals(await broker.cursor(fileCursor(path)), undefined);
  }
  await house.stream({ source: null, seconds: 0.2, models: false }).report;
  const rest = await house.withdraw({ file: path, apply: true, models: false });
  assert(rest.facts > 10_000 && rest.facts < 20_000, `${rest.facts} facts were left`);
  assertEquals([rest.left, rest.run?.proven], [0, true]);
  const [row] = await house.rows<{ n: number; cancelled: number }>(
    `SELECT count(*) AS n, count(*) FILTER (action = 'cancel') AS cancelled FROM bronze.ticks`,
  );
  assertEquals(row, { n: 2 * count, cancelled: count });
  {
    await using broker = new EmbeddedBroker({ path: join(house.config.home, "broker.sqlite") });
    assertEquals(await broker.cursor(fileCursor(path)), WITHDRAWN_STATE);
  }
  assert((await house.reconcile()).proven);
});

Deno.test("a record that comes to a fact while it is taken back is not passed over in silence", async () => {
  using folder = new TempFolder();
  await using house = await houseOf(folder);
  const path = join(Deno.realPathSync(folder.path), "d.csv");
  await send(house, bar(2, "5", { origin: await originOf(path) }), bar(3, "6"));
  const { produce } = EmbeddedBroker.prototype;
  let isFirst = true;
  EmbeddedBroker.prototype.produce = async function (topic, records, cursor) {
    if (isFirst) {
      isFirst = false;
      const values = Packed.from([JSON.stringify(bar(2, "7")), JSON.stringify(bar(4, "8"))]);
      await produce.call(this, topic, [{ key: "AAPL", values }]);
    }
    await produce.call(this, topic, records, cursor);
  };
  try {
    const done = await house.withdraw({ file: path, apply: true, models: false });
    assertEquals([done.facts, done.left, done.contested], [1, 0, 1]);
    assertMatch(String(done), /^contested +1 facts got another record meanwhile/m);
  } finally {
    EmbeddedBroker.prototype.produce = produce;
  }
});

Deno.test("a fact is taken back from whatever partitions its records came by, as one", async () => {
  using folder = new TempFolder();
  await using house = await houseOf(folder);
  {
    await using broker = new EmbeddedBroker({ path: join(house.config.home, "broker.sqlite") });
    await broker.createTopic({ name: "bars", partitions: 4 });
    const values = Packed.from([JSON.stringify(bar(2, "5"))]);
    for (const key of ["a", "b", "c", "d", "e", "f", "g"]) {
      await broker.produce("bars", [{ key, values }]);
    }
  }
  await house.stream({ source: null, seconds: 0.2, models: false }).report;
  const done = await house.withdraw({ symbol: "AAPL", apply: true, models: false });
  assertEquals([done.facts, done.left, done.contested], [1, 0, 0]);
});

Deno.test("the records of every dataset can be taken back, with times and digits as they were", async () => {
  using folder = new TempFolder();
  await using house = await houseOf(folder);
  {
    await using broker = new EmbeddedBroker({ path: join(house.config.home, "broker.sqlite") });
    for (const dataset of DATASETS) {
      await broker.createTopic({ name: dataset.topic, partitions: 4 });
      const wire = wireName(column(dataset, dataset.key));
      const values = Packed.from(
        [1, 2, 3].map((i) => JSON.stringify({ ...validMessage(dataset, i), [wire]: "X" })),
      );
      await broker.produce(dataset.topic, [{ key: "X", values }]);
    }
  }
  await house.stream({ source: null, seconds: 0.2, models: false }).report;
  const done = await house.withdraw({ symbol: "X", apply: true, models: false });
  assertEquals([done.facts, done.left, done.contested], [3 * DATASETS.length, 0, 0]);
  for (const dataset of DATASETS) {
    const names = dataset.columns.map(({ name }) => `"${name}"`).filter((name) =>
      !['"action"', '"origin"'].includes(name)
    );
    const [row] = await house.rows<{ n: number; facts: number }>(
      `SELECT count(*) AS n, count(DISTINCT (${names.join(", ")})) AS facts
       FROM bronze.${dataset.name}`,
    );
    assertEquals(row, { n: 6, facts: 3 }, dataset.name);
  }
});
