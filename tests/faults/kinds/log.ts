/** The log loses what a sink has yet to read, or becomes another log. @module */
import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { assertError, assertExit, checkAll, lakeRows, openStore, warehouseRows } from "../check.ts";
import type { Kind } from "../kind.ts";
import type { Run } from "../run.ts";
import { codecOf, type Job, openWarehouse } from "../work.ts";
import { patiently } from "../world.ts";

type Ends = Pick<Job, "store" | "warehouse">;

/** All rows in the ends. */
async function rowsOf(run: Run, { store, warehouse }: Ends): Promise<string[][]> {
  await using opened = new AsyncDisposableStack();
  const rows: string[][] = [];
  if (store) rows.push(await lakeRows(run, opened.use(await openStore(store))));
  if (warehouse !== undefined) {
    const file = await openWarehouse(warehouse, codecOf({}), () => Promise.resolve());
    rows.push(await warehouseRows(opened.use(file)));
  }
  return rows;
}

const STREAM = ["stream", "--source", "none", "--seconds", "1", "--no-models"];

/** Retention drops what the sink has yet to read: it stops, and says what is lost. */
const retention: Kind = {
  name: "retention passes the position",
  weight: 3,
  async run(run) {
    await run.produce();
    const ends = run.ends();
    await run.complete(run.job(ends));
    await run.produceMore();
    await dropAll(run);
    const before = await rowsOf(run, ends);
    assertExit(await run.cli(STREAM, ends), 2, /error RETENTION_PASSED: .*starts at \d+/);
    run.struck("retention");
    assertEquals(await rowsOf(run, ends), before, "rows after the refusal");
  },
};

/** The same where the sink has taken nothing yet: it has claimed the log, so it began before. */
const retentionAtZero: Kind = {
  name: "retention passes at position 0",
  weight: 3,
  async run(run) {
    const ends = run.ends();
    const isAged = run.random.next() < 0.5;
    if (isAged) {
      // What is gone when a sink comes first, it never misses.
      await run.produce();
      await dropAll(run);
    }
    await run.complete(run.job(ends));
    assertEquals((await rowsOf(run, ends)).flat(), [], "rows of an empty log");
    await run.produceMore();
    await dropAll(run);
    assertExit(await run.cli(STREAM, ends), 2, /error RETENTION_PASSED: .*starts at \d+/);
    run.struck(isAged ? "retention of a late sink" : "retention at 0");
    assertEquals((await rowsOf(run, ends)).flat(), [], "rows after the refusal");
  },
};

/** The same with a lake that has the records: the fix that the error names works. */
const fixed: Kind = {
  name: "retention passes, the lake fixes",
  weight: 2,
  async run(run) {
    await run.produce();
    const [store, warehouse] = [run.lake(), run.warehouse];
    await run.complete(run.job({ store, warehouse }));
    await run.produceMore();
    await run.complete(run.job({ store }));
    const log = await run.read(ticks.topic);
    await dropAll(run);
    assertExit(await run.cli(STREAM, { store, warehouse }), 2, /RETENTION_PASSED.*from the lake/);
    run.struck("retention");
    assertExit(await run.cli(["load", "--dataset", "ticks"], { store, warehouse }), 0);
    // What was bad in between is a dead letter of the lake only: it never came to the warehouse.
    await checkAll(run, { store, warehouse }, { log, lettersOf: ["lake"] });
  },
};

/** The topic is deleted and created again while nobody looks. */
const replaced: Kind = {
  name: "topic recreated while stopped",
  weight: 3,
  async run(run) {
    await run.produce();
    const ends = run.ends();
    await run.complete(run.job(ends));
    const before = await rowsOf(run, ends);
    await recreate(run);
    run.struck("topic recreated");
    await run.produce({ messages: run.between(20, 900) });
    assertExit(await run.cli(STREAM, ends), 2, /error LOG_(REPLACED|SHORTER): .*(new|another)/);
    assertEquals(await rowsOf(run, ends), before, "rows after the refusal");
  },
};

/** The topic is deleted and created again under a worker. */
const replacedUnder: Kind = {
  name: "topic recreated while read",
  weight: 4,
  async run(run) {
    await run.produce();
    const ends = run.ends();
    const job = run.job({ ...ends, workMs: 60_000, rollRecords: run.between(10, 200) });
    // A sink that never wrote belongs to no log yet.
    const begun = Promise.withResolvers<void>();
    const working = run.work(job, { onWrite: () => begun.resolve() });
    await Promise.race([begun.promise, working]);
    await delay(run.between(0, 1_500));
    const old = new Set(run.produced.keys());
    await recreate(run);
    run.struck("topic recreated");
    await run.produce({ messages: run.between(100, 600) });
    assertError(run, await working, ["LOG_REPLACED", "LOG_SHORTER", "TOPIC_UNKNOWN"]);
    const rows = await rowsOf(run, ends);
    // The new log counts on, so that its trades can be told apart.
    const known = new Set(
      [...run.produced].filter(([bytes]) => old.has(bytes)).map(([, m]) => `${m.key} ${m.trade}`),
    );
    for (const row of rows.flat()) {
      assert(known.has(row.slice(row.indexOf(" ") + 1)), `${row} is from the new log`);
    }
    assertExit(await run.cli(STREAM, ends), 2, /error LOG_(REPLACED|SHORTER): /);
    assertEquals(await rowsOf(run, ends), rows, "rows after the refusal");
  },
};

/** Drops all records that there are. */
async function dropAll(run: Run): Promise<void> {
  const name = run.prefix + ticks.topic;
  await patiently(async () => {
    const partitions = [];
    for (let partition = 0; partition < run.partitions; partition++) {
      const { next } = await run.broker.offsets(ticks.topic, partition);
      partitions.push({ partition, offset: BigInt(next) });
    }
    await run.world.cluster.admin.deleteRecords({ topics: [{ name, partitions }] });
  });
}

async function recreate(run: Run): Promise<void> {
  await run.world.deleteTopics([run.prefix + ticks.topic]);
  await patiently(() => run.broker.createTopic({ name: ticks.topic, partitions: run.partitions }));
}

/** Kinds about the log. */
export const logKinds: readonly Kind[] = [
  retention,
  retentionAtZero,
  fixed,
  replaced,
  replacedUnder,
];
