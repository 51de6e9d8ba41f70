import { assert, assertEquals } from "@std/assert";
import { ticks } from "../datasets/datasets.ts";
import { batchOf, validMessage } from "../testing.ts";
import { Meter } from "./meter.ts";

/** A batch of so many records, appended at that moment. */
function appended(count: number, atMs: number) {
  const messages = Array.from({ length: count }, (_, i) => validMessage(ticks, i));
  return batchOf(ticks.topic, 0, 0, messages, atMs);
}

Deno.test("Meter: before the first write there is no rate and no latency", () => {
  const meter = new Meter(() => 0);
  assertEquals(meter.read(), {
    records: 0,
    ratePerSecond: 0,
    latencyMsP50: null,
    latencyMsP99: null,
  });
});

Deno.test("Meter: records are counted from the start, the rate over the last five seconds", () => {
  let now = 10_000;
  const meter = new Meter(() => now);
  for (; now < 20_000; now += 1000) meter.note([appended(40, now - 3), appended(10, now - 3)]);
  now -= 1000;
  assertEquals(meter.read().records, 500);
  assertEquals(meter.read().ratePerSecond, 60);
  now += 6000;
  assertEquals([meter.read().records, meter.read().ratePerSecond], [500, 0]);
  assertEquals(meter.read().latencyMsP50, null);
});

Deno.test("Meter: at the start the rate is over the time there was", () => {
  let now = 10_000;
  const meter = new Meter(() => now);
  for (; now <= 12_000; now += 500) meter.note([appended(25, now)]);
  now = 12_000;
  assertEquals(meter.read().ratePerSecond, 62.5);
});

Deno.test("Meter: latency is from append to now, of each append in the write", () => {
  const now = 100_000;
  const meter = new Meter(() => now);
  for (let ms = 1; ms <= 100; ms++) meter.note([appended(1, now - ms)]);
  assertEquals(meter.read().latencyMsP50, 51);
  assertEquals(meter.read().latencyMsP99, 100);
});

Deno.test("Meter: more writes than it remembers do not lower the rate", () => {
  let now = 0;
  const meter = new Meter(() => now);
  for (now = 1; now <= 5000; now++) meter.note([appended(2, now)]);
  const { ratePerSecond } = meter.read();
  assert(Math.abs(ratePerSecond / 2000 - 1) < 0.01, `${ratePerSecond}/s`);
});

Deno.test("Meter looks at few runs of a batch, the first among them", () => {
  const meter = new Meter(() => 10_000);
  const batch = appended(10_000, 0);
  const runs = Array.from({ length: 10_000 }, (_, i) => ({ key: "k", count: 1, timestampMs: i }));
  meter.note([{ ...batch, runs }]);
  const { records, latencyMsP99 } = meter.read();
  assertEquals(records, 10_000);
  assertEquals(latencyMsP99, 10_000);
});
