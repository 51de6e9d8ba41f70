/** The examples of docs/quality.md: each statement gives the table that stands behind it. @module */
import { assertEquals } from "@std/assert";
import { runSection, sectionsOf } from "./examples_fixture.ts";

const { sections, headings } = await sectionsOf("docs/quality.md");

Deno.test("docs/quality.md has an example of each rule", () => {
  assertEquals(sections.length, headings - 1);
});

for (const section of sections) {
  const title = section.slice(3, section.indexOf("\n"));
  Deno.test(`docs/quality.md, "${title}": the statements give their tables`, async () => {
    assertEquals(await runSection(section), section.match(/^```sql$/gm)?.length);
  });
}
