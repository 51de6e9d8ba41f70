import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { Packed } from "tickhouse/batch.ts";
import { EmbeddedBroker } from "tickhouse/broker/embedded/embedded.ts";
import { assertDone, assertRefused, Place } from "./command.ts";

const HEADER = "Ticker,Date,Open,High,Low,Close,Volume,Adj Close";
const GOOD = "AAPL,2000-03-01,118.56,132.06,118.5,130.31,9616100,31.68";
const BAD = GOOD.replace("118.56,", "-5,");

/** Appends messages that are no ticks, and lets a stream find that. */
async function refuse(place: Place): Promise<void> {
  {
    await using broker = new EmbeddedBroker({ path: join(place.home, "broker.sqlite") });
    await broker.createTopic({ name: "ticks", partitions: 4 });
    const values = Packed.from(["{}", new Uint8Array([0xff, 0x00]), "nonsense\u001b[2J"]);
    await broker.produce("ticks", [{ key: "AAPL", values }]);
  }
  await place.run(["stream", "--source", "none", "--seconds", "1", "--no-models"]);
}

Deno.test("dead lists, exports and replays what was refused, with the rights of its own", async () => {
  using place = new Place();
  assertMatch(assertDone(await place.run(["dead"])), /^no dead letters$/m);
  await refuse(place);
  const file = place.write("prices.csv", [HEADER, GOOD, BAD].join("\n") + "\n");
  assertDone(await place.run(["ingest", "--file", file]));

  const [text, json, odd, status] = await Promise.all([
    place.run(["dead"]),
    place.run(["dead", "--json", "--topic", "bars"]),
    place.run(["dead", "--json", "--reason", "OPEN", "--limit", "1"]),
    place.run(["status", "--json"]),
  ]);
  const list = assertDone(text);
  assertMatch(list, /^4 dead letters, each counted once/);
  assertMatch(list, /│ csv:\S*prices\.csv line 3 +│/);
  assertMatch(list, /`deno task ingest --file … --again`/);
  const bars = JSON.parse(assertDone(json));
  assertEquals([bars.count, bars.rows, bars.letters[0].line, bars.letters[0].payload.trimEnd()], [
    ...[1, 1, "line 3", BAD],
  ]);
  assertEquals(JSON.parse(assertDone(odd)).count, 1);
  const counts = JSON.parse(assertDone(status)).map((
    one: { dataset: string; dead: number },
  ) => [one.dataset, one.dead]);
  assertEquals(new Map(counts).get("ticks"), 3);
  assertEquals(new Map(counts).get("bars"), 1);

  const to = place.path("out.ndjson");
  assertMatch(
    assertDone(await place.run(["dead", "export", "--to", to])),
    /^exported +4 dead letters/,
  );
  const lines = Deno.readTextFileSync(to).trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.filter(({ topic }) => topic === "ticks").map((l) => [l.encoding, l.payload]), [
    ["utf-8", "{}"],
    ["base64", "/wA="],
    ["utf-8", "nonsense\u001b[2J"],
  ]);
  assertRefused(await place.run(["dead", "export", "--to", to]), "OPTION_INVALID", /--to/);
  assertRefused(await place.run(["dead", "export"]), "OPTION_INVALID", /--to/);
  for (const args of [["--to", "x"], ["replay", "--limit", "2"], ["--log-only"], ["--no-models"]]) {
    assertRefused(await place.run(["dead", ...args]), "OPTION_INVALID", /is an option of/);
  }
  assertEquals((await place.run(["dead", "export", "--reason", "no such", "--to", "x"])).code, 1);

  const replay = await place.run(["dead", "replay"]);
  assertEquals(replay.code, 1, replay.err);
  assertMatch(replay.out, /^replayed +3 dead letters were appended again$/m);
  assertMatch(replay.out, /^left +1 rows of files/m);
  assertMatch(replay.out, /^again +3 were refused/m);
  const none = await place.run(["dead", "replay", "--reason", "no such"]);
  assertEquals([none.code, none.out.trim()], [1, "no dead letters match"]);
  const proof = await place.run(["reconcile"]);
  assertMatch(assertDone(proof), /1 rows, 6 dead letters$/m);
});

Deno.test("withdraw shows what it would do, does it with --yes, and finds nothing after that", async () => {
  using place = new Place();
  const file = place.write("prices.csv", [HEADER, GOOD].join("\n") + "\n");
  assertDone(await place.run(["ingest", "--file", file]));
  const show = assertDone(await place.run(["withdraw", "--symbol", "AAPL"]));
  assertMatch(show, /│ bars +│ AAPL +│ +1 │ 2000-03-01T00:00:00Z │/);
  assertMatch(show, /^nothing was changed: --yes does it$/m);
  const done = await place.run([
    "withdraw",
    "--symbol",
    "AAPL",
    "--source",
    "csv",
    "--yes",
    "--json",
  ]);
  const report = JSON.parse(assertDone(done));
  assertEquals([report.applied, report.facts, report.run.proven], [true, 1, true]);
  const sql = "select action, count(*) as n from bronze.bars group by all order by n, action";
  assertEquals(JSON.parse(assertDone(await place.run(["query", "--json", sql]))), [
    { action: "cancel", n: 1 },
    { action: null, n: 1 },
  ]);
  const again = await place.run(["withdraw", "--symbol", "AAPL", "--yes"]);
  assertEquals(again.code, 1);
  assertMatch(again.out, /^nothing to take back/);
  assertRefused(await place.run(["withdraw"]), "OPTION_INVALID", /--?file|a file/);
  assertMatch(assertDone(await place.run(["reconcile"])), /proven: 2 records/);
  const missing = await place.run(["withdraw", "--file", place.path("gone.csv")]);
  assertEquals([missing.code, missing.err], [1, ""]);
});

Deno.test("beside a running stream, replay and withdraw append, and the stream takes it", async () => {
  using place = new Place();
  await refuse(place);
  const file = place.write("prices.csv", [HEADER, GOOD].join("\n") + "\n");
  assertDone(await place.run(["ingest", "--file", file]));
  const env = { TICKHOUSE_LAKE_ROLL_SECONDS: "0.5" };
  await using running = place.start(["stream", "--source", "none"], env);
  await until(async () => (await place.run(["query", "select 1"])).code === 0);
  const replay = await place.run(["dead", "replay"]);
  assertMatch(assertDone(replay), /^replayed +3 .*\nwaiting +in the log: a running stream/m);
  assertMatch(replay.err, /^waiting +in the log: another process has the warehouse/m);
  const listed = async () => JSON.parse(assertDone(await place.run(["dead", "--json"]))).count;
  await until(async () => await listed() === 6);
  const dry = assertDone(await place.run(["withdraw", "--symbol", "AAPL"]));
  assertMatch(dry, /^would take back 1 facts/m);
  assertMatch(
    assertDone(await place.run(["withdraw", "--symbol", "AAPL", "--yes"])),
    /^waiting +in the log/m,
  );
  const sql = "select count(*) as n from bronze.bars where action = 'cancel'";
  await until(async () => {
    const { out } = await place.run(["query", "--json", sql]);
    return out !== "" && JSON.parse(out)[0].n === 1;
  });
  await running.end();
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error("it never came");
}
