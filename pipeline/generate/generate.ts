/**
 * The files that derive from the datasets and the settings. `deno task generate` writes them, `--check` names the
 * stale ones and exits with status 1.
 * @module
 */
import { dirname, join } from "node:path";
import { envExample } from "../config/config.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import { architecturePage, readArrows } from "./architecture.ts";
import { avroSchema } from "../datasets/avro.ts";
import { DATASETS } from "../datasets/datasets.ts";
import { DBT_SOURCES_FILE, dbtSources } from "./dbt_sources.ts";
import { errorsPage } from "./errors_page.ts";
import { formatsPage } from "./formats_page.ts";
import { quirksPage } from "services/feeds/quirks/page.ts";
import { metadataPage } from "./metadata_page.ts";
import { snowflakeFiles } from "../snowflake/ddl.ts";

/** The folder whose imports are drawn. */
const PROJECT = join(import.meta.dirname ?? ".", "../..");

/** Path below the project's folder → text, of every file that derives. */
export function generatedFiles(): Map<string, string> {
  const files = new Map([
    [".env.example", envExample()],
    [DBT_SOURCES_FILE, dbtSources()],
    ["docs/errors.md", errorsPage()],
    ["docs/formats.md", formatsPage()],
    ["docs/feeds_quirks.md", quirksPage()],
    ["docs/metadata.md", metadataPage()],
    ["docs/architecture.md", architecturePage(readArrows(PROJECT))],
  ]);
  for (const dataset of DATASETS) {
    files.set(
      `data/schemas/${dataset.name}.avsc`,
      `${JSON.stringify(avroSchema(dataset), null, 2)}\n`,
    );
  }
  for (const [name, text] of snowflakeFiles()) files.set(`sql/snowflake/${name}`, text);
  return files;
}

/** The paths whose file is missing or differs, ascending. `root` is the project's folder. */
export async function staleFiles(root: string): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, text] of generatedFiles()) {
    if (await readIfAny(join(root, path)) !== text) stale.push(path);
  }
  return stale.sort();
}

/** Writes what is stale and returns its paths. */
export async function writeGenerated(root: string): Promise<string[]> {
  const files = generatedFiles();
  const stale = await staleFiles(root);
  for (const path of stale) {
    // The root is there, and the task may write only what it makes.
    if (dirname(path) !== ".") await Deno.mkdir(join(root, dirname(path)), { recursive: true });
    await Deno.writeTextFile(join(root, path), files.get(path) ?? "");
  }
  return stale;
}

async function readIfAny(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw new TickhouseError("FILE_UNREADABLE", messageOf(cause), {
      field: "file",
      value: path,
      cause,
    });
  }
}

if (import.meta.main) {
  const root = join(import.meta.dirname ?? ".", "../..");
  const check = Deno.args.includes("--check");
  const stale = check ? await staleFiles(root) : await writeGenerated(root);
  for (const path of stale) console.log(`${check ? "stale" : "wrote"} ${path}`);
  if (check && stale.length > 0) {
    console.error("run `deno task generate` and commit what it writes");
    Deno.exit(1);
  }
}
