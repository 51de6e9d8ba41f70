import { assertEquals } from "@std/assert";
import { KeyTexts } from "./texts.ts";

Deno.test("KeyTexts: each key has its own text, however many share a slot", () => {
  const texts = new KeyTexts();
  const encoder = new TextEncoder();
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 20_000; i++) {
      const key = i % 3 === 0 ? `ключ ${i}` : `KEY-${i}`;
      const bytes = encoder.encode(`..${key}..`);
      assertEquals(texts.of(bytes, 2, bytes.length - 2), key);
    }
  }
  const long = encoder.encode("x".repeat(100));
  assertEquals(texts.of(long, 0, 100).length, 100);
  assertEquals(texts.of(long, 5, 5), "");
});
