import { assertEquals } from "@std/assert";
import { Limiter, REAL_LIMITS } from "./limits.ts";

Deno.test("Limiter.take() counts keys apart, and begins again with the next window", () => {
  const limiter = new Limiter();
  const limits = [{ requests: 2, perMs: 1000 }, { requests: 3, perMs: 60_000 }];
  const take = (nowMs: number, key = "a") => limiter.take(key, limits, nowMs).ok;
  assertEquals([take(0), take(1), take(999)], [true, true, false]);
  assertEquals(take(5, "b"), true);
  assertEquals([take(1000), take(1001)], [true, false]);
  assertEquals(take(60_000), true);
});

Deno.test("Limiter.take() says the limit that is closest, and when it begins again", () => {
  const limiter = new Limiter();
  const { limit, remaining, resetMs } = limiter.take("a", REAL_LIMITS.finnhub, 61_500);
  assertEquals([limit?.requests, remaining, resetMs], [30, 29, 62_000]);
  assertEquals(limiter.take("a", [], 0).ok, true);
});
