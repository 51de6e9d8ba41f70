/**
 * What the tests of Snowflake share: the stand-in, and a database for each test.
 * @module
 */
import { withServices } from "services/fixture.ts";
import type { SnowflakeOptions } from "tickhouse/snowflake/options.ts";
import { SnowflakeSession } from "tickhouse/snowflake/session.ts";

const { snowflake } = await withServices(["snowflake"]);

/** By the address of each stand-in: the file of the token that its own routes ask for. */
const tokenFiles = new Map<string | undefined, string>();

/** The stand-in's user, as a user sets it. */
export const standIn: SnowflakeOptions = optionsOf(snowflake.variables);

/** Options out of the variables that `services up` prints. */
export function optionsOf(variables: Readonly<Record<string, string>>): SnowflakeOptions {
  const of = (name: string) => variables[`TICKHOUSE_SNOWFLAKE_${name}`] ?? "";
  tokenFiles.set(of("URL"), variables["TICKHOUSE_SERVICES_SNOWFLAKE_TOKEN"] ?? "");
  return {
    account: of("ACCOUNT"),
    user: of("USER"),
    authenticator: "password",
    password: of("PASSWORD"),
    role: of("ROLE"),
    warehouse: of("WAREHOUSE"),
    database: of("DATABASE"),
    url: of("URL"),
  };
}

/** A database that is dropped with all in it. */
export interface TestDatabase extends AsyncDisposable {
  readonly options: SnowflakeOptions;
  /** The statements that were run in it so far, as they were sent, with how each ended. */
  statements(): Promise<Statement[]>;
}

/** What the stand-in notes of a statement. */
export interface Statement {
  readonly id: number;
  readonly sql: string;
  /** `ran`, `recorded` (accepted, without effect) or `failed`. */
  readonly how: string;
  readonly tag: string;
  readonly requestId: string;
  readonly code: string | null;
}

/** Makes a database with a name of its own. */
export async function testDatabase(base: SnowflakeOptions = standIn): Promise<TestDatabase> {
  const name = `T_${crypto.randomUUID().replaceAll("-", "").slice(0, 12)}`.toUpperCase();
  const alter = async (sql: string) => {
    await using session = await SnowflakeSession.open(base);
    await session.run(sql);
  };
  await alter(`CREATE DATABASE ${name}`);
  return {
    options: { ...base, database: name },
    statements: async () => {
      const { statements } = await ask(base, `statements?database=${name}`);
      return statements;
    },
    [Symbol.asyncDispose]: () => alter(`DROP DATABASE ${name}`),
  };
}

/** The file that holds the token of a stand-in's own routes. */
export function adminTokenFile({ url }: SnowflakeOptions): string {
  return tokenFiles.get(url) ?? "";
}

/** Asks the stand-in for what Snowflake has not: its notes, other users, expired sessions. */
export async function ask(
  options: SnowflakeOptions,
  path: string,
  body?: Record<string, unknown>,
  // deno-lint-ignore no-explicit-any
): Promise<any> {
  const headers = { "x-standin-token": await Deno.readTextFile(adminTokenFile(options)) };
  const send = { method: "POST", body: JSON.stringify(body) };
  const url = `${options.url}/_standin/${path}`;
  const reply = await fetch(url, { headers, ...(body === undefined ? {} : send) });
  return await reply.json();
}
