import { assert, assertEquals, assertMatch } from "@std/assert";
import { assertDone, assertNoStack, assertRefused, Place } from "./command.ts";

const VERBS = [
  "demo",
  "stream",
  "preview",
  "ingest",
  "load",
  "transform",
  "reconcile",
  "quality",
  "query",
  "status",
  "dead",
  "withdraw",
  "dashboard",
  "doctor",
];

Deno.test("--help lists every verb, and each explains itself", async () => {
  using place = new Place();
  const all = assertDone(await place.run(["--help"]));
  for (const verb of VERBS) assertMatch(all, new RegExp(`^  ${verb}\\b`, "m"));
  const helps = await Promise.all(VERBS.map((verb) => place.run([verb, "--help"])));
  for (const [i, help] of helps.entries()) {
    const text = assertDone(help);
    assertMatch(text, new RegExp(`^Usage: tickhouse ${VERBS[i]} .*\n\n\\w.*`));
    assertEquals(help.err, "");
  }
});

Deno.test("a command line that can't be read: status 2, the option named, --help pointed at", async () => {
  using place = new Place();
  const cases: [string[], RegExp][] = [
    [[], /Usage/],
    [["nope"], /unknown command 'nope'/],
    [["stream", "--nope"], /unknown option '--nope'/],
    [["stream", "surplus"], /too many arguments/],
    [["stream", "--limit", "-1"], /--limit <n>' argument '-1'.*above 0/],
    [["stream", "--limit", "1.5"], /--limit <n>' argument '1.5'/],
    [["stream", "--seconds", "0"], /--seconds <n>' argument '0'.*above 0/],
    [["stream", "--seconds", "soon"], /--seconds <n>' argument 'soon'/],
    [["demo", "--port", "x"], /--port <n>' argument 'x'.*0 to 65535/],
    [["dashboard", "--port", "65536"], /--port <n>' argument '65536'/],
    [["ingest", "--file", "a.csv", "--pace", "0"], /--pace <n>' argument '0'/],
    [["preview"], /--topic <name>' not specified/],
    [["query"], /missing required argument 'sql'/],
  ];
  const results = await Promise.all(cases.map(([args]) => place.run(args)));
  for (const [i, result] of results.entries()) {
    assertEquals(result.code, 2, `${cases[i]?.[0]}: ${result.err}`);
    assertEquals(result.out, "");
    assertMatch(result.err, cases[i]?.[1] ?? /$^/);
    if (i > 0) assertMatch(result.err, /--help/);
    assertNoStack(result);
  }
});

Deno.test("a value that does not exist is refused with those that do", async () => {
  using place = new Place();
  const file = place.write("a.csv", "Ticker,Date,Open,High,Low,Close\nA,2000-01-03,1,1,1,1\n");
  const cases: [string[], string, RegExp][] = [
    [
      ["stream", "--source", "nope"],
      "OPTION_INVALID",
      /--source is "nope".*simulator, quote-simulator, csv, topic, yahoo, .* or none/,
    ],
    [["stream", "--source", "topic"], "OPTION_INVALID", /--topic: which topic\?/],
    [
      ["stream", "--source", "topic", "--topic", "t", "--mapping", "nope"],
      "MAPPING_MISSING",
      /--mapping is "nope".*binance-trades/,
    ],
    [["stream", "--source", "topic", "--topic", "ticks"], "OPTION_INVALID", /"ticks": tickhouse/],
    [["preview", "--topic", "t"], "TOPIC_UNKNOWN", /TICKHOUSE_KAFKA_BROKERS: no Kafka is named/],
    [["ingest", "--file", file, "--source", "xml"], "OPTION_INVALID", /--source is "xml".*csv/],
    [["ingest", "--file", file, "--dataset", "nope"], "DATASET_UNKNOWN", /"nope".*index_bars/],
    [["ingest", "--file", file, "--set", "symbol"], "OPTION_INVALID", /--set is "symbol".*column=/],
    [["ingest", "--file", file, "--set", "nope=1"], "OPTION_INVALID", /"nope".*symbol/],
    [["ingest", "--file", file, "--date-order", "ymd"], "OPTION_INVALID", /"ymd".*dmy or mdy/],
    [["ingest", "--file", file, "--separator", ";;"], "OPTION_INVALID", /separator is ";;"/],
    [["load", "--dataset", "nope"], "DATASET_UNKNOWN", /"nope".*ticks/],
    [["reconcile", "--dataset", "nope"], "DATASET_UNKNOWN", /"nope".*ticks/],
  ];
  const results = await Promise.all(cases.map(([args]) => place.run(args)));
  for (const [i, result] of results.entries()) {
    const [, code, says] = cases[i] ?? [[], "", /$^/];
    assertRefused(result, code, says);
  }
});

Deno.test("a bad environment is refused with variable, value and fix", async () => {
  using place = new Place();
  const cases: [Record<string, string>, RegExp][] = [
    [{ TICKHOUSE_RATE: "fast" }, /TICKHOUSE_RATE is "fast".*number.*default is 50/],
    [{ TICKHOUSE_RATE: "0.1" }, /TICKHOUSE_RATE is "0.1".*0\.5/],
    [{ TICKHOUSE_PROT: "8600" }, /TICKHOUSE_PROT: there is no such setting.*TICKHOUSE_PORT/],
    [{ TICKHOUSE_PORT: "http" }, /TICKHOUSE_PORT is "http"/],
    [{ TICKHOUSE_LAKE_FORMAT: "csv" }, /TICKHOUSE_LAKE_FORMAT is "csv".*parquet, ndjson/],
    [{ TICKHOUSE_SYMBOLS: " , " }, /TICKHOUSE_SYMBOLS is .*at least one symbol/],
    [{ TICKHOUSE_MEMORY: "much" }, /TICKHOUSE_MEMORY is "much".*such as/],
    [{ TICKHOUSE_QUERY_TOKEN: "short" }, /TICKHOUSE_QUERY_TOKEN is "\(secret\)".*16/],
  ];
  const results = await Promise.all(cases.map(([env]) => place.run(["stream"], env)));
  for (const [i, result] of results.entries()) {
    assertRefused(result, "CONFIG_INVALID", cases[i]?.[1] ?? /$^/);
    assert(!result.err.includes("short"), "a secret was shown");
  }
});

Deno.test("a .env file in the working folder is read, the environment comes before it", async () => {
  using place = new Place();
  place.write(".env", "TICKHOUSE_SYMBOLS=ONE,TWO\nTICKHOUSE_SEED=7\n");
  const out = assertDone(await place.run(["doctor", "--json"], { TICKHOUSE_SEED: "8" }));
  const { settings } = JSON.parse(out) as { settings: { variable: string; value: string }[] };
  const value = (name: string) => settings.find((s) => s.variable === name)?.value;
  assertEquals([value("TICKHOUSE_SYMBOLS"), value("TICKHOUSE_SEED")], ["ONE,TWO", "8"]);
});

Deno.test("verbs that read say so when there is nothing yet, and make nothing", async () => {
  using place = new Place();
  const [status, json, doctor, query, reconcile] = await Promise.all([
    place.run(["status"]),
    place.run(["status", "--json"]),
    place.run(["doctor"]),
    place.run(["query", "select 1"]),
    place.run(["reconcile"]),
  ]);
  assertMatch(assertDone(status), /nothing yet: start `deno task demo`/);
  assertEquals(JSON.parse(assertDone(json)), []);
  assertMatch(assertDone(doctor), /absent.*nothing was streamed yet.*deno task demo/);
  assertRefused(query, "WAREHOUSE_MISSING", /home is ".*": .*deno task demo/);
  assertRefused(reconcile, "WAREHOUSE_MISSING");
  assertEquals([...Deno.readDirSync(place.folder.path)].length, 0);
});
