/**
 * Silver and gold against a reference that was written from the documents alone: every row of random
 * days, in one run and run by run.
 */
import { createSchema } from "../../pipeline/duckdb/schema.ts";
import { DuckDbFile } from "../../pipeline/duckdb/engine/file.ts";
import { Project, transform } from "../../pipeline/transform/transform.ts";
import { assertAgrees } from "./compare.ts";
import { expectedOf } from "./expected.ts";
import { insertion, PERIODS, RandomDays } from "./random_days.ts";
import type { TradeRecord } from "./record.ts";
import { readReferenceData } from "./reference_data.ts";

const MODELS = new URL("../../models", import.meta.url).pathname;
const PROJECT = await Project.load(MODELS);
const DATA = readReferenceData(MODELS);

for (const [index, [period, days]] of Object.entries(PERIODS).entries()) {
  Deno.test(`silver and gold are what the reference says, at once: ${period}`, async () => {
    await using file = await DuckDbFile.open(":memory:");
    await using session = await file.session();
    await createSchema(session);
    const records = new RandomDays(index + 1, days, 13).batch(1500);
    await session.run(insertion(records));
    await transform({ project: PROJECT, session, checks: false });
    await assertAgrees(session, expectedOf(DATA, records));
  });

  Deno.test(`silver and gold are what the reference says, run by run: ${period}`, async () => {
    await using file = await DuckDbFile.open(":memory:");
    await using session = await file.session();
    await createSchema(session);
    const arrivals = new RandomDays(index + 101, days, 4);
    const records: TradeRecord[] = [];
    for (let run = 0; run < 5; run++) {
      const batch = arrivals.batch(120);
      records.push(...batch);
      await session.run(insertion(batch));
      await transform({ project: PROJECT, session, checks: false });
      await assertAgrees(session, expectedOf(DATA, records));
    }
  });
}
