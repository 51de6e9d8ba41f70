/**
 * Reference tables that change between runs: symbols that are listed late or move, holidays, splits and
 * exchanges; against the reference, and against models that are built at once.
 */
import { assertEquals } from "@std/assert";
import { createSchema } from "../../pipeline/duckdb/schema.ts";
import { DuckDbFile } from "../../pipeline/duckdb/engine/file.ts";
import { TempFolder } from "../../pipeline/testing.ts";
import { Project, transform } from "../../pipeline/transform/transform.ts";
import { assertAgrees } from "./compare.ts";
import { expectedOf } from "./expected.ts";
import { insertion, PERIODS, RandomDays } from "./random_days.ts";
import type { TradeRecord } from "./record.ts";
import { readReferenceData } from "./reference_data.ts";

const MODELS = new URL("../../models", import.meta.url).pathname;

/** A copy of the models, whose seeds may be changed. */
class Copy implements Disposable {
  readonly #folder = new TempFolder();
  readonly path = `${this.#folder.path}/models`;

  constructor() {
    copyFolder(MODELS, this.path);
  }

  append(seed: string, row: string): void {
    Deno.writeTextFileSync(`${this.path}/seeds/${seed}.csv`, `${row}\n`, { append: true });
  }

  replace(seed: string, row: string, by: string): void {
    const path = `${this.path}/seeds/${seed}.csv`;
    const text = Deno.readTextFileSync(path);
    assertEquals(text.split(`${row}\n`).length, 2, row);
    Deno.writeTextFileSync(path, text.replace(`${row}\n`, `${by}\n`));
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyFolder(`${from}/${name}`, `${to}/${name}`);
    else Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

const NVIDIA = ["us,NVDA,,,NVDA,NVIDIA,Technology,4300", "USD"] as const;

/** What changes before each run. */
const CHANGES: readonly (readonly [what: string, change: (models: Copy, day: string) => void])[] = [
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
    models.append("ref_holidays", `GB,${day},Test,`);
    models.append("ref_holidays", `JP,${day},Test,690`);
  }],
  ["a split", (models, day) => models.append("ref_corporate_actions", `AAPL,${day},split,4`)],
  ["a source has an exchange of its own", (models) => {
    models.replace("ref_sources", "dukascopy,fx,,no,", "dukascopy,fx,XETR,no,");
  }],
  ["a listing is taken back", (models) => {
    models.replace("ref_symbols", "us,ÅÄÖ 株,,,JP1,Late,Other,,XTKS,JPY", "");
  }],
];

for (const [index, [period, days]] of Object.entries(PERIODS).entries()) {
  if (index % 2 === 1) continue;
  Deno.test(`candles follow reference tables that change between runs: ${period}`, async () => {
    using models = new Copy();
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
