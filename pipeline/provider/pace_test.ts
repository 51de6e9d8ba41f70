import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { VirtualClock } from "../clock.ts";
import { TempFolder } from "../testing.ts";
import { type Limit, Pace } from "./pace.ts";

const NOW = Date.UTC(2026, 0, 5, 15);
const MINUTE: Limit = { requests: 60, seconds: 60 };

/** A clock that many wait on at once: each sees its own end of waiting, in order. */
function times(folder: string, limits: readonly Limit[], count: number, paces = 1) {
  const clock = new VirtualClock(NOW);
  const all = Array.from({ length: paces }, () => new Pace({ folder, name: "p", limits, clock }));
  return Array.fromAsync({ length: count }, async (_, i) => {
    await all[i % paces]?.take();
    return clock.now() - NOW;
  });
}

/** The most that lie in any span, wherever it begins. */
function most(found: readonly number[], spanMs: number): number {
  return Math.max(
    ...found.map((from) => found.filter((t) => t >= from && t < from + spanMs).length),
  );
}

Deno.test("Pace.take(): in no span is more asked than the limit says, and no less than half of it", async () => {
  using folder = new TempFolder();
  const found = await times(folder.path, [MINUTE, { requests: 30, seconds: 1 }], 400);
  assert(most(found, 60_000) <= 60, `${most(found, 60_000)} in a minute`);
  assert(most(found, 1_000) <= 30, `${most(found, 1_000)} in a second`);
  assert(most(found, 60_000) >= 45, `only ${most(found, 60_000)} in a minute`);
});

Deno.test("Pace.take(): several that say one name share the limit", async () => {
  using folder = new TempFolder();
  const found = await times(folder.path, [MINUTE], 200, 3);
  assert(most(found, 60_000) <= 60);
});

Deno.test("Pace.take(): one request a span is one a span", async () => {
  using folder = new TempFolder();
  const found = await times(folder.path, [{ requests: 1, seconds: 12 }], 4);
  assertEquals(found, [0, 12_000, 24_000, 36_000]);
});

Deno.test("Pace.pause(): nobody asks until it is over, though others opened the pace before", async () => {
  using folder = new TempFolder();
  const clock = new VirtualClock(NOW);
  const [one, other] = [1, 2].map(() =>
    new Pace({ folder: folder.path, name: "p", limits: [MINUTE], clock })
  );
  await other?.take();
  await one?.pause(7_000);
  await other?.take();
  assertEquals(clock.now() - NOW, 7_000);
});

Deno.test("Pace.take(): a file that is damaged, or of a clock far ahead, stops nobody", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "p.json");
  const ahead = JSON.stringify({ full: { "60/60": NOW + 1e12 }, pausedUntil: NOW + 1e12 });
  for (const text of ["{", "null", "[]", '{"full":{"60/60":"x"},"pausedUntil":null}', ahead]) {
    Deno.writeTextFileSync(path, text);
    const clock = new VirtualClock(NOW);
    await new Pace({ folder: folder.path, name: "p", limits: [MINUTE], clock }).take();
    assertEquals(clock.now(), NOW, text);
  }
});

Deno.test("Pace.take(): an aborted signal ends the wait with its reason", async () => {
  using folder = new TempFolder();
  const pace = new Pace({
    folder: folder.path,
    name: "p",
    limits: [{ requests: 1, seconds: 3600 }],
  });
  await pace.take();
  const stop = new AbortController();
  const waiting = pace.take(stop.signal);
  stop.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
});

Deno.test("Pace.take(): processes that race for a limit share it", async () => {
  using folder = new TempFolder();
  const script = `
    import { Pace } from ${JSON.stringify(import.meta.resolve("./pace.ts"))};
    const clock = { now: () => ${NOW}, sleep: () => Promise.reject(new Error("late")) };
    const limits = [{ requests: 40, seconds: 60 }];
    const pace = new Pace({ folder: ${JSON.stringify(folder.path)}, name: "p", limits, clock });
    let taken = 0;
    for (; taken < 40; taken++) try { await pace.take(); } catch { break; }
    console.log(taken);`;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const args = ["run", "-q", "--no-check", "-A", "--config", config, "--ext", "ts", "-"];
  const taken = await Promise.all(Array.from({ length: 3 }, async () => {
    const child = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" })
      .spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(script));
    await writer.close();
    return Number(new TextDecoder().decode((await child.output()).stdout));
  }));
  // The burst is a quarter of the limit, whoever takes it.
  assertEquals(taken.reduce((sum, one) => sum + one), 10);
});
