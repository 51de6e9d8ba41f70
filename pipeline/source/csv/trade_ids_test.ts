/** The ids that files give their trades, as their users have them. @module */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { TickhouseError } from "../../errors.ts";
import { csvSource } from "./csv.ts";
import { fileOf, type Read, readAll, readText, rowsOf } from "./fixture.ts";
import type { CsvOptions } from "./options.ts";

const FULL = "symbol,event_time,price,size,trade_id,sequence,action";
const day = (n: number) => `2025-03-${String(n).padStart(2, "0")}`;
const at = (n: number, second = 0) =>
  new Date(Date.UTC(2025, 2, n, 15) + second * 1000).toISOString();
const csvOf = (header: string, rows: readonly string[]) => `${header}\n${rows.join("\n")}\n`;
const idsOf = (read: Read) => rowsOf(read).map(({ trade_id }) => trade_id);

async function errorOf(text: string, options: Partial<CsvOptions> = {}): Promise<string> {
  const error = await assertRejects(() => readText(text, options), TickhouseError);
  assertEquals(error.code, "CSV_UNCERTAIN");
  return error.message;
}

/** What is read, with what was noted. */
async function noted(text: string, options: Partial<CsvOptions> = {}) {
  const notices: string[] = [];
  const onNotice = (notice: string) => notices.push(notice);
  return { ...await readText(text, { ...options, onNotice }), notices: notices.join("\n") };
}

describe("csvSource() of trades that are corrected and cancelled", () => {
  const rows = [
    `A,${at(7, 1)},260,10,a1,1,new`,
    `A,${at(7, 2)},290,10,a2,2,new`,
    `A,${at(7, 1)},261,10,a1,3,correct`,
    `A,${at(7, 2)},290,10,a2,4,cancel`,
    `A,${at(7, 1)},260,10,a1,1,new`,
  ];

  it("takes rows of one id for versions of one trade, by their action", async () => {
    const read = await readText(csvOf(FULL, rows));
    assertEquals(read.refused, []);
    assertEquals(rowsOf(read).map(({ trade_id, price, action }) => [trade_id, price, action]), [
      ["a1", 260, "new"],
      ["a2", 290, "new"],
      ["a1", 261, "correct"],
      ["a2", 290, "cancel"],
      ["a1", 260, "new"],
    ]);
  });

  it("takes them for versions by a sequence that differs, and counts them", async () => {
    const header = "symbol,event_time,price,size,trade_id,sequence";
    const read = await noted(csvOf(header, [
      `A,${at(7)},77,10,a1,3`,
      `A,${at(7)},75,10,a1,1`,
    ]));
    assertEquals([idsOf(read), read.refused], [["a1", "a1"], []]);
    assertMatch(read.notices, /trade_id: 1 row .*later versions by sequence, first on line 3/);
  });

  it("refuses rows of one id that say neither", async () => {
    const wrong = [
      csvOf(FULL, [`A,${at(7, 1)},260,10,a1,1,new`, `A,${at(7, 2)},261,10,a1,1,new`]),
      csvOf(FULL, [`A,${at(7, 1)},260,10,a1,,new`, `A,${at(7, 2)},261,10,a1,,`]),
      csvOf("symbol,event_time,price,size,trade_id", [`A,${at(7)},1,1,a1`, `A,${at(7)},1,2,a1`]),
    ];
    for (const text of wrong) {
      assertMatch(await errorOf(text), /trade_id is "a1": it names several trades.*trade_id=-/);
    }
  });

  it("reads a trade anew that follows a cancel under its id, and a cancel before its trade", async () => {
    const read = await readText(csvOf(FULL, [
      `A,${at(7, 1)},260,10,a1,,new`,
      `A,${at(7, 1)},260,10,a1,,cancel`,
      `A,${at(7, 2)},262,10,a1,,new`,
      `A,${at(7, 4)},262,10,a2,,cancel`,
      `A,${at(7, 3)},263,10,a2,,new`,
    ]));
    assertEquals([rowsOf(read).length, read.refused], [5, []]);
  });

  it("refuses cancels and corrections without ids: as a whole, or where one comes late", async () => {
    const without = { map: { trade_id: "-" } };
    assertMatch(
      await errorOf(csvOf(FULL, rows), without),
      /action is "correct": a cancel or correction names its trade by its id.*--map trade_id=Name/,
    );
    const trades = Array.from({ length: 2500 }, (_, i) => `A,${at(7, i)},260,10,x${i},,new`);
    const late = await readText(csvOf(FULL, [...trades, `A,${at(7, 2)},260,10,x2,,cancel`]), {
      ...without,
    });
    assertEquals([rowsOf(late).length, late.refused.length], [2500, 1]);
    assertMatch(late.refused[0]?.reason ?? "", /^action is "cancel": .*--map trade_id=Name/);
    const none = "symbol,event_time,price,size,action";
    assertMatch(await errorOf(csvOf(none, [`A,${at(7)},1,1,Bust`])), /action is "Bust"/);
    assertEquals(rowsOf(await readText(csvOf(none, [`A,${at(7)},1,1,new`]))).length, 1);
  });

  it("of a file that is newest first lets the newest version count", async () => {
    const header = "symbol,event_time,price,size,trade_id,sequence,action";
    const newest = (sequence: (n: number) => string) =>
      csvOf(header, [
        `A,${at(7, 9)},262,10,a1,${sequence(6)},new`,
        `A,${at(7, 8)},260,10,a1,${sequence(5)},cancel`,
        `A,${at(7, 7)},271,10,a2,${sequence(4)},correct`,
        `A,${at(7, 6)},280,10,a3,${sequence(3)},correct`,
        `A,${at(7, 6)},281,10,a3,${sequence(2)},new`,
        `A,${at(7, 5)},270,10,a2,${sequence(1)},new`,
        `A,${at(7, 4)},260,10,a1,${sequence(0)},new`,
      ]);
    const read = await readText(newest(() => ""));
    assertEquals(read.refused.map(({ at }) => at), ["line 3", "line 7", "line 8"]);
    assertMatch(read.refused[0]?.reason ?? "", /^trade_id is "a1": the file is newest first/);
    assertEquals(rowsOf(read).map(({ price }) => price), [262, 271, 281, 280]);
    const told = await readText(newest(String));
    assertEquals([rowsOf(told).length, told.refused], [7, []]);
  });

  it("refuses a cancel without the time and price that each row needs", async () => {
    const read = await readText(
      csvOf(FULL, [...rows, `A,${at(7, 1)},,10,a1,9,cancel`, ",,,,a1,,"]),
    );
    assertMatch(read.refused[0]?.reason ?? "", /^price is "": must be/);
    assertEquals([rowsOf(read).length, read.refused.length], [5, 2]);
  });
});

describe("csvSource() of ids that come again", () => {
  const trades = (count: number, rest: (i: number) => string, from = 0) =>
    Array.from(
      { length: count },
      (_, i) => `A,${at(7, from + i)},${100 + i % 7},10,${i + 1}${rest(i)}`,
    );
  const plain = "symbol,event_time,price,size,trade_id";

  it("takes the venue into them", async () => {
    const read = await noted(csvOf(`${plain},venue`, [
      ...trades(3000, () => ",XNAS"),
      ...trades(3000, () => ",XNYS", 3000),
      `A,${at(7)},1,1,x9,`,
    ]));
    const ids = idsOf(read);
    assertEquals([new Set(ids).size, read.refused], [6001, []]);
    assertEquals([ids[0], ids[3000], ids[6000]], [
      `${day(7)}/XNAS/1`,
      `${day(7)}/XNYS/1`,
      "x9",
    ]);
    assertMatch(read.notices, /trade_id: that of its venue/);
    const told = await readText(csvOf(plain, [`A,${at(7)},1,1,b7`]), { set: { venue: "XLON" } });
    assertEquals(idsOf(told), ["XLON/b7"]);
  });

  it("refuses each row whose id has another trade already, however far before it", async () => {
    const text = csvOf(plain, [
      ...trades(3000, () => ""),
      ...trades(10, () => ""),
      ...trades(3000, () => "", 3000),
    ]);
    const read = await readText(text, { chunkRows: 700 });
    assertEquals([rowsOf(read).length, read.refused.length], [3010, 3000]);
    assertEquals(read.refused[0]?.at, "line 3012");
    assertMatch(
      read.refused[0]?.reason ?? "",
      /^trade_id is "1": the file has it for another time, price or size too.*--map venue=Name/,
    );
    // A number of another day is another trade.
    const next = trades(3000, () => "").map((row) => row.replaceAll(day(7), day(10)));
    const both = await readText(csvOf(plain, [...trades(3000, () => ""), ...next]));
    assertEquals([new Set(idsOf(both)).size, both.refused], [6000, []]);
  });

  it("compares them with those of the lines that were read before", async () => {
    const path = await fileOf(csvOf(plain, trades(3000, () => "")));
    const { states } = await readAll(await csvSource({ path }));
    await Deno.writeTextFile(path, trades(5, () => "", 9000).join("\n") + "\n", { append: true });
    const rest = await readAll(await csvSource({ path }), states.at(-1));
    assertEquals([rowsOf(rest).length, rest.refused.length], [0, 5]);
    assertEquals(rest.refused[0]?.at, "line 3002");
    const notices: string[] = [];
    const onNotice = (notice: string) => notices.push(notice);
    const again = await readAll(await csvSource({ path, onNotice }), rest.states.at(-1));
    assertEquals([again.states, notices.at(-1)], [
      [],
      "nothing new: all 3006 lines of it were read before",
    ]);
  });

  it("leaves those alone of which a format says that they are unique", async () => {
    const row = (us: number) => `3400001,72000.10,0.00100000,72.00010000,${us},True,True\n`;
    const source = await csvSource({
      path: await fileOf(row(1710163800120).repeat(2), "BTCUSDT-trades-2024-03-11.csv"),
      set: { venue: "BINANCE" },
    });
    assertEquals(idsOf(await readAll(source)), ["3400001", "3400001"]);
  });
});

describe("csvSource() of a cancel on a later day", () => {
  const header = "symbol,event_time,price,size,trade_id,action";

  it("is of the only earlier day that has its number", async () => {
    const read = await noted(csvOf(header, [
      `A,${at(7)},260,10,17,new`,
      `A,${at(7)},260,10,18,new`,
      `A,${at(10)},260,10,17,cancel`,
      `A,${at(10)},261,10,18,correct`,
    ]));
    assertEquals(idsOf(read), ["17", "18", "17", "18"].map((id) => `${day(7)}/${id}`));
    assertEquals(rowsOf(read)[2]?.action, "cancel");
    assertMatch(read.notices, /2 cancels or corrections for the trade of an earlier day.*line 4/);
  });

  it("is of its own day where that has the number, also among venues", async () => {
    const read = await readText(csvOf(`${header},venue`, [
      `A,${at(7)},260,10,17,new,XNAS`,
      `A,${at(10)},262,10,17,new,XNAS`,
      `A,${at(10)},262,10,17,cancel,XNAS`,
      `A,${at(7)},260,10,17,new,XNYS`,
      `A,${at(10)},260,10,17,cancel,XNYS`,
    ]));
    assertEquals([idsOf(read).slice(2), read.refused], [[
      `${day(10)}/XNAS/17`,
      `${day(7)}/XNYS/17`,
      `${day(7)}/XNYS/17`,
    ], []]);
  });

  it("is refused where several days have it, or no venue is named, and read with its day", async () => {
    const trades = [`A,${at(6)},260,10,17,new,XNAS`, `A,${at(7)},261,10,17,new,XNAS`];
    const read = await readText(csvOf(`${header},venue`, [
      ...trades,
      `A,${at(10)},261,10,17,cancel,XNAS`,
      `A,${at(10)},261,10,17,cancel,`,
      `A,${at(10)},261,10,${day(7)}/XNAS/17,cancel,XNAS`,
    ]));
    assertEquals(read.refused.map(({ at, reason }) => [at, /: (.*?),/.exec(reason)?.[1]]), [
      ["line 4", "trades of several days have this number"],
      ["line 5", "ids of the file are those of a venue"],
    ]);
    assertMatch(
      read.refused[0]?.reason ?? "",
      /^trade_id is "17": .*in the form of 2025-03-10\/XNAS\/17$/,
    );
    assertEquals(idsOf(read).at(-1), `${day(7)}/XNAS/17`);
  });

  it("says so where the file has no such trade before it", async () => {
    const read = await noted(csvOf(header, [`A,${at(10)},260,10,17,cancel`]));
    assertEquals(idsOf(read), [`${day(10)}/17`]);
    assertMatch(read.notices, /1 cancel or correction for a trade that does not stand before it/);
  });
});

Deno.test("ids are named alike behind any state of a file", async () => {
  const rows = Array.from({ length: 300 }, (_, i) => {
    const [id, n] = [1 + i % 40, 7 + Math.floor(i / 75)];
    const action = i % 11 === 5 ? "cancel" : i % 13 === 7 ? "correct" : "new";
    return `S${i % 3},${at(n, i % 60)},${100 + i % 5},10,${id},${i % 4 ? i : ""},${action}`;
  });
  // What is looked at first has no fault.
  const begin = Array.from({ length: 2500 }, (_, i) => `Z,${at(7, i)},1,1,z${i},,`);
  const path = await fileOf(csvOf(FULL, [...begin, ...rows]));
  const source = await csvSource({ path, chunkRows: 100 });
  const whole = await readAll(source);
  assert(whole.refused.length > 5, `${whole.refused.length} refused`);
  for (const until of [1, 25, 26, 27]) {
    const begun = await readAll(source, undefined, until);
    const rest = await readAll(source, begun.states.at(-1));
    assertEquals([...begun.refused, ...rest.refused], whole.refused);
    const keyed = (read: Read) =>
      rowsOf(read).map(({ symbol, trade_id }) => `${symbol} ${trade_id}`);
    assertEquals([...keyed(begun), ...keyed(rest)].toSorted(), keyed(whole).toSorted());
  }
});
