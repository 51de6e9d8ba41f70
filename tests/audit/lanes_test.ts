import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TempFolder } from "tickhouse/testing.ts";
import { countsText, failuresText, runFiles, type Tally } from "../lanes.ts";

const RED = `Deno.test("holds", () => {});
  Deno.test("breaks", async (t) => {
    await t.step("at one step", () => { throw new Error("the cause"); });
  });`;

async function run(...texts: readonly string[]): Promise<Tally> {
  using folder = new TempFolder();
  const files = texts.map((text, i) => {
    const path = `${folder.path}/${i}_test.ts`;
    Deno.writeTextFileSync(path, text);
    return path;
  });
  return await runFiles({ files, flags: () => ["--no-config", "--no-check"], shown: () => {} });
}

Deno.test("runFiles() counts what passes, fails and is left out, over all files", async () => {
  const tally = await run(`Deno.test("a", () => {}); Deno.test.ignore("b", () => {});`, RED);
  const { files, passed, failed, ignored } = tally;
  assertEquals([files, passed, failed, ignored], [2, 2, 1, 1]);
  assertStringIncludes(countsText(tally), "2 passed, 1 failed, 1 ignored, in 2 files");
});

Deno.test("failuresText() shows message and name of what failed again", async () => {
  const text = failuresText(await run(RED));
  assertStringIncludes(text, "the cause");
  assert(/FAILED \S+0_test\.ts: breaks \.\.\. at one step$/.test(text), text);
});

for (
  const [what, text] of Object.entries({
    "does not parse": "Deno.test(",
    "ends its process": `Deno.test("a", () => {}); Deno.test("b", () => Deno.kill(Deno.pid, 9));`,
    "has no test": "export {};",
  })
) {
  Deno.test(`runFiles(): a file that ${what} is red`, async () => {
    const tally = await run(text);
    assertEquals(tally.failed, 1, JSON.stringify(tally));
    assertEquals(tally.failures.length, 1);
    assert(/FAILED \S+0_test\.ts$/.test(failuresText(tally)), failuresText(tally));
  });
}
