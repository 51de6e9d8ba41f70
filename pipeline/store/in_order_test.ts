import { assertEquals, assertRejects } from "@std/assert";
import { mapInOrder } from "./in_order.ts";

Deno.test("mapInOrder() keeps the order, and works on so many at a time", async () => {
  let now = 0;
  let most = 0;
  const results = mapInOrder([5, 1, 4, 2, 3, 0], 3, async (n) => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, n));
    now--;
    return n * 10;
  });
  assertEquals(await Array.fromAsync(results), [50, 10, 40, 20, 30, 0]);
  assertEquals(most, 3);
});

Deno.test("mapInOrder() throws the first failure, and leaves nothing under way", async () => {
  let now = 0;
  const results = mapInOrder([9, 1, 5], 3, async (n) => {
    now++;
    await new Promise((resolve) => setTimeout(resolve, n));
    now--;
    if (n < 9) throw new Error(`failed ${n}`);
    return n;
  });
  await assertRejects(() => Array.fromAsync(results), Error, "failed 1");
  assertEquals(now, 0);
});
