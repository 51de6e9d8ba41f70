import { assertEquals } from "@std/assert";
import { partitionOf } from "./partitioner.ts";

Deno.test("partitionOf() agrees with Kafka's own test vectors for murmur2", () => {
  // org.apache.kafka.common.utils.UtilsTest.testMurmur2
  const vectors: [string, number][] = [
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
    ["abc", 479470107],
  ];
  const positive = 0x7fffffff;
  for (const [key, hash] of vectors) {
    assertEquals(partitionOf(key, positive), (hash & positive) % positive, key);
  }
});
