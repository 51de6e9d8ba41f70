import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Packed } from "tickhouse/batch.ts";
import { EmbeddedBroker } from "tickhouse/broker/embedded/embedded.ts";
import { DEAD_LETTER_HEADERS } from "tickhouse/sink/dead_letters.ts";
import { texts } from "tickhouse/testing.ts";
import { assertDone, assertRefused, Place } from "./command.ts";

const HEADER = "Ticker,Date,Open,High,Low,Close,Volume,Adj Close";
const GOOD = "AAPL,2000-03-01,118.56,132.06,118.5,130.31,9616100,31.68";
/** Rows that are refused, and why. */
const BAD: readonly (readonly [row: string, reason: RegExp])[] = [
  ["AAPL,2000-03-02,NaN,132.06,118.5,130.31,9616100,31.68", /open is "NaN".*finite/],
  ["AAPL,2000-03-03,-5,132.06,-6,130.31,9616100,31.68", /open is -5.*more than 0/],
  ["AAPL,2000-03-06,118.56,1e15,118.5,130.31,9616100,31.68", /high is 1000000000000000.*at most/],
  ["AAPL,2000-03-07,118.56,100,118.5,130.31,9616100,31.68", /not be more than high, which is 100/],
  ["AAPL,2000-03-08", /2 fields, the header 8/],
  ["AAPL,yesterday,118.56,132.06,118.5,130.31,9616100,31.68", /Date is "yesterday".*YYYY-MM-DD/],
  [",2000-03-09,118.56,132.06,118.5,130.31,9616100,31.68", /symbol/],
  ["AAPL,2000-03-10,118.56,132.06,118.5,many,9616100,31.68", /close is "many"/],
];

Deno.test("bad rows are refused by line and reason, kept byte for byte, and never twice", async () => {
  using place = new Place();
  const lines = [HEADER, GOOD, ...BAD.map(([row]) => row), GOOD.replace("03-01", "03-31")];
  const file = place.write("prices.csv", lines.join("\n") + "\n");
  const first = await place.run(["ingest", "--file", file]);
  const out = assertDone(first);
  assertMatch(out, /^read +2 records, 8 refused$/m);
  assertMatch(out, /^proven +2 records of this run, each exactly once in both$/m);
  for (const [i, [, reason]] of BAD.entries()) {
    const told = first.err.split("\n").find((text) => text.startsWith(`refused    line ${i + 3}:`));
    assertMatch(told ?? "", reason);
  }

  assertMatch(
    out,
    /^refused +8, kept with their reasons: `deno task dead`.*\n +line 3: open is "NaN"/m,
  );
  assertMatch(
    assertDone(await place.run(["ingest", "--file", file])),
    /^read +nothing new: all of it was read before\nrefused +8 of it when it was read: `deno task/m,
  );

  const again = JSON.parse(assertDone(await place.run(["ingest", "--file", file, "--json"])));
  const { conclusions, ...counts } = again.read;
  assertEquals(counts, { accepted: 0, refused: 0, readBefore: true, refusedBefore: 8 });
  assertEquals(conclusions[0], { what: "dataset", says: "bars" });
  assertEquals(again.proof.proven, true);
  const count = await place.run(["query", "--json", "select count(*) as n from bronze.bars"]);
  assertEquals(JSON.parse(assertDone(count)), [{ n: 2 }]);

  await using broker = new EmbeddedBroker({ path: join(place.home, "broker.sqlite") });
  const letters = await broker.read("bars.dead", 0, 0, 100);
  assertEquals(texts(letters?.values ?? nothing()).map((text) => text.trimEnd()), [
    ...BAD.map(([row]) => row),
  ]);
  for (const [i, run] of (letters?.runs ?? []).entries()) {
    assertEquals(run.headers?.[DEAD_LETTER_HEADERS.offset], `line ${i + 3}`);
    assertMatch(run.headers?.[DEAD_LETTER_HEADERS.reason] ?? "", BAD[i]?.[1] ?? /$^/);
  }
});

Deno.test("exports of one day, longer, copied and packed, add only what is new", async () => {
  using place = new Place();
  const cases = new URL("../files/cases/", import.meta.url);
  const trades = async () => {
    const sql = "select count(*) as n from silver.silver_clean_ticks";
    return JSON.parse(assertDone(await place.run(["query", "--json", sql])));
  };
  const found = [];
  for (const name of ["123-day.csv", "123-day-longer.csv", "123-day.csv.gz"]) {
    assertDone(await place.run(["ingest", "--file", fileURLToPath(new URL(name, cases))]));
    found.push((await trades())[0].n);
  }
  assertEquals(found, [2, 3, 3]);
});

Deno.test("a file whose every row is refused ends with status 1 and nothing proven", async () => {
  using place = new Place();
  const file = place.write("bad.csv", [HEADER, ...BAD.map(([row]) => row)].join("\n") + "\n");
  const only = await place.run(["ingest", "--file", file, "--log-only", "--json"]);
  assertEquals([only.code, JSON.parse(only.out).refused], [1, 8]);
  const third = place.write("bad3.csv", [HEADER, ...BAD.map(([row]) => row)].join("\n") + "\n");
  const text = await place.run(["ingest", "--file", third, "--log-only"]);
  assertMatch(text.out, /^failed +nothing was accepted: all 8 records were refused$/m);
  const other = place.write("bad2.csv", [HEADER, ...BAD.map(([row]) => row)].join("\n") + "\n");
  const all = await place.run(["ingest", "--file", other]);
  assertEquals(all.code, 1, all.out + all.err);
  assertMatch(all.out, /^failed +nothing was accepted: all 8 records were refused$/m);
  assertMatch(all.out, /^refused +8.*`deno task dead`/m);
  assertNotMatch(all.out, /proven/);
  const json = await place.run(["stream", "--source", "csv", "--file", other, "--json"]);
  assertEquals([json.code, JSON.parse(json.out).read.readBefore], [0, true]);
});

Deno.test("a topic whose messages all are no rows ends with status 1 and nothing proven", async () => {
  using place = new Place();
  {
    await using broker = new EmbeddedBroker({ path: join(place.home, "broker.sqlite") });
    await broker.createTopic({ name: "ticks", partitions: 4 });
    await broker.produce("ticks", [{ key: "AAPL", values: Packed.from(["{}", "nonsense"]) }]);
  }
  const args = ["stream", "--source", "none", "--seconds", "1", "--no-models"];
  const first = await place.run([...args, "--json"]);
  const { lake, warehouse, proven } = JSON.parse(first.out);
  assertEquals([first.code, proven], [1, false]);
  assertEquals([lake.rows, lake.dead, warehouse.rows, warehouse.dead], [0, 2, 0, 2]);
  const idle = assertDone(await place.run(args));
  assertMatch(idle, /^nothing +no record came/m);
  assertNotMatch(idle, /proven/);
});

Deno.test("a file that grew is read on, one that changed is read again, both say so", async () => {
  using place = new Place();
  const file = place.write("prices.csv", `${HEADER}\n${GOOD}\n`);
  assertDone(await place.run(["ingest", "--file", file, "--log-only"]));
  place.write("prices.csv", `${HEADER}\n${GOOD}\n${GOOD.replace("03-01", "03-02")}\n`);
  const grown = await place.run(["ingest", "--file", file, "--log-only"]);
  assertMatch(assertDone(grown), /^read +1 records, 0 refused$/m);
  place.write("prices.csv", `${HEADER}\n${GOOD.replace("130.31", "130.32")}\n`);
  const changed = await place.run(["ingest", "--file", file, "--log-only"]);
  assertMatch(assertDone(changed), /^read +1 records, 0 refused$/m);
  assertMatch(changed.err, /the file changed since 3 lines of it were read/);
  const same = await place.run(["ingest", "--file", file, "--log-only"]);
  assertMatch(same.err, /nothing new: all 2 lines of it were read before/);
});

Deno.test("a preview says what a file is and stores nothing; the same flags answer on stream", async () => {
  using place = new Place();
  const rows = "01/02/2020,1,2,1,2\n01/03/2020,1,2,1,2\n";
  const file = place.write("AAPL.csv", `Date,Open,High,Low,Close\n${rows}`);
  assertRefused(await place.run(["ingest", "--file", file]), "CSV_UNCERTAIN", /--date-order mdy/);
  const preview = ["ingest", "--file", file, "--date-order", "mdy", "--preview"];
  const shown = JSON.parse(assertDone(await place.run([...preview, "--json"])));
  assertEquals(shown.dataset, "bars");
  assertEquals(shown.first.map((row: Record<string, string>) => [row.symbol, row.open_time]), [
    ["AAPL", "2020-01-02"],
    ["AAPL", "2020-01-03"],
  ]);
  assertMatch(assertDone(await place.run(preview)), /nothing was stored: this is a preview/);
  assertMatch(assertDone(await place.run(["status"])), /nothing yet/);
  const stream = [
    "stream",
    "--source",
    "csv",
    "--file",
    file,
    "--date-order",
    "dmy",
    "--no-models",
  ];
  const streamed = await place.run([...stream, "--interval", "1mo"]);
  assertMatch(assertDone(streamed), /^read +2 records, 0 refused$/m);
  const sql =
    "select bar_interval as i, min(open_time)::date::varchar as d from bronze.bars group by 1";
  assertEquals(JSON.parse(assertDone(await place.run(["query", "--json", sql]))), [
    { i: "1mo", d: "2020-02-01" },
  ]);
  const simulated = await place.run(["stream", "--source", "simulator", "--symbol", "AAPL"]);
  assertRefused(simulated, "OPTION_INVALID", /--symbol.*no file is read/);
});

Deno.test("what is no file of prices is refused by name", async () => {
  using place = new Place();
  const folder = place.path("folder");
  Deno.mkdirSync(folder);
  const cases: [string, string, RegExp][] = [
    [place.path("missing.csv"), "FILE_UNREADABLE", /missing\.csv": there is no such file/],
    [folder, "FILE_UNREADABLE", /folder": it is not a file/],
    [place.write("empty.csv", ""), "CSV_EMPTY", /empty\.csv": it is empty/],
    [place.write("head.csv", HEADER + "\n"), "CSV_EMPTY", /a header and no rows/],
    [place.write("odd.csv", "foo,bar\n1,2\n"), "CSV_COLUMNS_MISSING", /"foo,bar".*symbol, price/],
    [place.write("cut.csv.gz", "\x1f\x1b is no gzip\n\x1f\n"), "CSV_", /cut\.csv\.gz|header is/],
  ];
  const results = await Promise.all(cases.map(([file]) => place.run(["ingest", "--file", file])));
  for (const [i, result] of results.entries()) {
    const [, code, says] = cases[i] ?? ["", "", /$^/];
    if (code.endsWith("_")) assert(result.code === 2 && result.err.includes(`error ${code}`));
    else assertRefused(result, code, says);
    assertMatch(result.err, says);
  }
  assertMatch(assertDone(await place.run(["status"])), /nothing yet/);
});

Deno.test("--log-only leaves lake and warehouse to a later stream", async () => {
  using place = new Place();
  const file = place.write("prices.csv", `${HEADER}\n${GOOD}\n`);
  const only = await place.run(["ingest", "--file", file, "--log-only"]);
  assertMatch(assertDone(only), /^read +1 records, 0 refused$/m);
  const stream = await place.run(["stream", "--source", "none", "--seconds", "1", "--no-models"]);
  assertMatch(assertDone(stream), /loaded +1 rows/);
});

function nothing(): never {
  throw new Error("there are no dead letters");
}
