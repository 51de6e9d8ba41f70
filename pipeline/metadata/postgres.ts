/** The metadata store in PostgreSQL, for processes on several machines. @module */
import { CamelCasePlugin, Kysely } from "kysely";
import { PostgresJSDialect } from "kysely-postgres-js";
import postgres from "postgres";
import { messageOf, TickhouseError } from "../errors.ts";
import type { Engine } from "./engine.ts";
import type { Tables } from "./tables.ts";

/** Which database. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, and `?sslmode=verify-full` where it has TLS. */
  readonly url: string;
  /** Where the tables are; made if it is missing. Default: "tickhouse". */
  readonly schema?: string;
}

/** Connections of a process: it has few questions at a time. */
const CONNECTIONS_MAX = 4;
const CONNECT_SECONDS = 10;
const IDLE_SECONDS = 60;
/** Nothing is under way any more; one that can't be reached would wait for all of it. */
const CLOSE_SECONDS = 0.2;
/** PostgreSQL's number for the type `bigint`. */
const BIGINT = 20;

/** Connects with the first question. Throws as `postgresFault` says. */
export function postgresEngine({ url, schema = "tickhouse" }: PostgresOptions): Engine {
  const where = placeOf(url);
  const sql = postgres(url, {
    max: CONNECTIONS_MAX,
    connect_timeout: CONNECT_SECONDS,
    idle_timeout: IDLE_SECONDS,
    // `fetch_types: false` would make the first reservation wait for ever.
    onnotice: () => {},
    connection: { application_name: "tickhouse" },
    types: { whole: { to: BIGINT, from: [BIGINT], serialize: String, parse: Number } },
  });
  const bare = new Kysely<Tables>({
    dialect: new PostgresJSDialect({ postgres: sql }),
    plugins: [new CamelCasePlugin()],
  });
  let isOpen = true;
  return {
    where,
    bare,
    schema,
    lock: async (trx, name) => {
      await trx.selectNoFrom(({ fn, val }) => {
        const number = fn("hashtextextended", [val(name), val(0)]);
        return fn("pg_advisory_xact_lock", [number]).as("locked");
      }).execute();
    },
    fault: (error) => postgresFault(error, where),
    [Symbol.asyncDispose]: async () => {
      if (!isOpen) return;
      isOpen = false;
      await sql.end({ timeout: CLOSE_SECONDS });
    },
  };
}

/** The address as it may be shown. */
function placeOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** What PostgreSQL says by these codes: it refuses who asks, or what is asked for. */
const DENIED = ["28000", "28P01", "42501"];
const UNKNOWN_DATABASE = "3D000";
const DISK_FULL = "53100";
/** It starts, stops, or has no connection left; and what the system and the client say. */
const AWAY =
  /^(08...|57P0[1-5]|53300|ECONN\w+|E(AI_AGAIN|PIPE|HOST\w+|NET\w+)|ENOTFOUND|ETIMEDOUT|CONNECT_TIMEOUT|CONNECTION_\w+)$/;
/** Another transaction was in the way. */
const IN_THE_WAY = ["40001", "40P01", "55P03"];

/** `METADATA_UNAVAILABLE`, `METADATA_DENIED`, `DISK_FULL`, or `METADATA_FAILED`. */
export function postgresFault(cause: unknown, where: string): TickhouseError {
  const code = String(Object(cause).code ?? "");
  const message = messageOf(cause) || code;
  const at = { field: "TICKHOUSE_METADATA", value: where, cause };
  if (AWAY.test(code)) {
    return new TickhouseError("METADATA_UNAVAILABLE", `PostgreSQL does not answer: ${message}`, {
      ...at,
      kind: "transient",
      fix: "see that it runs and can be reached; empty, the setting means a file in the home",
    });
  }
  if (DENIED.includes(code)) {
    return new TickhouseError("METADATA_DENIED", `PostgreSQL refuses: ${message}`, {
      ...at,
      fix: "check user, password and rights: the user needs the schema tickhouse, or to make it",
    });
  }
  if (code === UNKNOWN_DATABASE) {
    const fix = "make it: `createdb`, or name another one";
    return new TickhouseError("METADATA_DENIED", `there is no such database`, { ...at, fix });
  }
  if (code === DISK_FULL) {
    const fix = "free space on the disk of PostgreSQL; nothing of this call was kept";
    return new TickhouseError("DISK_FULL", `the metadata can't be written: ${message}`, {
      ...at,
      fix,
    });
  }
  return new TickhouseError("METADATA_FAILED", message, {
    ...at,
    kind: IN_THE_WAY.includes(code) ? "transient" : "terminal",
    fix: "see the log of PostgreSQL",
  });
}
