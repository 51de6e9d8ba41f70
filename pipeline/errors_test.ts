import { assertEquals } from "@std/assert";
import { isTransient, messageOf, PositionConflict, TickhouseError } from "./errors.ts";

Deno.test("TickhouseError names field, value and fix in its message", () => {
  const error = new TickhouseError("OPTION_INVALID", "is too small", {
    field: "rate",
    value: -1,
    fix: "use 1",
  });
  assertEquals(error.message, "rate is -1: is too small. Use 1.");
  assertEquals([error.code, error.kind, error.field], ["OPTION_INVALID", "terminal", "rate"]);
});

Deno.test("TickhouseError cuts long values short", () => {
  const error = new TickhouseError("OPTION_INVALID", "no", { field: "f", value: "y".repeat(1000) });
  assertEquals(error.message.length < 200, true);
});

Deno.test("isTransient() is true for what a retry may cure", () => {
  assertEquals(isTransient(new PositionConflict("lake", "t", 0, 5, 7)), true);
  assertEquals(isTransient(new TickhouseError("OPTION_INVALID", "no")), false);
  assertEquals(isTransient(new Error("no")), false);
});

Deno.test("messageOf() takes anything thrown", () => {
  assertEquals([messageOf(new Error("a")), messageOf("b"), messageOf(undefined)], [
    "a",
    "b",
    "undefined",
  ]);
});
