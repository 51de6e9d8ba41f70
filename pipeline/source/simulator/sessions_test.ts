import { assertEquals } from "@std/assert";
import { closeOf, nextOpen } from "./sessions.ts";

Deno.test("nextOpen() of an open session is the same moment", () => {
  const open = Date.UTC(2025, 10, 21, 15, 0, 0, 1);
  assertEquals(nextOpen("us-equities", open), open);
  assertEquals(nextOpen("always", 5), 5);
});

Deno.test("nextOpen() waits for 09:30 in New York, in summer and in winter", () => {
  // Winter: UTC-5. Summer: UTC-4.
  assertEquals(nextOpen("us-equities", Date.UTC(2025, 0, 15)), Date.UTC(2025, 0, 15, 14, 30));
  assertEquals(nextOpen("us-equities", Date.UTC(2025, 6, 15)), Date.UTC(2025, 6, 15, 13, 30));
});

Deno.test("nextOpen() skips nights and weekends, over the change of clocks too", () => {
  // Friday 16:00 in New York, the clocks go forward on Sunday.
  const close = Date.UTC(2025, 2, 7, 21);
  assertEquals(nextOpen("us-equities", close), Date.UTC(2025, 2, 10, 13, 30));
  assertEquals(nextOpen("us-equities", Date.UTC(2025, 6, 15, 20)), Date.UTC(2025, 6, 16, 13, 30));
});

Deno.test("closeOf() is 16:00 in New York, in summer and in winter; what is always open has none", () => {
  assertEquals(closeOf("us-equities", Date.UTC(2025, 0, 15, 14, 30)), Date.UTC(2025, 0, 15, 21));
  assertEquals(
    closeOf("us-equities", Date.UTC(2025, 6, 15, 19, 59, 59)),
    Date.UTC(2025, 6, 15, 20),
  );
  assertEquals(closeOf("always", 5), undefined);
});
