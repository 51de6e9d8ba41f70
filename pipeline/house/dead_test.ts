import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { Packed } from "../batch.ts";
import { EmbeddedBroker } from "../broker/embedded/embedded.ts";
import { ticks } from "../datasets/datasets.ts";
import { TempFolder, validMessage } from "../testing.ts";
import type { House } from "./house.ts";
import { open } from "./open.ts";

const BAD = ["{}", "nonsense"];

/** A house whose log has two messages that are no ticks, and one that is. */
async function houseOf(folder: TempFolder): Promise<House> {
  const home = join(folder.path, "home");
  {
    await using broker = new EmbeddedBroker({ path: join(home, "broker.sqlite") });
    await broker.createTopic({ name: "ticks", partitions: 4 });
    const good = JSON.stringify({ ...validMessage(ticks, 1), symbol: "AAPL" });
    await broker.produce("ticks", [{ key: "AAPL", values: Packed.from([...BAD, good]) }]);
  }
  return await open({ home, onNote: () => {} });
}

const drain = async (house: House) =>
  await house.stream({ source: null, seconds: 0.2, models: false }).report;

Deno.test("dead letters are listed once each, and status counts them so", async () => {
  using folder = new TempFolder();
  await using house = await houseOf(folder);
  assertMatch(String(await house.dead()), /^no dead letters$/);
  const report = await drain(house);
  assertEquals([report.proven, report.ends.map(({ rows, dead }) => [rows, dead])], [
    true,
    [[1, 2], [1, 2]],
  ]);
  assertMatch(String(report), /^proven +1 rows and 2 dead letters of this run/m);
  const list = await house.dead();
  assertEquals([list.count, list.letters.map(({ sinks }) => sinks.toSorted())], [
    2,
    [["lake", "warehouse"], ["lake", "warehouse"]],
  ]);
  const text = String(list);
  assertMatch(text, /^2 dead letters, each counted once/);
  assertMatch(text, /│ ticks\/\d\/0 +│/);
  assertMatch(text, /after a fix `deno task dead replay`/);
  const [status] = await house.status();
  assertEquals(status?.dead, 2);
  assertMatch(
    String(await house.reconcile()),
    /proven: 3 records, each exactly once, no gap: 1 rows, 2 dead letters$/m,
  );
});

Deno.test("what is replayed and refused again is a new letter that says how often it was tried", async () => {
  using folder = new TempFolder();
  await using house = await houseOf(folder);
  await drain(house);
  const first = await house.replayDead({ models: false });
  assertEquals([first.appended, first.before, first.refused, first.run?.proven], [2, 0, 2, false]);
  assertMatch(String(first), /^again +2 were refused, and are dead letters of their own now$/m);
  const list = await house.dead();
  assertEquals(list.letters.map(({ tries, replayed }) => [tries, replayed]), [
    [2, false],
    [2, false],
    [1, true],
    [1, true],
  ]);
  const second = await house.replayDead({ models: false, logOnly: true });
  assertEquals([second.appended, second.before, second.run], [2, 2, null]);
  assertMatch(String(second), /^waiting +in the log/m);
  await drain(house);
  assertEquals((await house.dead()).letters.map(({ tries }) => tries), [3, 3, 2, 2, 1, 1]);
  const proof = await house.reconcile();
  assertEquals(proof.partitions.flatMap(({ differences }) => differences), []);
});

Deno.test("after the declaration is fixed a replay stores the rows, and another one nothing more", async () => {
  using folder = new TempFolder();
  const home = join(folder.path, "home");
  const withMax = (max: number) =>
    open({
      home,
      onNote: () => {},
      datasets: [{
        ...ticks,
        name: "prints",
        topic: "prints",
        columns: ticks.columns.map((one) => one.name === "price" ? { ...one, max } : one),
      }],
    });
  {
    await using broker = new EmbeddedBroker({ path: join(home, "broker.sqlite") });
    await broker.createTopic({ name: "prints", partitions: 4 });
    const messages = [1, 2].map((i) => JSON.stringify({ ...validMessage(ticks, i), symbol: "A" }));
    await broker.produce("prints", [{ key: "A", values: Packed.from(messages) }]);
  }
  {
    await using house = await withMax(10);
    assertEquals((await drain(house)).proven, false);
  }
  await using house = await withMax(1_000);
  const replay = await house.replayDead();
  assertEquals([replay.appended, replay.refused, replay.run?.proven], [2, 0, true]);
  assertEquals((await house.replayDead()).appended, 0);
  assertEquals(await house.rows("SELECT count(*) AS n FROM bronze.prints"), [{ n: 2 }]);
  assertEquals((await house.dead()).replayed, 2);
});
