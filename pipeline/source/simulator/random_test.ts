import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { Random } from "./random.ts";

const some = (random: Random, count = 100) => Array.from({ length: count }, () => random.next());

Deno.test("Random: equal seeds give equal numbers, neighbouring and large seeds others", () => {
  assertEquals(some(Random.seeded(5)), some(Random.seeded(5)));
  for (const other of [4, 6, -5, 5 + 2 ** 32, 5 + 2 ** 40, Number.MAX_SAFE_INTEGER]) {
    assertNotEquals(some(Random.seeded(5)), some(Random.seeded(other)), `${other}`);
  }
});

Deno.test("Random: it goes on from its state", () => {
  const random = Random.seeded(1);
  some(random, 17);
  const { state } = random;
  const expected = some(random);
  assertEquals(some(new Random(state)), expected);
  assertEquals(some(new Random(JSON.parse(JSON.stringify(state)))), expected);
});

Deno.test("Random: next() is uniform in [0, 1)", () => {
  const numbers = some(Random.seeded(2), 100_000);
  assert(numbers.every((n) => n >= 0 && n < 1));
  const tenths = Array.from(
    { length: 10 },
    (_, i) => numbers.filter((n) => Math.floor(n * 10) === i),
  );
  for (const tenth of tenths) assert(Math.abs(tenth.length - 10_000) < 400, `${tenth.length}`);
});

Deno.test("Random: normal() has mean 0, variance 1, and is never infinite", () => {
  const random = Random.seeded(3);
  const numbers = Array.from({ length: 100_000 }, () => random.normal());
  const mean = numbers.reduce((a, b) => a + b) / numbers.length;
  const variance = numbers.reduce((sum, n) => sum + (n - mean) ** 2, 0) / numbers.length;
  assert(Math.abs(mean) < 0.02 && Math.abs(variance - 1) < 0.02, `${mean} ${variance}`);
  assert(numbers.every(Number.isFinite));
  const beyond = numbers.filter((n) => Math.abs(n) > 1.96).length / numbers.length;
  assert(Math.abs(beyond - 0.05) < 0.005, `${beyond}`);
});

Deno.test("Random: below() gives every whole number below, and no other", () => {
  const random = Random.seeded(4);
  const seen = new Set(Array.from({ length: 1000 }, () => random.below(7)));
  assertEquals([...seen].sort(), [0, 1, 2, 3, 4, 5, 6]);
});
