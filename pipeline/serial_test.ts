import { assertEquals, assertRejects } from "@std/assert";
import { SerialQueue } from "./serial.ts";

Deno.test("SerialQueue does one work after the other, also after one that failed", async () => {
  const queue = new SerialQueue();
  const done: number[] = [];
  const gate = Promise.withResolvers<void>();
  const first = queue.run(async () => {
    await gate.promise;
    done.push(1);
    throw new RangeError("first");
  });
  const second = queue.run(() => Promise.resolve(done.push(2)));
  assertEquals(done, []);
  gate.resolve();
  await assertRejects(() => first, RangeError);
  await queue.idle();
  assertEquals([done, await second], [[1, 2], 2]);
});
