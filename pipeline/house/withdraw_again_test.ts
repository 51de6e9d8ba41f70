import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { TempFolder } from "../testing.ts";
import type { House } from "./house.ts";
import { open } from "./open.ts";

const BARS = `Date,Open,High,Low,Close,Volume
2020-01-02,74.06,75.15,73.80,75.09,135480400
`;
const TRADES = `symbol,timestamp,trade_id,price,size,sequence,action
A,2024-03-11T14:30:00Z,x1,10,100,,
A,2024-03-11T14:30:01Z,x2,11,100,7,
A,2024-03-11T14:30:02Z,x3,12,100,,
A,2024-03-11T14:30:02Z,x3,12,100,,cancel
`;

/** What counts in silver, as source data of candles. */
const counting = async (house: House) => {
  const rows = await house.rows<{ what: string }>(
    `SELECT trade_id || ' ' || price::INT AS what FROM silver.silver_clean_ticks
       WHERE NOT is_cancelled AND set_aside IS NULL
     UNION ALL SELECT 'close ' || close::DECIMAL(9, 2) FROM silver.silver_clean_bars
       WHERE NOT is_cancelled AND set_aside IS NULL ORDER BY 1`,
  );
  return rows.map(({ what }) => what);
};

Deno.test("what was withdrawn counts again when it is read again, however often, from a copy too", async () => {
  using folder = new TempFolder();
  await using house = await open({ home: join(folder.path, "home"), onNote: () => {} });
  const files = { "AAPL.csv": BARS, "trades.csv": TRADES, "AAPL (1).csv": BARS };
  const [bars = "", trades = "", copy = ""] = Object.entries(files).map(([name, text]) => {
    const path = join(folder.path, name);
    Deno.writeTextFileSync(path, text);
    return path;
  });
  const all = ["close 75.09", "x1 10", "x2 11"];
  for (let round = 0; round < 2; round++) {
    await house.ingest({ file: bars });
    await house.ingest({ file: trades });
    assertEquals(await counting(house), all, `round ${round}`);
    for (const file of [bars, trades]) {
      const done = await house.withdraw({ file, apply: true });
      assertEquals([done.left, done.contested, done.run?.proven], [0, 0, true], file);
    }
    assertEquals(await counting(house), [], `round ${round}`);
  }
  await house.ingest({ file: copy });
  assertEquals(await counting(house), ["close 75.09"]);
  // Under a lower sequence than what was taken back, too.
  await house.withdraw({ symbol: "A", apply: true });
  const lower = join(folder.path, "lower.csv");
  Deno.writeTextFileSync(lower, TRADES.replace(",7,", ",6,"));
  await house.ingest({ file: lower });
  assertEquals(await counting(house), all);
  await house.withdraw({ file: lower, apply: true });
  // A withdrawal of the symbol alone does not reset the file's place.
  await house.ingest({ file: trades });
  await house.withdraw({ symbol: "A", apply: true });
  await house.ingest({ file: trades, again: true });
  assertEquals(await counting(house), all);
  await house.transform({ fullRefresh: true });
  assertEquals(await counting(house), all);
});

Deno.test("what an earlier file said comes back with each withdrawal of a later one", async () => {
  using folder = new TempFolder();
  await using house = await open({ home: join(folder.path, "home"), onNote: () => {} });
  const [first, second] = [join(folder.path, "first.csv"), join(folder.path, "second.csv")];
  Deno.writeTextFileSync(first, TRADES);
  Deno.writeTextFileSync(second, TRADES.replaceAll(",100,", ",300,").replace("x1,10", "x1,20"));
  await house.ingest({ file: first });
  for (let round = 0; round < 2; round++) {
    await house.ingest({ file: second });
    assertEquals(await counting(house), ["x1 20", "x2 11"], `round ${round}`);
    await house.withdraw({ file: second, apply: true });
    assertEquals(await counting(house), ["x1 10", "x2 11"], `round ${round}`);
  }
  await house.withdraw({ file: first, apply: true });
  assertEquals(await counting(house), []);
});
