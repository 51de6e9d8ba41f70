import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { hasCode } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import type { House } from "./house.ts";
import { open } from "./open.ts";

/** A house of bars from a file: a price that triples, a day that is missing, a row that is refused. */
async function houseOf(folder: TempFolder): Promise<House> {
  const file = join(folder.path, "AAPL.csv");
  Deno.writeTextFileSync(
    file,
    [
      "symbol,date,open,high,low,close,volume",
      "AAPL,2025-03-03,100,101,99,100,1000",
      "AAPL,2025-03-04,300,301,299,300,1000",
      "AAPL,2025-03-06,300,301,299,300,1000",
      "AAPL,2025-03-07,300,299,301,300,1000",
    ].join("\n") + "\n",
  );
  const house = await open({ home: join(folder.path, "home"), onNote: () => {} });
  await house.ingest({ file });
  return house;
}

Deno.test("house.quality() counts by rule, lists the latest, and has what was refused", async () => {
  using folder = new TempFolder();
  await using house = await houseOf(folder);
  const report = await house.quality();
  assertEquals(report.counts, [
    { rule: "empty_day", severity: "marked", dataset: "bars", count: 1 },
    { rule: "jump", severity: "marked", dataset: "bars", count: 1 },
  ]);
  assertEquals(report.findings.map(({ rule, time, detail }) => [rule, time, detail]), [
    ["empty_day", "2025-03-05 00:00:00", "no row on 2025-03-05, a trading day of XNAS"],
    [
      "jump",
      "2025-03-04 00:00:00",
      "a price of 301 is 201 % above 100, the close before it, of 2025-03-03",
    ],
  ]);
  assertEquals([report.differences, report.refused.map(({ count }) => count)], [0, [1]]);
  assertMatch(String(report), /│ jump +│ marked +│ bars +│ +1 │/);
  const jumps = await house.quality({ rule: "jump", symbol: "AAPL", limit: 1 });
  assertEquals([jumps.findings.length, jumps.differences], [1, null]);
  const none = await house.quality({ symbol: "' or 1=1 --" });
  assertEquals([none.counts, none.findings], [[], []]);
  assertMatch(String(none), /^nothing marked/);
});

Deno.test("house.status() counts findings by dataset", async () => {
  using folder = new TempFolder();
  await using house = await houseOf(folder);
  const status = await house.status();
  assertEquals(
    status.find(({ dataset }) => dataset === "bars")?.marked?.map((
      { rule, count },
    ) => [rule, count]),
    [["empty_day", 1], ["jump", 1]],
  );
  assertMatch(
    String(status),
    /^marked +bars: 1 empty_day, 1 jump; `deno task quality` lists them$/m,
  );
});

Deno.test("house.quality() says what was not built, and refuses a limit that is none", async () => {
  using folder = new TempFolder();
  await using house = await open({ home: join(folder.path, "home"), onNote: () => {} });
  assertMatch(String(await house.quality()), /^unknown +the models have not been built/);
  const error = await house.quality({ limit: 0 }).catch((thrown: unknown) => thrown);
  assertEquals(hasCode(error, "OPTION_INVALID"), true);
});
