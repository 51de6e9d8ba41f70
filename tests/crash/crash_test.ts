import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { parseConfig } from "tickhouse/config/config.ts";
import { contextOf } from "tickhouse/house/adapters.ts";
import { open } from "tickhouse/house/open.ts";
import { DATASETS } from "tickhouse/datasets/datasets.ts";
import { openWarehouse } from "tickhouse/duckdb/end.ts";
import { MODELS_FOLDER } from "tickhouse/house/models.ts";
import { Random } from "tickhouse/source/simulator/random.ts";
import { Simulator } from "tickhouse/source/simulator/simulator.ts";
import { TempFolder, texts } from "tickhouse/testing.ts";
import { transform } from "tickhouse/transform/transform.ts";
import { FEED } from "./feed.ts";

const WORKER = join(import.meta.dirname ?? "", "worker.ts");
/** Half from outside at a random moment, half at a chosen step. */
const KILLS = Number(Deno.env.get("CRASH_KILLS") ?? 25);
/** Of them, those that come before the run ends by itself. */
const KILLED_MIN = 0.8;
const STEPS = ["produce", "upload", "write", "position", "list"]
  .flatMap((step) => [`${step}:before`, `${step}:after`]);
const SEED = Number(Deno.env.get("CRASH_SEED") ?? 1);

Deno.test("a stream killed over and over holds every tick exactly once", async (t) => {
  using folder = new TempFolder();
  const home = join(folder.path, "home");
  const random = Random.seeded(SEED);
  console.log(`CRASH_SEED=${SEED} CRASH_KILLS=${KILLS}`);
  assert(KILLS >= 2 * STEPS.length, `${KILLS} kills leave out some of the steps`);
  let killed = 0;
  let limit = 10_000;
  for (let round = 0; round < KILLS; round++) {
    limit += 7_000;
    const how = round % 2 === 0
      ? killAfter(random.below(1_300))
      : killAtStep(random, (round - 1) / 2);
    killed += await how(home, limit) ? 1 : 0;
    await t.step(`kill ${round + 1}, ${how.name}`, () => assertProven(home));
  }
  assert(killed >= KILLS * KILLED_MIN, `only ${killed} were killed before they ended`);
  await t.step("left alone, it ends and everything is there", async () => {
    assertEquals(await run(home, limit), true);
    await assertProven(home, limit);
  });
  await t.step("the models hold what a full build gives", () => assertModelsExact(home));
});

type Kill = { (home: string, limit: number): Promise<boolean>; readonly name: string };

/** Kills from outside. True if it did, before the run ended by itself. */
function killAfter(ms: number): Kill {
  const kill = async (home: string, limit: number) => {
    await using child = start(home, limit);
    const timer = setTimeout(() => child.kill("SIGKILL"), ms);
    const status = await child.status;
    clearTimeout(timer);
    assertHonest(status);
    return status.signal === "SIGKILL";
  };
  return Object.defineProperty(kill, "name", { value: `after ${ms} ms` });
}

/** The worker kills itself before or after a call: of each step in turn. */
function killAtStep(random: Random, turn: number): Kill {
  const crash = `${STEPS[turn % STEPS.length]}:${1 + random.below(4)}`;
  const kill = async (home: string, limit: number) => {
    await using child = start(home, limit, crash);
    const status = await child.status;
    assertHonest(status);
    return status.signal === "SIGKILL";
  };
  return Object.defineProperty(kill, "name", { value: crash });
}

function start(home: string, limit: number, crash?: string): Deno.ChildProcess {
  const args = ["run", "--allow-all", "--quiet", WORKER, home, String(limit)];
  return new Deno.Command(Deno.execPath(), {
    args: crash ? [...args, crash] : args,
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
}

async function run(home: string, limit: number): Promise<boolean> {
  await using child = start(home, limit);
  return (await child.status).success;
}

/** Killed, or ended well: a restart must never fail on what a kill left. */
function assertHonest(status: Deno.CommandStatus): void {
  assert(status.success || status.signal === "SIGKILL", `ended with ${JSON.stringify(status)}`);
}

async function assertProven(home: string, ticks?: number): Promise<void> {
  // A kill may have come before there was one.
  await (await openWarehouse(contextOf(parseConfig({ TICKHOUSE_HOME: home }), DATASETS)))[
    Symbol.asyncDispose
  ]();
  await using house = await open({ home });
  const proof = await house.reconcile();
  assertEquals(proof.partitions.flatMap((p) => p.differences), []);
  // One that was killed before there was a record proves nothing.
  assertEquals(proof.proven, proof.compared > 0);
  if (ticks === undefined) return;
  // A tick that was lost, or sent again after a kill, would show: the feed repeats none but these.
  const expected = await uninterrupted(ticks);
  const sides = proof.partitions.flatMap((p) => p.sides);
  const sum = (name: string, of: "rows" | "dead") =>
    sides.filter(({ side }) => side === name).reduce((total, side) => total + side[of], 0);
  assertEquals(sum("broker", "rows"), expected.records);
  assertEquals(sum("warehouse", "dead"), expected.malformed);
  const { rows } = await house.query(
    `SELECT symbol || ' ' || trade_id AS trade, count(*) FROM bronze.ticks GROUP BY ALL`,
  );
  const found = new Map(rows.map(([trade, count]) => [String(trade), Number(count)]));
  assertEquals(found.size, expected.trades.size);
  const wrong = [...expected.trades].filter(([trade, count]) => found.get(trade) !== count);
  assertEquals(wrong, []);
}

/** What the feed sends if nobody kills it: records in all, and how often each valid trade. */
async function uninterrupted(ticks: number) {
  const trades = new Map<string, number>();
  let records = 0;
  let malformed = 0;
  const feed = new Simulator({ ...FEED, rate: Infinity, limit: ticks });
  for await (const batch of feed.read(undefined, new AbortController().signal)) {
    for (const { key, values } of batch.records) {
      for (const text of texts(values)) {
        records++;
        const id = /"trade_id":"(\d+)"\}$/.exec(text)?.[1];
        if (id === undefined) malformed++;
        else trades.set(`${key} ${id}`, (trades.get(`${key} ${id}`) ?? 0) + 1);
      }
    }
  }
  assert(malformed > 0 && [...trades.values()].includes(2), "the feed's faults must show");
  return { records, malformed, trades };
}

async function assertModelsExact(home: string): Promise<void> {
  const config = parseConfig({ TICKHOUSE_HOME: home });
  await using warehouse = await openWarehouse(contextOf(config, DATASETS));
  await using session = await warehouse.session();
  const tables = ["silver.silver_clean_ticks", "gold.gold_candlestick", "gold.gold_kpi"];
  const read = async () => {
    const found: string[] = [];
    for (const table of tables) {
      // But for what tells in how many runs a row was built; the rows are too many to show.
      const { rows } = await session.query(
        `SELECT count(*), sum(hash(*COLUMNS(lambda c:
           c NOT IN ('_version', '_ends', '_elsewhere')))) FROM ${table}`,
      );
      assert(Number(rows[0]?.[0]) > 0, `${table} is empty`);
      found.push(`${table}: ${rows[0]?.join()}`);
    }
    return found;
  };
  await transform({ project: MODELS_FOLDER, session, checks: false });
  const incremental = await read();
  const report = await transform({ project: MODELS_FOLDER, session, fullRefresh: true });
  assertEquals(report.failed, []);
  assertEquals(incremental, await read());
}
