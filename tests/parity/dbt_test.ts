/** What dbt makes of the models by itself. @module */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { DuckDbFile } from "../../pipeline/duckdb/engine/file.ts";
import { createSchema } from "../../pipeline/duckdb/schema.ts";
import { TempFolder } from "../../pipeline/testing.ts";
import { Arrivals } from "./arrivals.ts";
import { BUILD, dbt } from "./dbt.ts";
import { type Contents, duckDbHouse, project, rowsBeyond } from "./houses.ts";

Deno.test("dbt by slices comes to what one run gives", async () => {
  using folder = new TempFolder();
  await using seed = await DuckDbFile.open(":memory:");
  await using source = await seed.session();
  await createSchema(source);
  const [whole, sliced] = [duckDbHouse(folder.path, false), duckDbHouse(folder.path, true)];
  const arrivals = new Arrivals(78);
  const known = new Map<string, number>();
  for (const count of [50, 100]) {
    await source.run(arrivals.batch(count));
    const rows = await rowsBeyond(source, known);
    for (const house of [whole, sliced]) await house.insert(rows);
    await whole.build();
    // The first run takes everything, the second a part.
    await sliced.build({ slice_records: 60 });
  }
  const expected = withoutVersions(await whole.contents());
  assertNotEquals(withoutVersions(await sliced.contents()), expected);
  for (let run = 0; run < 4; run++) await sliced.build({ slice_records: 60 });
  assertEquals(withoutVersions(await sliced.contents()), expected);
});

/** A version tells in how many runs a row was built. */
function withoutVersions(contents: Contents): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(contents).map(([name, { columns, rows }]) => {
      const version = columns.indexOf("_version");
      const kept = (row: string) =>
        JSON.stringify((JSON.parse(row) as unknown[]).filter((_, i) => i !== version));
      return [name, rows.map(kept).sort()];
    }),
  );
}

Deno.test("dbt parse has no warning about the models", async () => {
  using folder = new TempFolder();
  const variables = { TICKHOUSE_DBT_DUCKDB: `${folder.path}/none.duckdb` };
  const printed = await dbt(folder.path, variables, "--warn-error", "parse");
  assert(!/warning|deprecat/i.test(printed), printed);
});

Deno.test("dbt docs describe every column of every table, and freshness is asked of each source", async () => {
  using folder = new TempFolder();
  const variables = { TICKHOUSE_DBT_DUCKDB: `${folder.path}/docs.duckdb` };
  {
    await using file = await DuckDbFile.open(`${folder.path}/docs.duckdb`);
    await using session = await file.session();
    await createSchema(session);
    await session.run(new Arrivals(5).batch(50));
    for (const table of ["ticks", "quotes", "bars", "index_bars", "corporate_actions"]) {
      await session.run(`UPDATE bronze.${table} SET _ingest_time = now()::TIMESTAMP`);
    }
  }
  await dbt(folder.path, variables, ...BUILD);
  await dbt(folder.path, variables, "docs", "generate");
  const read = async (name: string) =>
    JSON.parse(await Deno.readTextFile(`${folder.path}/target/${name}.json`));
  const { nodes, sources } = await read("catalog");
  const manifest = await read("manifest");
  const described = { ...manifest.nodes, ...manifest.sources };
  const absent = Object.entries<{ columns: object }>({ ...nodes, ...sources }).flatMap((
    [id, { columns }],
  ) =>
    Object.keys(columns).filter((c) => !described[id].columns[c.toLowerCase()]?.description)
      .map((c) => `${id}.${c}`)
  );
  assertEquals(absent, []);
  assertEquals(Object.keys(nodes).length, project.models.length);
  assertEquals(Object.keys(manifest.exposures).length, 2);
  await dbt(folder.path, variables, "source", "freshness");
  const { results } = await read("sources");
  assertEquals(results.map(({ status }: { status: string }) => status), Array(5).fill("pass"));
});
