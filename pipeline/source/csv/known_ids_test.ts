import { assertEquals } from "@std/assert";
import { KnownIds } from "./known_ids.ts";

Deno.test("KnownIds compares with the last ids at least, and says if there were more", () => {
  const known = new KnownIds({ byDay: false, byVenue: false }, false, false, 100);
  const take = (n: number, price: string) =>
    known.take(
      ...[{
        ...{ symbol: "A", id: `a${n}`, venue: "", us: 1_741_359_600_000_000 + n, action: "" },
        ...{ sequence: "", price, size: "1" },
      }, n] as const,
    );
  for (let n = 0; n < 200; n++) assertEquals(take(n, "10"), { id: `a${n}` });
  assertEquals([known.forgetful, take(0, "11")], [false, { fault: "two trades" }]);
  for (let n = 200; n < 250; n++) take(n, "10");
  assertEquals(known.forgetful, true);
  assertEquals([take(0, "11"), take(150, "11")], [{ id: "a0" }, { fault: "two trades" }]);
});
