import { assertEquals } from "@std/assert";
import {
  formatChange,
  formatClock,
  formatMs,
  formatPercent,
  formatPrice,
  formatShort,
} from "./format.js";

Deno.test("formatPrice() shows two decimals, more for prices below one", () => {
  assertEquals([12345.678, 0.5, 0.00001234, 1, 0].map((p) => formatPrice(p)), [
    "12,345.68",
    "0.5000",
    "0.00001234",
    "1.00",
    "0.00",
  ]);
  assertEquals(formatChange(-0.001, 0.5), "−0.0010");
});

Deno.test("figures are short, signed where they are changes, and never −0", () => {
  assertEquals([1.234, -1.2, 0, -0.001].map(formatPercent), ["+1.23%", "−1.20%", "0.00%", "0.00%"]);
  assertEquals([0, 12.345, 9876.5, 12_345, 2_940_000].map(formatShort), [
    "0",
    "12.35",
    "9,877",
    "12.35K",
    "2.94M",
  ]);
  assertEquals([0.42, 8.25, 18.6, 12_300].map(formatMs), ["0.4 ms", "8.3 ms", "19 ms", "12.3 s"]);
  assertEquals(formatClock(3661), "01:01:01");
});
