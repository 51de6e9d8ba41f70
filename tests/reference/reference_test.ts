/**
 * Silver and gold against a reference that was written from the documents alone: every row of random
 * days, in one run and run by run.
 */
import { transform } from "../../pipeline/transform/transform.ts";
import { EmptyWarehouse, PROJECT } from "../../pipeline/transform/warehouse_fixture.ts";
import { assertAgrees } from "./compare.ts";
import { expectedOf } from "./expected.ts";
import { insertion, PERIODS, RandomDays } from "./random_days.ts";
import type { TradeRecord } from "./record.ts";
import { readReferenceData } from "./reference_data.ts";

const DATA = readReferenceData(PROJECT.folder);

for (const [index, [period, days]] of Object.entries(PERIODS).entries()) {
  Deno.test(`silver and gold are what the reference says, at once: ${period}`, async () => {
    await using warehouse = await EmptyWarehouse.open();
    const { session } = warehouse;
    const records = new RandomDays(index + 1, days, 13).batch(1500);
    await session.run(insertion(records));
    await transform({ project: PROJECT, session, checks: false });
    await assertAgrees(session, expectedOf(DATA, records));
  });

  Deno.test(`silver and gold are what the reference says, run by run: ${period}`, async () => {
    await using warehouse = await EmptyWarehouse.open();
    const { session } = warehouse;
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
