/** The examples of docs/markets.md: each statement gives the table that stands behind it. @module */
import { assert, assertEquals } from "@std/assert";
import { runSection, sectionsOf } from "./examples_fixture.ts";

const { sections, headings } = await sectionsOf("docs/markets.md");

Deno.test("docs/markets.md has an example of each thing that it explains", () => {
  assertEquals(sections.length, headings - 1);
  assert(sections.length >= 10);
});

for (const section of sections) {
  const title = section.slice(3, section.indexOf("\n"));
  Deno.test(`docs/markets.md, "${title}": the statements give their tables`, async () => {
    assertEquals(await runSection(section), section.match(/^```sql$/gm)?.length);
  });
}
