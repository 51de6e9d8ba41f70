import { assertEquals, assertRejects } from "@std/assert";
import { ahead } from "./ahead.ts";

const never = () => new AbortController().signal;

/** Counts, and notes what it was asked for, and its end. */
function counting(log: string[], failAt = Infinity) {
  return async function* (signal: AbortSignal) {
    try {
      for (let n = 0; !signal.aborted; n++) {
        if (n === failAt) throw new Error(`no ${n}`);
        log.push(`made ${n}`);
        yield n;
        await Promise.resolve();
      }
    } finally {
      log.push("ended");
    }
  };
}

Deno.test("ahead() makes one value more than was taken, and ends the generator", async () => {
  const log: string[] = [];
  for await (const n of ahead(counting(log), never())) {
    await new Promise((resolve) => setTimeout(resolve));
    log.push(`took ${n}`);
    if (n === 1) break;
  }
  assertEquals(log, ["made 0", "made 1", "took 0", "made 2", "took 1", "ended"]);
});

Deno.test("ahead() throws what the generator threw, behind the values before it", async () => {
  const log: string[] = [];
  const taken: number[] = [];
  await assertRejects(
    async () => {
      for await (const n of ahead(counting(log, 2), never())) taken.push(n);
    },
    Error,
    "no 2",
  );
  assertEquals([taken, log.at(-1)], [[0, 1], "ended"]);
});

Deno.test("ahead() gives nothing more once it is stopped", async () => {
  const stop = new AbortController();
  const taken: number[] = [];
  for await (const n of ahead(counting([]), stop.signal)) {
    taken.push(n);
    stop.abort();
  }
  assertEquals(taken, [0]);
});
