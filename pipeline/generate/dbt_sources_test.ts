import { assertEquals, assertStringIncludes } from "@std/assert";
import { DBT_SOURCES_FILE, dbtSources } from "./dbt_sources.ts";
import { DATASETS } from "../datasets/datasets.ts";

Deno.test("dbtSources() is what models/bronze/sources.yml holds", async () => {
  const file = new URL(`../../${DBT_SOURCES_FILE}`, import.meta.url);
  assertEquals(
    await Deno.readTextFile(file),
    dbtSources(),
    `${DBT_SOURCES_FILE} is stale: run deno task generate`,
  );
});

Deno.test("dbtSources() names every dataset and column", () => {
  const text = dbtSources();
  for (const dataset of DATASETS) {
    assertStringIncludes(text, `      - name: ${dataset.name}\n`);
    for (const column of dataset.columns) {
      assertStringIncludes(text, `          - name: ${column.name}\n`);
    }
  }
});
