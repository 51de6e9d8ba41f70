import { assertEquals, assertStringIncludes } from "@std/assert";
import { describeDeadLetters, describeWaiting } from "./waiting.js";

Deno.test("describeWaiting() says what has come, what has not, and what to do", () => {
  const nothing = { rows: {}, modelled: false, deadLetters: null };
  assertEquals(describeWaiting(nothing).title, "Waiting for the first record…");
  const some = { ...nothing, rows: { bars: 12_154, quotes: 1 } };
  assertEquals(describeWaiting(some).title, "The models have not been built yet");
  assertStringIncludes(
    describeWaiting(some).text,
    "The warehouse holds 12,154 bars, 1 quotes. There are no ticks, no index bars.",
  );
  assertStringIncludes(describeWaiting(some).text, "`deno task transform`");
  assertEquals(describeWaiting({ ...some, modelled: true }).title, "There are no candles");
});

Deno.test("describeDeadLetters() says nothing where there are none, or nobody knows", () => {
  const of = (deadLetters: number | null) =>
    describeDeadLetters({ rows: {}, modelled: false, deadLetters });
  assertEquals([of(null), of(0)], ["", ""]);
  assertStringIncludes(of(1), "1 record was refused");
  assertStringIncludes(of(1), "`deno task dead`");
  assertStringIncludes(of(1234), "1,234 records were refused");
});
