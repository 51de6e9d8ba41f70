/**
 * fakesnow: an independent Snowflake over DuckDB. It checks no password.
 * @module
 */
import { join } from "node:path";
import { install, makeVenv, needPython, type Recipe } from "./install.ts";
import { accepts, LOOPBACK } from "./ports.ts";
import type { StartOptions } from "./service.ts";
import { type Single, startSingle } from "./single.ts";
import { VERSIONS } from "./versions.ts";

/** How fakesnow is installed. */
export const snowflakeRecipe: Recipe = {
  name: "snowflake",
  requires: needPython,
  build: async (folder) => {
    const fakesnow = `fakesnow[server]==${VERSIONS.snowflake}`;
    await makeVenv(join(folder, "venv"), [fakesnow, "snowflake-connector-python==4.*"]);
  },
};

/** Starts fakesnow. */
export async function startSnowflake(options: StartOptions = {}): Promise<Single> {
  const folder = await install(snowflakeRecipe, options);
  return await startSingle("snowflake", options, (home, port) => ({
    program: join(folder, "venv", "bin", "python"),
    args: ["-m", "fakesnow", "-s", "--host", LOOPBACK, "-p", `${port}`, "-d", home.make("data")],
    ready: () => accepts(port),
    variables: (endpoint) => ({ FAKESNOW_URL: endpoint }),
  }));
}
