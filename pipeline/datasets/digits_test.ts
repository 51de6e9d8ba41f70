import { assertEquals } from "@std/assert";
import { isNumeral, unscaledOf, wholeOf } from "./digits.ts";

Deno.test("isNumeral() takes blanks around a number, however many, and none within", () => {
  const blanks = " \t\n\v\f\r".repeat(150_000);
  const cases: [string, boolean][] = [
    ["1.5", true],
    [`${blanks}1.5${blanks}`, true],
    [`${blanks}x`, false],
    [`x${blanks}`, false],
    [`1${blanks}2`, false],
    [blanks, false],
    ["\u00a01", false],
    ["", false],
    [".", false],
    ["1_000", true],
    [`${"1_".repeat(300_000)}`, false],
    ["9".repeat(900_000), true],
  ];
  for (const [text, is] of cases) assertEquals(isNumeral(text), is, text.slice(0, 20));
});

Deno.test("unscaledOf() and wholeOf() read a number among blanks", () => {
  assertEquals(unscaledOf("  1.25 ", 2), 125n);
  assertEquals(unscaledOf("1.255", 2), undefined);
  assertEquals(wholeOf("\t17 "), 17);
});
