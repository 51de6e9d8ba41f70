import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { MUTANT_LISTS, MUTANTS, sampleOf } from "./list.ts";
import { shareOf } from "../turn.ts";
import { plant } from "./mutant.ts";

const ROOT = join(import.meta.dirname ?? ".", "..", "..");

Deno.test("MUTANTS are of today's code: each has its place, and a test of that name", async () => {
  assert(MUTANTS.length >= 40, `${MUTANTS.length} mutants`);
  assertEquals(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length);
  for (const mutant of MUTANTS) {
    const text = await Deno.readTextFile(join(ROOT, mutant.file));
    assert(plant(text, mutant) !== text, mutant.name);
    assert((await Deno.stat(join(ROOT, mutant.test))).isFile, mutant.test);
  }
});

Deno.test("sampleOf() takes some of each list, and turn by turn all of them", () => {
  const turns = Array.from({ length: 40 }, (_, turn) => sampleOf(MUTANT_LISTS, 2, turn));
  for (const chosen of turns) {
    for (const list of MUTANT_LISTS) {
      assertEquals(chosen.filter((mutant) => list.includes(mutant)).length, 2);
    }
  }
  assertEquals(new Set(turns.flat()).size, MUTANTS.length);
});

Deno.test("shareOf() takes a part of a list, and turn by turn all of it once", () => {
  const list = Array.from({ length: 10 }, (_, i) => i);
  assertEquals(shareOf(list, 4, 5), [1, 5, 9]);
  const turns = [0, 1, 2, 3].flatMap((turn) => shareOf(list, 4, turn));
  assertEquals(turns.sort((a, b) => a - b), list);
  for (const none of [0, -1, 1.5, NaN]) assertThrows(() => shareOf(list, none, 0), RangeError);
});
