import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { startSnowflake } from "services/mod.ts";
import { batchUpTo } from "tickhouse/batch.ts";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { isTransient } from "tickhouse/errors.ts";
import { LakeSink } from "tickhouse/lake/lake.ts";
import { DirectoryStore } from "tickhouse/store/directory.ts";
import { loadLake } from "tickhouse/lake/load.ts";
import { TempFolder, validBatch } from "tickhouse/testing.ts";
import { SnowflakeWarehouse } from "tickhouse/snowflake/warehouse.ts";
import { type Fault, FaultProxy, FAULTS, withoutPauses } from "./fault_proxy.ts";
import { ask, optionsOf, testDatabase } from "./rig.ts";

/** Seconds after which a request is given up: a fault may be that no answer comes. */
const REQUEST_S = 0.5;
/** Seconds after which a transaction that its session left behind is rolled back, if in the way. */
const IDLE_S = 1;
/** Runs at a time: most of their time is waiting. */
const AT_ONCE = 8;

withoutPauses();
const server = await startSnowflake({ idleSeconds: IDLE_S });
server.unref();

/** A database, and a warehouse that reaches it through a proxy of its own. */
class Place implements AsyncDisposable {
  private constructor(
    readonly database: Awaited<ReturnType<typeof testDatabase>>,
    readonly proxy: FaultProxy,
    readonly warehouses: readonly SnowflakeWarehouse[],
    readonly direct: SnowflakeWarehouse,
  ) {}

  static async make(writers: number): Promise<Place> {
    const base = optionsOf(server.variables);
    const user = `U${crypto.randomUUID().replaceAll("-", "").slice(0, 12)}`;
    await ask(base, "users", { name: user, password: "secret" });
    const database = await testDatabase(base);
    const proxy = await FaultProxy.start(base.url ?? "");
    proxy.forget = async () => {
      await ask(base, "expire", { user, what: "gone" });
    };
    const common = { codec: jsonCodec, deadLetters: () => Promise.resolve() };
    const direct = await SnowflakeWarehouse.open({ ...database.options, ...common });
    await direct.migrate();
    const options = { ...database.options, ...common, user, password: "secret" };
    const warehouses: SnowflakeWarehouse[] = [];
    for (let i = 0; i < writers; i++) {
      // What is short enough for the slow fault may be too short for a busy machine.
      await persist(async () => {
        const behind = { ...options, url: proxy.url, requestTimeoutS: REQUEST_S };
        warehouses.push(await SnowflakeWarehouse.open(behind));
      });
    }
    return new Place(database, proxy, warehouses, direct);
  }

  /** Fails unless the table holds exactly `count` records of the partition. */
  async check(partition: number, count: number): Promise<void> {
    const found = await this.direct.query(
      `SELECT count(*), count(DISTINCT _offset), min(_offset), max(_offset)
       FROM bronze.ticks WHERE _partition = ?`,
      [partition],
    );
    assertEquals(found.rows, [[count, count, 0, count - 1]]);
    assertEquals(await this.direct.position("ticks", partition), count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.proxy.plan = () => undefined;
    for (const warehouse of this.warehouses) await warehouse[Symbol.asyncDispose]();
    await this.direct[Symbol.asyncDispose]();
    await this.proxy[Symbol.asyncDispose]();
    await this.database[Symbol.asyncDispose]();
  }
}

/** Does the work again after a transient error, as the stream runner does. */
async function persist(work: () => Promise<unknown>, attempts = 60): Promise<number> {
  for (let attempt = 1;; attempt++) {
    try {
      await work();
      return attempt;
    } catch (error) {
      if (!isTransient(error) || attempt === attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Runs the jobs, some at a time. */
async function several(jobs: readonly (() => Promise<void>)[]): Promise<void> {
  const rest = [...jobs];
  const worker = async () => {
    for (let job = rest.shift(); job; job = rest.shift()) await job();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const STATEMENTS = ["BEGIN", "MERGE INTO bronze._positions", "INSERT INTO bronze.ticks", "COMMIT"];

/** Those that may last; a session that has ended is replaced. */
const LASTING = FAULTS.filter((fault) => !["expired", "gone", "slow"].includes(fault));

for (const times of [1, Infinity]) {
  const often = times === 1 ? "once" : "until the driver gives up";
  const faults = times === 1 ? FAULTS : LASTING;
  Deno.test(`SnowflakeWarehouse.write(): each fault, ${often}, at each statement`, async () => {
    const jobs = STATEMENTS.flatMap((statement) =>
      faults.map((fault) => async () => {
        await using place = await Place.make(1);
        const [warehouse] = place.warehouses;
        assert(warehouse);
        await warehouse.write(ticks, [validBatch(ticks, 0, 0, 3)]);
        let hit = "";
        let left = times;
        place.proxy.plan = ({ sql, path }) => {
          if (!sql.startsWith(statement)) return;
          // The faults end with the request that they began with.
          const id = new URL(path, "http://x").searchParams.get("requestId") ?? "";
          if (hit === "") hit = id;
          return id === hit && left-- > 0 ? fault : undefined;
        };
        await persist(async () => {
          const at = await warehouse.position("ticks", 0);
          if (at < 8) await warehouse.write(ticks, [validBatch(ticks, 0, at, 8 - at)]);
        });
        assert(place.proxy.faults > 0, `${fault} at ${statement} did not happen`);
        await place.check(0, 8);
        await warehouse.write(ticks, [validBatch(ticks, 0, 8, 2)]);
        await place.check(0, 10);
      })
    );
    await several(jobs);
  });
}

Deno.test("SnowflakeWarehouse.load(): each fault at each statement of the COPY way", async () => {
  const statements = ["PUT", "MERGE INTO bronze._p", "INSERT INTO bronze._loads", "COPY", "COMMIT"];
  const jobs = statements.flatMap((statement) =>
    FAULTS.map((fault) => async () => {
      using folder = new TempFolder();
      await using place = await Place.make(1);
      const [warehouse] = place.warehouses;
      assert(warehouse);
      const store = await lake(folder, [4, 7, 1]);
      let first = true;
      place.proxy.plan = ({ sql }) => {
        if (!first || !sql.startsWith(statement)) return;
        first = false;
        return fault;
      };
      await persist(() => loadLake(store, warehouse, ticks));
      assertEquals(first, false);
      await place.check(0, 12);
      const loads = await place.direct.query(
        "SELECT start_offset, next_offset, row_count FROM bronze._loads ORDER BY start_offset",
      );
      assertEquals(loads.rows, [[0, 4, 4], [4, 11, 7], [11, 12, 1]]);
    })
  );
  await several(jobs);
});

Deno.test("SnowflakeWarehouse: two writers through seeded faults keep each record once", async () => {
  const jobs = Array.from({ length: 60 }, (_, seed) => async () => {
    using folder = new TempFolder();
    await using place = await Place.make(2);
    const random = seeded(seed + 1);
    const store = seed % 3 === 0 ? await lake(folder, [9, 3, 20, 8]) : undefined;
    place.proxy.plan = () => random() < 0.12 ? pick(FAULTS, random) : undefined;
    await Promise.all(place.warehouses.map(async (warehouse, i) => {
      const work = store && i === 1
        ? () => loadLake(store, warehouse, ticks)
        : () => writeAll(warehouse, random);
      await persist(work, 200);
    }));
    place.proxy.plan = () => undefined;
    await place.check(0, 40);
    if (!store) await place.check(1, 40);
  });
  await several(jobs);

  async function writeAll(warehouse: SnowflakeWarehouse, random: () => number): Promise<void> {
    for (const partition of [0, 1]) {
      for (let at = await warehouse.position("ticks", partition); at < 40;) {
        const batch = validBatch(ticks, partition, at, 1 + Math.floor(random() * 15));
        const part = batchUpTo(batch, 40);
        await warehouse.write(ticks, [part]);
        at = part.nextOffset;
      }
    }
  }
});

/** A lake with objects of so many records of partition 0. */
async function lake(folder: TempFolder, sizes: readonly number[]): Promise<DirectoryStore> {
  const store = new DirectoryStore(join(folder.path, "lake"));
  const deadLetters = () => Promise.resolve();
  await using sink = await LakeSink.open({
    store,
    dataset: ticks,
    codec: jsonCodec,
    deadLetters,
  });
  let at = 0;
  for (const size of sizes) {
    await sink.write([validBatch(ticks, 0, at, size)]);
    at += size;
  }
  return store;
}

function seeded(seed: number): () => number {
  let state = seed * 7919;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

function pick(faults: readonly Fault[], random: () => number): Fault {
  return faults[Math.floor(random() * faults.length)];
}
