/**
 * A stand-in for Snowflake: fakesnow, an independent Snowflake over DuckDB, behind our own front
 * (services/snowflake/) that checks logins, locks what a transaction writes, loads from stages and
 * notes every statement. What it can't do it refuses.
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { install, makeVenv, type Recipe } from "./kit/install.ts";
import { PYTHON } from "./kit/needs.ts";
import { accepts, LOOPBACK } from "./kit/ports.ts";
import { secret, type StartOptions } from "./kit/service.ts";
import { type Single, startSingle } from "./kit/single.ts";
import { VERSIONS } from "./kit/versions.ts";

const SERVER = fileURLToPath(new URL("./snowflake/server.py", import.meta.url));

/** How fakesnow is installed. */
export const snowflakeRecipe: Recipe = {
  name: "snowflake",
  needs: [PYTHON],
  build: async (folder) => {
    const fakesnow = `fakesnow[server]==${VERSIONS.snowflake}`;
    // Compiled: most of its time goes into reading SQL.
    await makeVenv(join(folder, "venv"), [
      fakesnow,
      "sqlglot[c]",
      "snowflake-connector-python==4.*",
    ]);
  },
};

/** What else can be said about the stand-in. */
export interface SnowflakeOptions extends StartOptions {
  /**
   * Seconds after which a transaction that does nothing and blocks another one is rolled back.
   * Default: 300, as Snowflake's.
   */
  readonly idleSeconds?: number;
  /** Folders that stages on file:// may read; its own stages are all that it has else. */
  readonly reads?: readonly string[];
}

/** Starts the stand-in; without a data folder its databases are in memory. */
export async function startSnowflake(options: SnowflakeOptions = {}): Promise<Single> {
  const folder = await install(snowflakeRecipe, options);
  return await startSingle("snowflake", options, (home, port) => {
    const password = secret(home);
    const kept = options.data === undefined ? [] : ["--data", home.make("data")];
    const { idleSeconds = 300, reads = [] } = options;
    const stages = home.make("stages");
    const tokenFile = join(home.make("secret"), "token");
    return {
      program: join(folder, "venv", "bin", "python"),
      // No compiled files beside the sources.
      env: { PYTHONDONTWRITEBYTECODE: "1" },
      args: [
        ...[SERVER, "--host", LOOPBACK, "--port", `${port}`, "--stages", stages],
        ...["--password-file", join(home.folder, "secret", "password")],
        ...["--idle-seconds", `${idleSeconds}`],
        ...["--token-file", tokenFile, ...reads.flatMap((folder) => ["--reads", folder])],
        ...kept,
      ],
      ready: () => accepts(port),
      variables: (endpoint) => ({
        TICKHOUSE_SNOWFLAKE_URL: endpoint,
        TICKHOUSE_SNOWFLAKE_ACCOUNT: "standin",
        TICKHOUSE_SNOWFLAKE_USER: "TICKHOUSE",
        TICKHOUSE_SNOWFLAKE_PASSWORD: password,
        TICKHOUSE_SNOWFLAKE_DATABASE: "TICKHOUSE",
        TICKHOUSE_SNOWFLAKE_WAREHOUSE: "TICKHOUSE",
        TICKHOUSE_SNOWFLAKE_ROLE: "TICKHOUSE",
        // What its routes for tests ask for: a file, since each start makes another token.
        TICKHOUSE_SERVICES_SNOWFLAKE_TOKEN: tokenFile,
        // The driver copies files there by itself.
        TICKHOUSE_SERVICES_SNOWFLAKE_STAGES: stages,
      }),
    };
  });
}
