/**
 * Reference tables that change between runs: symbols that are listed late or move, holidays, splits and
 * exchanges; against the reference, and against models that are built at once.
 */
import { createSchema } from "../../pipeline/duckdb/schema.ts";
import { DuckDbFile } from "../../pipeline/duckdb/engine/file.ts";
import { ModelsCopy } from "../../pipeline/transform/models_copy_fixture.ts";
import { Project, transform } from "../../pipeline/transform/transform.ts";
import { assertAgrees } from "./compare.ts";
import { expectedOf } from "./expected.ts";
import { insertion, PERIODS, RandomDays } from "./random_days.ts";
import type { TradeRecord } from "./record.ts";
import { readReferenceData } from "./reference_data.ts";

const NVIDIA = ["us,NVDA,,,NVDA,NVIDIA,Technology,4300", "USD"] as const;

/** What changes before each run. */
const CHANGES:
  readonly (readonly [what: string, change: (models: ModelsCopy, day: string) => void])[] = [
    ["nothing", () => {}],
    ["a symbol is listed late", (models) => {
      models.append("ref_symbols", "us,ÅÄÖ 株,,,JP1,Late,Other,,XTKS,JPY");
      models.append("ref_symbols", `"O'Hara|""; --",OIL,,,OIL,Oil,Energy,,CMES,USD`);
    }],
    ["a symbol moves", (models) => {
      models.replace("ref_symbols", NVIDIA.join(",XNAS,"), NVIDIA.join(",XLON,"));
    }],
    ["a symbol moves on a day", (models, day) => {
      const [, , , ...rest] = NVIDIA.join(",XLON,").split(",").slice(1);
      models.replace(
        "ref_symbols",
        NVIDIA.join(",XLON,"),
        `us,NVDA,,${day},${rest.join(",")}\nus,NVDA,${day},,${
          rest.join(",").replace("XLON", "XNAS")
        }`,
      );
    }],
    ["a holiday and a half day", (models, day) => {
      models.append("ref_holidays", `GB,${day},Test,holiday,,,,,test`);
      models.append("ref_holidays", `JP,${day},Test,hours,,690,,,test`);
    }],
    ["a late open, and a session without its break", (models, day) => {
      models.replace(
        "ref_holidays",
        `GB,${day},Test,holiday,,,,,test`,
        `GB,${day},Test,hours,600,990,720,780,test`,
      );
      models.replace(
        "ref_holidays",
        `JP,${day},Test,hours,,690,,,test`,
        `JP,${day},Test,hours,600,900,660,660,test`,
      );
    }],
    ["a split", (models, day) => models.append("ref_corporate_actions", `AAPL,${day},split,4`)],
    ["a source has an exchange of its own", (models) => {
      models.replace("ref_sources", "dukascopy,fx,,no,", "dukascopy,fx,XETR,no,");
    }],
    ["a condition says something else", (models) => {
      models.append("ref_conditions", "sip,?,Test,no,no,no,extended");
      models.append("ref_conditions", "yahoo,6,Test,yes,yes,yes,close");
    }],
    ["a source has other conditions", (models) => {
      models.replace("ref_sources", "csv,us us-renamed,,yes,sip", "csv,us us-renamed,,yes,yahoo");
    }],
    ["conditions are taken back", (models) => {
      models.replace("ref_conditions", "yahoo,6,Test,yes,yes,yes,close", "");
    }],
    ["a listing is taken back", (models) => {
      models.replace("ref_symbols", "us,ÅÄÖ 株,,,JP1,Late,Other,,XTKS,JPY", "");
    }],
  ];

for (const [index, [period, days]] of Object.entries(PERIODS).entries()) {
  // A change of clocks, and Amazon's split, with which the rest changes in each run.
  if (index !== 0 && index !== 4) continue;
  Deno.test(`candles follow reference tables that change between runs: ${period}`, async () => {
    using models = new ModelsCopy();
    await using file = await DuckDbFile.open(":memory:");
    await using session = await file.session();
    await createSchema(session);
    const arrivals = new RandomDays(index + 201, days, 13);
    const records: TradeRecord[] = [];
    for (const [what, change] of CHANGES) {
      change(models, days[days.length - 2] ?? "");
      const project = await Project.load(models.path);
      const expected = () => expectedOf(readReferenceData(models.path), records);
      if (records.length > 0) {
        await transform({ project, session, checks: false });
        await assertAgrees(session, expected(), what);
      }
      const batch = arrivals.batch(200);
      records.push(...batch);
      await session.run(insertion(batch));
      await transform({ project, session, checks: false });
      await assertAgrees(session, expected(), `${what}, and more records`);
    }
  });
}
