import { assert, assertEquals } from "@std/assert";
import { number, table } from "./console.ts";

Deno.test("table() aligns numbers right and text left", () => {
  assertEquals(table(["name", "rows"], [["a", 5], ["bb", "1,234"]]).split("\n"), [
    "┌──────┬───────┐",
    "│ name │  rows │",
    "├──────┼───────┤",
    "│ a    │     5 │",
    "│ bb   │ 1,234 │",
    "└──────┴───────┘",
  ]);
});

Deno.test("table() fits a width: the widest columns are cut, then those in the middle left out", () => {
  const head = ["symbol", "meaning", "n"];
  const rows = [["AAPL", "x".repeat(60), 1], ["TSLA", "short", 22]];
  for (const width of [30, 40, 60, 200]) {
    const lines = table(head, rows, width).split("\n");
    assert(lines.every((line) => line.length <= width), `${width}: ${lines[0]?.length}`);
    assert(lines[1]?.includes("symbol") && lines[3]?.includes("AAPL"));
  }
  assert(table(head, rows, 40).includes("x…"));
  assertEquals(table(head, rows, 200).includes("x".repeat(60)), true);
  const many = Array.from({ length: 40 }, (_, i) => `column_${i}`);
  const wide = table(many, [many], 100).split("\n");
  assert(wide.every((line) => line.length <= 100), `${wide[0]?.length}`);
  assert(wide[1]?.includes("…") && wide[1].includes("colum"));
});

Deno.test("table() shows null as nothing, and no rows as a head", () => {
  assert(table(["a", "b"], [[null, 1]]).includes("│   │ 1 │"));
  assert(table(["a"], []).includes("│ a │"));
});

Deno.test("table() keeps its lines together where characters are wide, and cuts between them", () => {
  assertEquals(table(["a", "名"], [["日本語日本語日本語", 5], ["é", 12]], 24).split("\n"), [
    "┌─────────────────┬────┐",
    "│ a               │ 名 │",
    "├─────────────────┼────┤",
    "│ 日本語日本語日… │  5 │",
    "│ é               │ 12 │",
    "└─────────────────┴────┘",
  ]);
});

Deno.test("table() shows a hundred thousand cells: what it costs grows with them, not with their square", () => {
  const rows = Array.from({ length: 10_000 }, (_, i) => Array.from({ length: 10 }, () => i));
  assertEquals(table([..."abcdefghij"], rows).split("\n").length, 10_004);
});

Deno.test("table() lets no text from outside steer the terminal", () => {
  const evil = [
    "\u001b[31mred",
    "a\u0007b",
    "two\nlines",
    "tab\there",
    "\u009b2J",
    "\r over",
    "\u202eleft",
  ];
  const shown = table(["text"], evil.map((text) => [text]));
  // deno-lint-ignore no-control-regex
  assert(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/.test(shown), JSON.stringify(shown));
  assertEquals(shown.split("\n").length, evil.length + 4);
});

Deno.test("number() separates thousands and keeps the decimals asked for", () => {
  assertEquals([number(0), number(1234567), number(-1234.56)], ["0", "1,234,567", "-1,235"]);
  assertEquals([number(1234.567, 1), number(50, 1)], ["1,234.6", "50"]);
});
