/** What files hold, in the warehouse and in the lake, to the last digit. */
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { open } from "tickhouse/mod.ts";
import { TempFolder } from "tickhouse/testing.ts";

const CASES = join(import.meta.dirname ?? ".", "cases");
const file = (name: string) => join(CASES, name);
const NUMBERS = ["open", "high", "low", "close", "volume"];

Deno.test("numbers of files are stored to the last digit, and proven", async () => {
  using folder = new TempFolder();
  await using house = await open({ home: folder.path, onNote: () => {} });
  const told = { interval: "1m", models: false } as const;
  for (const name of ["66-precision.csv", "14-crypto-decimals.csv", "67-big-prices.csv"]) {
    const { proven, read } = await house.ingest({ ...told, file: file(name) });
    assertEquals([name, proven, read.refused], [name, true, 0]);
  }
  const oil = await house.ingest({ file: file("16-negative-oil.csv"), models: false });
  assertEquals([oil.proven, oil.read.accepted], [true, 3]);
  const stored = async (table: string) => {
    const texts = NUMBERS.map((name) => `rtrim(rtrim(${name}::VARCHAR, '0'), '.')`);
    const { rows } = await house.query(
      `SELECT symbol, ${texts.join(", ")} FROM ${table} ORDER BY symbol, open_time`,
    );
    return rows;
  };
  const four = (price: string) => [price, price, price, price];
  const expected = [
    ["BABYDOGE-USD", "0.0000000021456", "0.0000000022999", "0.0000000021001"]
      .concat(["0.0000000022222", "1000000000000000"]),
    ["BTC-IDR", "1612345678", "1655000000", "1600000000", "1640000000", "12.5"],
    ["BTC-VND", "2512345678", "2555000000", "2500000000", "2540000000", "12.5"],
    ["CL=F", "19.87", "20.04", "17.31", "18.27", "200000"],
    ["CL=F", "17.73", "17.85", "-40.32", "-37.63", "247947"],
    ["CL=F", "-14", "13.86", "-16.74", "10.01", "150000"],
    ["DEX-USD", "0.000000000231", "0.000000000239", "0.00000000023", "0.000000000235", "1"],
    ["PEPE-USD", "0.000012345678", "0.000012999999", "0.000012000049", "0.000012555551"]
      .concat(["123456789012345.678"]),
    ["TOPS-ADJ", ...four("14420486364.5"), "10"],
    ["V1", ...four("1"), "883406386745030.3"],
    ["V2", ...four("1"), "12345678901234.12345678"],
    ["V3", ...four("987654321.12345679"), "1"],
    ["V4", ...four("12345678.12345678"), "9007199254740993"],
    ["V5", ...four("123456.12345678"), "90071992547409931"],
    ["XX-USD", "0.0000000149", "0.0000000249", "0.0000000149", "0.0000000249", "1"],
  ];
  assertEquals(await stored("bronze.bars"), expected);
  const { proven, compared } = await house.reconcile();
  assertEquals([proven, compared], [true, expected.length]);
});
