import { delay } from "@std/async";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Packed } from "tickhouse/batch.ts";
import { EmbeddedBroker } from "tickhouse/broker/embedded/embedded.ts";
import { assertDone, assertNoStack, assertRefused, Place } from "./command.ts";

/** A stream slow enough to look at. */
const SLOW = { TICKHOUSE_RATE: "200" };

interface StreamReport {
  readonly read: { readonly accepted: number };
  readonly lake: { readonly rows: number };
  readonly warehouse: { readonly rows: number };
  readonly proof: { readonly proven: boolean };
}

const SILVER = `select (select count(*) from silver.silver_clean_ticks) as n,
  (select count(distinct (symbol, trade_id)) from bronze.ticks) as trades`;

Deno.test("stream --limit, then every verb that reads says the same numbers", async () => {
  using place = new Place();
  const report: StreamReport = JSON.parse(
    assertDone(await place.run(["stream", "--limit", "3000", "--json"])),
  );
  assertEquals(report.read.accepted, 3000);
  assertEquals([report.lake.rows, report.warehouse.rows], [3000, 3000]);
  assertEquals(report.proof.proven, true);

  const again = assertDone(await place.run(["stream", "--limit", "5000"]));
  assertMatch(again, /^read +2,000 records, 0 refused\nstored +2,000 .*\nloaded +2,000 /);
  assertMatch(again, /proven +2,000 records of this run, each exactly once in both/);

  const [status, proof, proofText, count] = await Promise.all([
    place.run(["status", "--json"]),
    place.run(["reconcile", "--json", "--dataset", "ticks"]),
    place.run(["reconcile"]),
    place.run(["query", "--json", SILVER]),
  ]);
  const [ticks] = JSON.parse(assertDone(status));
  assertEquals(
    [ticks.dataset, ticks.log, ticks.lake, ticks.warehouse, ticks.dead],
    ["ticks", 5000, 5000, 5000, 0],
  );
  const { partitions, proven } = JSON.parse(assertDone(proof));
  assertEquals([proven, partitions.length], [true, 4]);
  assertMatch(assertDone(proofText), /proven: 5,000 records, each exactly once, no gap/);
  // Of the realistic market some records are repeats and corrections of others.
  const [{ n, trades }] = JSON.parse(assertDone(count));
  assert(n === trades && n > 4_500 && n < 5_000, `${n} of ${trades}`);

  const built = JSON.parse(assertDone(await place.run(["transform", "--json"])));
  assertEquals(built.failed, []);
  assert(built.models.length > 10 && built.checks.length > 100);
  const loaded = JSON.parse(assertDone(await place.run(["load", "--json"])));
  assertEquals(loaded[0].rows, 0);
});

Deno.test("status finds records that a sink does not take: exit status 1, and which", async () => {
  using place = new Place();
  assertDone(await place.run(["stream", "--limit", "500", "--no-models"]));
  {
    // Appended two minutes ago, and nothing streams.
    const path = `${place.home}/broker.sqlite`;
    await using broker = new EmbeddedBroker({ path, now: () => Date.now() - 120_000 });
    await broker.produce("ticks", [{ key: "AAPL", values: Packed.from(["{}", "{}"]) }]);
  }
  const [text, json] = await Promise.all([
    place.run(["status"]),
    place.run(["status", "--json"]),
  ]);
  assertEquals([text.code, json.code], [1, 1]);
  assertMatch(text.out, /error +lake takes nothing of ticks: 2 records wait, the oldest for 2 min/);
  assertMatch(text.out, /error +warehouse takes nothing of ticks: 2 records wait/);
  const [ticks] = JSON.parse(json.out);
  assertEquals(ticks.stalled.map((one: { sink: string }) => one.sink), ["lake", "warehouse"]);
  // All that waited are no ticks: taken, and nothing to be content with.
  const rest = await place.run(["stream", "--source", "none", "--seconds", "1", "--no-models"]);
  assertEquals(rest.code, 1, rest.err);
  assertDone(await place.run(["status"]));
});

Deno.test("an empty warehouse is filled from the lake alone, and reconciles", async () => {
  using place = new Place();
  assertDone(await place.run(["stream", "--limit", "2000", "--no-models"]));
  for (const name of ["warehouse.duckdb"]) Deno.removeSync(`${place.home}/${name}`);
  const [ticks] = JSON.parse(assertDone(await place.run(["load", "--json", "--dataset", "ticks"])));
  assertEquals([ticks.dataset, ticks.rows], ["ticks", 2000]);
  assertMatch(assertDone(await place.run(["reconcile"])), /proven: 2,000 records/);
});

Deno.test("a lake of NDJSON reconciles and loads too", async () => {
  using place = new Place();
  const env = { TICKHOUSE_LAKE_FORMAT: "ndjson" };
  const out = assertDone(await place.run(["stream", "--limit", "2000", "--no-models"], env));
  assertMatch(out, /proven +2,000/);
  const other = await place.run(["stream", "--limit", "2100", "--no-models"]);
  assertRefused(other, "LAKE_FORMAT", /lake format is "parquet".*ndjson/);
  Deno.removeSync(`${place.home}/warehouse.duckdb`);
  const [ticks] = JSON.parse(assertDone(await place.run(["load", "--json", "--dataset", "ticks"])));
  assertEquals(ticks.rows, 2000);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} drains, prints the summary and exits 0; a new start goes on`, async () => {
    using place = new Place();
    const verb = ["stream", "--no-models", "--json"];
    await using running = place.start(verb, SLOW);
    await running.until(/ticks [1-9]/);
    const ended = await running.end(signal);
    const report: StreamReport = JSON.parse(assertDone(ended));
    assertMatch(ended.err, /draining; once more to stop at once/);
    assert(report.read.accepted > 0);
    assertEquals(report.warehouse.rows, report.read.accepted);
    assertEquals([report.lake.rows, report.proof.proven], [report.read.accepted, true]);

    const limit = String(report.read.accepted + 100);
    const next: StreamReport = JSON.parse(
      assertDone(await place.run([...verb, "--limit", limit])),
    );
    assertEquals([next.read.accepted, next.proof.proven], [100, true]);
  });
}

Deno.test("one Ctrl-C that comes twice drains: by the terminal, and passed on by deno task", async () => {
  using place = new Place();
  await using running = place.start(["stream", "--no-models", "--json"], SLOW);
  await running.until(/ticks [1-9]/);
  Deno.kill(running.pid, "SIGINT");
  await delay(10);
  const report: StreamReport = JSON.parse(assertDone(await running.end("SIGINT")));
  assert(report.read.accepted > 0);
  assertEquals([report.lake.rows, report.proof.proven], [report.read.accepted, true]);
});

Deno.test("while a stream runs, others read through it and no second one starts", async () => {
  using place = new Place();
  await using running = place.start(["stream", "--no-models"], {
    ...SLOW,
    TICKHOUSE_LAKE_ROLL_SECONDS: "0.5",
  });
  await running.until(/ticks [1-9]/);
  await untilCompared(place);
  const [query, status, proof, drop, second, transform, doctor] = await Promise.all([
    place.run(["query", "--json", "select count(*) as n from bronze.ticks"]),
    place.run(["status", "--json"]),
    place.run(["reconcile", "--json"]),
    place.run(["query", "drop table bronze.ticks"]),
    place.run(["stream", "--limit", "10"]),
    place.run(["transform"]),
    place.run(["doctor"]),
  ]);
  assert(JSON.parse(assertDone(query))[0].n > 0);
  assert(JSON.parse(assertDone(status))[0].log > 0);
  assertEquals(JSON.parse(assertDone(proof)).proven, true);
  assertRefused(drop, "QUERY_NOT_READ_ONLY");
  for (const held of [second, transform]) {
    assertRefused(held, "DATABASE_HELD", new RegExp(`PID ${running.pid}\\b`), /[Ss]top it/);
  }
  assertMatch(assertDone(doctor), /ok +│ warehouse/);
  assertDone(await running.end());
  assertMatch(assertDone(await place.run(["reconcile"])), /proven/);
});

Deno.test("a port in use is named, and nothing is left behind", async () => {
  using place = new Place();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = String((listener.addr as Deno.NetAddr).port);
  const demo = await place.run(["demo", "--port", port, "--seconds", "5"]);
  assertRefused(demo, "PORT_IN_USE", new RegExp(`port is ${port}\\b.*another port`));
  const set = await place.run(["stream", "--dashboard"], { TICKHOUSE_PORT: port });
  assertRefused(set, "PORT_IN_USE", new RegExp(port));
  assertDone(await place.run(["stream", "--limit", "100", "--no-models"]));
});

Deno.test("two processes feed one log: one streams it, the other only reads files", async () => {
  using place = new Place();
  const rows = Array.from({ length: 200 }, (_, i) => `A,${day(i)},2,3,1,2,10`);
  const file = place.write("a.csv", ["Ticker,Date,Open,High,Low,Close,Volume", ...rows].join("\n"));
  await using running = place.start(["stream", "--no-models"], SLOW);
  await running.until(/ticks [1-9]/);
  const read = assertDone(await place.run(["ingest", "--file", file, "--log-only", "--json"]));
  const { accepted, refused } = JSON.parse(read);
  assertEquals([accepted, refused], [200, 0]);
  const ended = await running.end();
  assertNoStack(ended);
  assertDone(ended);
  const count = await place.run(["query", "--json", "select count(*) as n from bronze.bars"]);
  assertEquals(JSON.parse(assertDone(count)), [{ n: 200 }]);
});

/** Waits until all sinks have taken some of the same records: only then is there something to prove. */
async function untilCompared(place: Place): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    const { code, out, err } = await place.run(["reconcile", "--json"]);
    if (code === 0) return;
    // Until the stream answers others, it is in their way.
    if (code === 2 && err.includes("error DATABASE_HELD: ")) continue;
    assertEquals(JSON.parse(out || "{}").compared, 0, err + out);
  }
  throw new Error("the sinks never took the same records");
}

function day(i: number): string {
  return new Date(Date.UTC(2020, 0, 1 + i)).toISOString().slice(0, 10);
}
