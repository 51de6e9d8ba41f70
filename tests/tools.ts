/**
 * The programs that some tests need beside Deno, found or installed: a Chromium for the pages, dbt
 * for the parity of the models. Installed once into the user's cache folder.
 * @module
 */
import { delimiter, join } from "node:path";
import { startGroup } from "services/group.ts";
import { writeState } from "services/state.ts";
import { runs } from "tickhouse/program.ts";
import { programIn, pythonEnvironment } from "tickhouse/install/python.ts";

/** Where the tests are that run with the least permissions: lanes of about equal length. */
export const PLAIN = [
  ["pipeline/", "std/", "tests/crash/"],
  [
    "tests/audit/",
    "tests/cli/",
    "tests/install/",
    "tests/mutants/",
    "tests/notebooks/",
    "tests/parity/",
  ],
];

/** Where those are that start a browser, whose driver asks for all permissions. */
export const BROWSER = ["tests/page/"];

/**
 * Where those are that stand on real servers: lanes of about equal length, Kafka and object stores
 * in one, Snowflake's stand-in in the other.
 */
export const SERVED = [
  [
    "services/",
    "tests/kafka/",
    "tests/stores/",
    "tests/registry/",
    "tests/routes/",
    "tests/services/",
  ],
  ["tests/snowflake/", "tests/migrate/", "tests/snowpipe/", "tests/mirror/", "tests/warehouses/"],
];

/** Where the faults are: real processes killed, real servers cut off. */
export const FAULTS = ["tests/faults/"];

/** The servers that the tests share; those that a test kills are its own. */
const SERVERS = ["kafka", "minio", "versitygw", "azurite", "registry", "snowflake"] as const;

/** What was found: environment variables for the tests. */
export interface Tools {
  readonly TICKHOUSE_CHROMIUM: string;
  readonly TICKHOUSE_DBT: string;
}

/** Versions that the tests were written against. */
const DBT = [
  "dbt-core==1.11.16",
  "dbt-duckdb==1.11.1",
  "duckdb==1.5.5",
  "dbt-snowflake==1.12.3",
  "snowflake-connector-python==4.8.0",
];

const CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const CHROMIUM_PATHS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** Starts the servers that the tests share, and tells of them as `withServices` expects. */
export async function startServers(): Promise<AsyncDisposable & { env: Record<string, string> }> {
  console.log(`servers for the tests: ${SERVERS.join(", ")}; the first time they are installed`);
  const folder = await Deno.makeTempDir({ prefix: "tickhouse-servers-" });
  const group = await startGroup(SERVERS);
  await writeState(folder, group.services);
  return {
    env: { TICKHOUSE_SERVICES_ENV: join(folder, "env") },
    [Symbol.asyncDispose]: async () => {
      await group[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Finds or installs both. */
export async function findTools(): Promise<Tools> {
  return { TICKHOUSE_CHROMIUM: await chromium(), TICKHOUSE_DBT: await dbt() };
}

async function chromium(): Promise<string> {
  const given = Deno.env.get("TICKHOUSE_CHROMIUM");
  if (given) return given;
  const found = await findChromium();
  if (found) return found;
  if (Deno.build.os === "linux" && Deno.uid() === 0 && await runs("apt-get")) {
    await must("apt-get", ["update", "-qq"]);
    await must("apt-get", ["install", "-y", "-qq", "chromium"]);
    const installed = await findChromium();
    if (installed) return installed;
  }
  throw new Error(
    "The tests of the pages need Chromium: install it, or set TICKHOUSE_CHROMIUM to its path.",
  );
}

/** Its absolute path. */
async function findChromium(): Promise<string | undefined> {
  const folders = (Deno.env.get("PATH") ?? "").split(delimiter);
  const paths = CHROMIUM_NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return await firstThatRuns([...paths, ...CHROMIUM_PATHS]);
}

async function dbt(): Promise<string> {
  const given = Deno.env.get("TICKHOUSE_DBT");
  if (given) return given;
  const name = DBT.slice(0, 2).join("_").replaceAll("==", "-");
  const below = [3, 14] as const;
  const folder = await pythonEnvironment({ name, packages: DBT, below, note: console.log });
  return programIn(folder, "dbt");
}

async function firstThatRuns(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) if (await runs(name)) return name;
  return undefined;
}

async function must(program: string, args: string[]): Promise<void> {
  console.log(`installing: ${program} ${args.join(" ")}`);
  const { success, code } = await new Deno.Command(program, { args, stdin: "null" }).output();
  if (!success) throw new Error(`${program} ${args.join(" ")} ended with ${code}`);
}
