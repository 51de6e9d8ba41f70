/**
 * snowduck: a stand-in for Snowpipe Streaming over DuckDB. It checks no signature, and commits what
 * it accepts at once.
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { programIn, pythonEnvironment } from "tickhouse/install/python.ts";
import { answers, freePorts, LOOPBACK } from "services/kit/ports.ts";
import { ServerProcess } from "services/kit/process.ts";
import type { Dataset } from "tickhouse/datasets/dataset.ts";
import { bronzeDdl, bronzeTable } from "tickhouse/datasets/tables.ts";
import type { SnowflakeOptions } from "tickhouse/snowflake/options.ts";

const VERSION = "0.3.0";
const PACKAGES = [`snowduck[server]==${VERSION}`, "sqlglot==30.18.0"];

const SWEEP = fileURLToPath(new URL("../../services/kit/sweep.sh", import.meta.url));
const SERVER = fileURLToPath(new URL("./snowduck_server.py", import.meta.url));

/** A running one. */
export interface Snowduck {
  readonly url: string;
  /** Runs one statement and returns its rows. */
  query(sql: string): Promise<unknown[][]>;
}

/** Installs it if it is missing, starts it and waits until it answers. It ends with this process. */
export async function startSnowduck(): Promise<Snowduck> {
  const python = await installSnowduck();
  const [port = 0] = freePorts(1);
  const folder = Deno.makeTempDirSync({ prefix: "tickhouse-snowduck-" });
  // Removes the folder when this process ends.
  new Deno.Command("sh", { args: [SWEEP, folder], stdin: "piped", stdout: "null" }).spawn().unref();
  const server = new ServerProcess({
    name: "snowduck",
    program: python,
    args: [SERVER, `${port}`],
    env: { SNOWDUCK_STREAMING_HOSTNAME: `${LOOPBACK}:${port}`, PYTHONDONTWRITEBYTECODE: "1" },
    log: join(folder, "snowduck.log"),
    temporary: true,
    ready: () => answers(`http://${LOOPBACK}:${port}/v2/streaming/hostname`),
  });
  await server.start();
  server.unref();
  const url = `http://${LOOPBACK}:${port}`;
  return { url, query: (sql) => query(url, sql) };
}

/** Makes a database with the dataset's bronze table, without what snowduck does not parse. */
export async function makeBronze(
  server: Snowduck,
  database: string,
  dataset: Dataset,
): Promise<void> {
  await server.query(`CREATE DATABASE ${database}`);
  await server.query(`CREATE SCHEMA ${database}.bronze`);
  const name = bronzeTable(dataset);
  const ddl = bronzeDdl(dataset, "snowflake").replace(/\nCLUSTER BY .*/, "");
  await server.query(ddl.replace(name, `${database}.${name}`));
}

/** Where to stream to, for a user with that key. */
export function streamingOptions(
  { url }: Pick<Snowduck, "url">,
  database: string,
  keyPath: string,
): SnowflakeOptions {
  return {
    account: "standin",
    user: "tickhouse",
    authenticator: "key-pair",
    keyPath,
    database,
    url,
  };
}

/** By the SQL API. */
async function query(url: string, statement: string): Promise<unknown[][]> {
  const response = await fetch(`${url}/api/v2/statements`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: "Bearer any" },
    body: JSON.stringify({ statement }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${statement}: ${JSON.stringify(answer)}`);
  return answer.data ?? [];
}

/** Installs it if it is missing, and returns its Python. */
export async function installSnowduck(): Promise<string> {
  const name = `snowduck-${VERSION}`;
  return programIn(await pythonEnvironment({ name, packages: PACKAGES }), "python");
}
