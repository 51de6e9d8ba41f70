import { assertEquals } from "@std/assert";
import { ONE } from "./decimal.ts";
import { sharesOf } from "./shares.ts";

Deno.test("sharesOf() gives the fraction that an amount of 8 decimals stands for", () => {
  assertEquals(sharesOf("1.33333333"), { after: 4n, before: 3n });
  assertEquals(sharesOf("0.66666667"), { after: 2n, before: 3n });
  assertEquals(sharesOf("1.5"), { after: 3n, before: 2n });
  assertEquals(sharesOf("10"), { after: 10n, before: 1n });
  assertEquals(sharesOf("0.03333333"), { after: 1n, before: 30n });
  assertEquals(sharesOf("0.02857143"), { after: 1n, before: 35n });
  assertEquals(sharesOf("1.01"), { after: 101n * ONE / 100n, before: ONE });
});
