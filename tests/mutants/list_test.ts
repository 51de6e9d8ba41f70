import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { MUTANTS } from "./list.ts";
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
