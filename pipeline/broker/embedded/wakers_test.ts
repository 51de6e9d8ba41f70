import { assertEquals } from "@std/assert";
import { Wakers } from "./wakers.ts";

Deno.test("Wakers: who waits for a topic is woken, who waits for another is not", () => {
  const wakers = new Wakers();
  const woken: string[] = [];
  wakers.add("a", () => woken.push("a1"));
  wakers.add("a", () => woken.push("a2"));
  wakers.add("b", () => woken.push("b"));
  wakers.wake("a");
  wakers.wake("nobody waits for this");
  assertEquals(woken, ["a1", "a2"]);
});

Deno.test("Wakers: who is deleted, also while being woken, is not woken again", () => {
  const wakers = new Wakers();
  let count = 0;
  const once = () => {
    count++;
    wakers.delete("a", once);
  };
  wakers.add("a", once);
  wakers.wake("a");
  wakers.wake("a");
  wakers.delete("never added", once);
  assertEquals(count, 1);
});
