import { assertEquals } from "@std/assert";
import { isNumeral, jsonDecimal, meantOf, unscaledOf, wholeOf } from "./digits.ts";

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

Deno.test("jsonDecimal() writes numbers that a double keeps, and text of all others", () => {
  const cases: [string, string][] = [
    ["231.57", "231.57"],
    ["-0.000000000000000001", "-0.000000000000000001"],
    ["123456789012345", "123456789012345"],
    ["1234567890123.123", '"1234567890123.123"'],
    ["-883406386745030.3", '"-883406386745030.3"'],
  ];
  for (const [text, expected] of cases) assertEquals(jsonDecimal(text), expected);
});

Deno.test("meantOf() drops what doubles add, and no digit that was written", () => {
  const cases: [string, number, bigint | undefined][] = [
    ["0.30000000000000004", 18, 3n * 10n ** 17n],
    ["0.30000000000000004", 8, 30_000_000n],
    ["100.00000000000001", 18, 10n ** 20n],
    ["987654321.12345679", 18, 98_765_432_112_345_679n * 10n ** 10n],
    ["0.1234567890123456", 18, 1_234_567_890_123_456n * 100n],
    ["0.000000000231", 18, 231_000_000n],
    ["0.000012345678", 8, undefined],
    ["1e-19", 18, undefined],
    ["x", 18, undefined],
  ];
  for (const [text, scale, expected] of cases) {
    assertEquals([text, meantOf(text, scale)], [text, expected]);
  }
});
