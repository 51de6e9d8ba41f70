/** Calendars beside exchange-calendars: every day of every exchange, and what is made of it. */
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { TempFolder } from "../../pipeline/testing.ts";
import { compare, COMPARED } from "./compare.ts";
import { DEPARTURES } from "./departures.ts";
import { python } from "./install.ts";
import { TradingDays } from "./trading_days.ts";

const SEEDS = new URL("../../models/seeds", import.meta.url).pathname;
const MADE = ["ref_holidays.csv", "ref_calendars.csv"];

Deno.test("silver_trading_days is exchange-calendars, every day of every exchange, but for the departures", async () => {
  await using days = await TradingDays.build();
  assertEquals(Object.keys(COMPARED).sort(), [...days.exchanges].sort(), "each is compared");
  const found = await compare(days);
  assertEquals(found.differences, DEPARTURES);
  // 10,227 days are in 28 years; India and China are known for 27.
  assertEquals(found.days, 19 * 10_227 - 2 * 365);
});

Deno.test("the comparison sees a holiday that is missing, one too many, and other hours", async () => {
  await using days = await TradingDays.build((models) => {
    const source = "exchange-calendars 4.13.2";
    const replace = (line: string, by: string) => models.replace("ref_holidays", line, by);
    replace(`GB,2012-06-05,Diamond Jubilee,ad hoc,,,,,${source} XLON`, "");
    replace(
      `KR,2020-12-03,University entrance exam,hours,600,990,,,${source} XKRX`,
      `KR,2020-12-03,University entrance exam,hours,,990,,,${source} XKRX`,
    );
    models.append("ref_holidays", "FR,2019-07-10,Test,holiday,,,,,test");
    models.append("ref_holidays", "JP,2019-07-10,Test,hours,,900,0,0,test");
    models.append("ref_holidays", "NL,2019-07-10,Test,hours,,1049,,,test");
  });
  const known = new Set(DEPARTURES.map((row) => row.join()));
  const { differences } = await compare(days);
  assertEquals(differences.filter((row) => !known.has(row.join())), [
    ["XAMS", "close", "17:30", "17:29", 1, "2019-07-10", "2019-07-10"],
    ["XKRX", "open", "10:00", "09:00", 1, "2020-12-03", "2020-12-03"],
    ["XLON", "is_session", "false", "true", 1, "2012-06-05", "2012-06-05"],
    ["XPAR", "is_session", "true", "false", 1, "2019-07-10", "2019-07-10"],
    ["XTKS", "break_end", "12:30", "none", 1, "2019-07-10", "2019-07-10"],
    ["XTKS", "break_start", "11:30", "none", 1, "2019-07-10", "2019-07-10"],
  ]);
});

Deno.test("holidays.py writes the files that are there, byte for byte, and keeps other calendars", async () => {
  using folder = new TempFolder();
  const own = "MY-OWN,2025-01-02,Ours,holiday,,,,,us\n";
  Deno.writeTextFileSync(join(folder.path, "ref_holidays.csv"), `calendar\n${own}`);
  await python(join(SEEDS, "holidays.py"), folder.path);
  const read = (path: string) => Deno.readTextFileSync(path);
  for (const name of MADE) {
    const kept = name === "ref_holidays.csv" ? own : "";
    const isSame = read(join(folder.path, name)) === read(join(SEEDS, name)) + kept;
    assertEquals(isSame, true, `run models/seeds/holidays.py: ${name} is not what it writes`);
  }
});
