/** Sale conditions as files write them. @module */
import { assertEquals, assertMatch } from "@std/assert";
import { readText, rowsOf } from "./fixture.ts";

const HEADER = "Time|Symbol|Sale_Condition|Trade_Volume|Trade_Price|Id";

/** What becomes of a column of conditions, and what is noted of it. */
async function read(cells: readonly string[]): Promise<[(string | null)[], string]> {
  const notices: string[] = [];
  const rows = cells.map((cell, i) => `${1741359600 + i}|A|${cell}|10|100.1|t${i}\n`);
  const { records, refused } = await readText(
    `${HEADER.replace("Trade_Volume", "size").replace("Trade_Price", "price")}\n${rows.join("")}`,
    { onNotice: (notice) => notices.push(notice) },
  ).then((all) => ({ records: rowsOf(all), refused: all.refused }));
  assertEquals(refused, []);
  return [records.map(({ conditions }) => conditions), notices.join("\n")];
}

Deno.test("conditions of the tapes, four characters of a code each, are read one by one", async () => {
  // As the daily files of the NYSE have them, with their blanks and without those at the end.
  const [codes, notices] = await read([
    "@ TI",
    "@   ",
    "@F I",
    "@  6X",
    "@6 X",
    "   I",
    "@",
    "C",
    "",
  ]);
  assertEquals(codes, ["@ T I", "@", "@ F I", "@ 6 X", "@ 6 X", "I", "@", "C", null]);
  assertMatch(notices, /conditions: each character is a code, as on the tapes: "@ TI"/);
});

Deno.test("conditions of the tapes are known by their blanks, where none is of a regular sale", async () => {
  const [codes] = await read([" F I", "  TI", " 6 X", "    ", "N   "]);
  assertEquals(codes, ["F I", "T I", "6 X", null, "N"]);
});

Deno.test("other conditions are not taken apart", async () => {
  for (
    const [cells, codes] of [
      [["12 37", "14", "8 9", "41"], ["12 37", "14", "8 9", "41"]],
      [["AT", "UT", "O", "CT"], ["AT", "UT", "O", "CT"]],
      [["@,TI", "@"], ["@ TI", "@"]],
      [["['@', 'T', 'I']", "['@']"], ["@ T I", "@"]],
      [["@ AUCTION", "@ TI"], ["@ AUCTION", "@ TI"]],
      [["reg", "odd"], ["reg", "odd"]],
      [["@ T I", "@ 6 X"], ["@ T I", "@ 6 X"]],
    ] as const
  ) {
    const [found, notices] = await read([...cells]);
    assertEquals([found, /each character/.test(notices)], [[...codes], false]);
  }
});

Deno.test("a cell behind the first rows that is no field of the tapes is a list", async () => {
  const [codes] = await read([...Array.from({ length: 2100 }, () => "@ TI"), "@;T;OPEN", "@F"]);
  assertEquals(codes.slice(-3), ["@ T I", "@ T OPEN", "@ F"]);
});
