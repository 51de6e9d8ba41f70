import { assertEquals } from "@std/assert";
import { EMBEDDED, PAGES, SERVED, testFiles } from "../tiers.ts";

Deno.test("every file of tests belongs to one tier, and to no other", () => {
  const tiers = [EMBEDDED, PAGES, SERVED].flatMap((folders) => testFiles(folders));
  const all = testFiles(["bench", "pipeline", "services", "std", "tests"]);
  assertEquals([...tiers].sort(), all.sort());
});

Deno.test("`deno test -P` finds what `deno task test` runs, but for the pages", () => {
  const { test } = JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)));
  assertEquals([...test.include].sort(), [...EMBEDDED].sort());
});
