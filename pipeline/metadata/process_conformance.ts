/** What a store must do when several processes use it, and when they die. @module */
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { empty, type TestOfStore } from "./conformance.ts";
import type { Gap } from "./gaps.ts";
import { BUDGET, LIMIT, type Place, SERIES, UNITS } from "./process_fixture.ts";
import { subtract } from "./range.ts";

const PROCESSES = 4;
const KILLS = 5;

/** Registers the tests. */
export function processConformance(test: TestOfStore): void {
  test("processes that start at once on an empty store take a budget together", async (under) => {
    await using engine = under.engine();
    await empty(engine);
    const taken = await Promise.all(
      Array.from({ length: PROCESSES }, async () => {
        const { success, stdout, stderr } = await start(under.place, "take").output();
        assert(success, new TextDecoder().decode(stderr));
        return Number(new TextDecoder().decode(stdout));
      }),
    );
    assertEquals(taken.reduce((sum, count) => sum + count, 0), LIMIT);
    await using store = await under.open();
    assertEquals(await store.requests.used(BUDGET), LIMIT);
  });

  test("a process that is killed in the midst of its writes leaves a valid store", async ({ store, place }) => {
    const whole = { fromUs: 0, toUs: UNITS };
    await store.gaps.open({ ...SERIES, ...whole, reason: "halt", detail: null, noticedUs: 0 });
    for (let kill = 1; kill <= KILLS; kill++) {
      await killAfter(start(place, "write"), kill * 7);
      const gaps = await store.gaps.list();
      const halted = gaps.filter(({ reason }) => reason === "halt");
      assertEquals(subtract(whole, halted), [], "a part of the gap is lost");
      assertEquals(sumOf(halted), UNITS, "a part of the gap is there twice");
      assert(gaps.filter(({ reason }) => reason === "quota").length <= 1, "two that touch");
      // It is not held by the dead, and can be written.
      assertEquals(await store.requests.take(BUDGET, KILLS), true);
    }
  });
}

function sumOf(gaps: readonly Gap[]): number {
  return gaps.reduce((sum, { fromUs, toUs }) => sum + toUs - fromUs, 0);
}

function start(place: Place, work: "take" | "write"): Deno.ChildProcess {
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const script = fileURLToPath(new URL("./process_fixture.ts", import.meta.url));
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "-A",
      "--no-check",
      "--config",
      config,
      script,
      JSON.stringify(place),
      work,
    ],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Kills it when it has printed so many lines. */
async function killAfter(child: Deno.ChildProcess, lines: number): Promise<void> {
  const errors = new Response(child.stderr).text();
  let left = lines;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    left -= text.split("\n").length - 1;
    if (left <= 0) break;
  }
  child.kill("SIGKILL");
  await child.status;
  assert(left <= 0, await errors);
}
