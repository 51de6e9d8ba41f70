/**
 * The servers and programs that the tests of `deno task test:services` share: what they need, how
 * they are installed, side by side, and started.
 * @module
 */
import { join } from "node:path";
import { startGroup } from "services/group.ts";
import { type Need, PYTHON } from "services/kit/needs.ts";
import { installAll, needsOfAll } from "services/recipes.ts";
import { writeState } from "services/state.ts";
import { installExchangeCalendars } from "./calendars/install.ts";
import { installDbt } from "./parity/install.ts";
import { installSnowduck } from "./snowpipe/snowduck.ts";

/** Those that the tests share; those that a test kills are its own. */
const SHARED = ["kafka", "minio", "versitygw", "azurite", "registry", "snowflake"] as const;

/** What must be there, to install what is missing and to run all. */
export async function needsOfTests(): Promise<readonly Need[]> {
  return [...new Set([...await needsOfAll([...SHARED, "postgres"]), PYTHON])];
}

/** Installs what is missing, side by side, and returns what the tests must be told of it. */
export async function installForTests(): Promise<{ env: Record<string, string> }> {
  const [dbt] = await Promise.all([
    installDbt(),
    installSnowduck(),
    installExchangeCalendars(),
    installAll(SHARED),
  ]);
  return { env: { TICKHOUSE_DBT: dbt } };
}

/** Starts the servers that the tests share, and tells of them as `withServices` expects. */
export async function startServers(): Promise<AsyncDisposable & { env: Record<string, string> }> {
  const folder = await Deno.makeTempDir({ prefix: "tickhouse-servers-" });
  const group = await startGroup(SHARED);
  await writeState(folder, group.services);
  return {
    env: { TICKHOUSE_SERVICES_ENV: join(folder, "env") },
    [Symbol.asyncDispose]: async () => {
      await group[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
