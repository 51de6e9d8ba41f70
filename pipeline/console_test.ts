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

Deno.test("table() shows null as nothing, and no rows as a head", () => {
  assert(table(["a", "b"], [[null, 1]]).includes("│   │ 1 │"));
  assert(table(["a"], []).includes("│ a │"));
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
