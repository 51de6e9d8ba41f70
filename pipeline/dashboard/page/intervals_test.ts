import { assertEquals } from "@std/assert";
import { startOf } from "./intervals.js";

const at = (moment: string) => Date.parse(`${moment}Z`) / 1000;

Deno.test("startOf() begins weeks on Monday and months on their first day, before 1970 too", () => {
  assertEquals(startOf("1wk", at("2024-03-10T23:59:59")), at("2024-03-04T00:00:00"));
  assertEquals(startOf("1wk", at("2024-03-11T00:00:00")), at("2024-03-11T00:00:00"));
  assertEquals(startOf("1wk", at("1962-01-02T00:00:00")), at("1962-01-01T00:00:00"));
  assertEquals(startOf("1mo", at("2024-02-29T12:00:00")), at("2024-02-01T00:00:00"));
  assertEquals(startOf("1mo", at("1969-12-31T12:00:00")), at("1969-12-01T00:00:00"));
  assertEquals(startOf("1d", at("1969-12-31T12:00:00")), at("1969-12-31T00:00:00"));
  assertEquals(startOf("5m", at("2024-02-29T12:04:59")), at("2024-02-29T12:00:00"));
});

Deno.test("startOf() counts minutes and hours from the start of their session", () => {
  const open = at("2024-02-29T14:30:00");
  assertEquals(startOf("1h", at("2024-02-29T15:29:59"), [open]), open);
  assertEquals(startOf("1h", at("2024-02-29T15:30:00"), [open]), at("2024-02-29T15:30:00"));
  assertEquals(startOf("4h", at("2024-02-29T19:00:00"), [open]), at("2024-02-29T18:30:00"));
  const close = at("2024-02-29T21:00:00");
  assertEquals(startOf("1h", at("2024-02-29T21:10:00"), [close, open]), close);
  assertEquals(startOf("1h", at("2024-02-29T14:10:00"), [open]), at("2024-02-29T14:00:00"));
  assertEquals(startOf("1d", at("2024-02-29T14:10:00"), [open - 7200]), at("2024-02-29T00:00:00"));
});
