import { assertEquals, assertThrows } from "@std/assert";
import { TickhouseError } from "../errors.ts";
import { addressOf } from "./rdkafka_library.ts";
import { WORD } from "./rdkafka_messages.ts";
import { Alarm, Gatherer } from "./rdkafka_system.ts";

const isLinux = Deno.build.os === "linux";

function gather(gatherer: Gatherer, source: Uint8Array<ArrayBuffer>, ranges: [number, number][]) {
  const base = Number(addressOf(source));
  for (const [from, to] of ranges) {
    gatherer.add((base + from) % WORD, (base + from) / WORD, to - from);
  }
  const into = new Uint8Array(gatherer.length);
  gatherer.finish(into);
  return into;
}

Deno.test({
  name: "Gatherer copies any number of pieces, in the order added",
  ignore: !isLinux,
  fn: () => {
    using gatherer = new Gatherer();
    const source = Uint8Array.from({ length: 10_000 }, (_, i) => i * 7);
    const hex = (bytes: Uint8Array) => bytes.toHex();
    for (const count of [0, 1, 1_023, 1_024, 1_025, 5_000]) {
      const ranges = Array.from({ length: count }, (_, i): [number, number] => {
        const from = (i * 613) % 9_000;
        return [from, from + i % 30];
      });
      const expected = ranges.map(([from, to]) => hex(source.subarray(from, to))).join("");
      assertEquals(hex(gather(gatherer, source, ranges)) === expected, true, `${count} pieces`);
    }
  },
});

Deno.test({
  name: "Gatherer copies more than it keeps room for",
  ignore: !isLinux,
  fn: () => {
    using gatherer = new Gatherer();
    const source = new Uint8Array(3 * 2 ** 20).fill(5);
    for (let round = 0; round < 2; round++) {
      const all = gather(gatherer, source, Array(4).fill([0, source.length]));
      assertEquals([all.length, all[0], all.at(-1)], [12 * 2 ** 20, 5, 5]);
    }
  },
});

Deno.test({
  name: "Gatherer refuses an address where nothing is, instead of crashing",
  ignore: !isLinux,
  fn: () => {
    using gatherer = new Gatherer();
    gatherer.add(4096, 0, 10);
    const error = assertThrows(() => gatherer.finish(new Uint8Array(10)), TickhouseError);
    assertEquals(error.code, "KAFKA_SYSTEM");
    assertEquals([...gather(gatherer, new Uint8Array([1, 2]), [[0, 2]])], [1, 2]); // It goes on.
  },
});

Deno.test({
  name: "Alarm rings each time it is set, and not after its end",
  ignore: !isLinux,
  fn: async () => {
    let rung = Promise.withResolvers<void>();
    let count = 0;
    {
      await using alarm = new Alarm(() => {
        count++;
        rung.resolve();
      });
      for (let i = 0; i < 3; i++) {
        rung = Promise.withResolvers();
        alarm.set();
        await rung.promise;
      }
    }
    assertEquals(count, 3);
  },
});
