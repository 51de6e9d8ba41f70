/**
 * Snowflake's driver: loaded when first used, quiet, and with promises.
 * @module
 */
import type sdk from "snowflake-sdk";
import type { Bind, Connection, RowStatement } from "snowflake-sdk";
import { checkOptions, readPrivateKey, type SnowflakeOptions } from "./options.ts";

export type { Connection };

type Driver = typeof sdk;

let driver: Promise<Driver> | undefined;

/** What a statement gave. */
export interface Executed {
  readonly statement: RowStatement;
  /** Cells in the order of the columns; numbers, times and semi-structured values as text. */
  readonly rows: readonly (readonly unknown[])[];
}

/** Binds of one statement, or of a row each. */
export type DriverBinds = readonly Bind[] | readonly (readonly Bind[])[];

/** Above any number of binds: by a stage, the driver would end the transaction. */
const NEVER_BY_STAGE = 1e12;

/**
 * Times that a log-in is tried again. A statement's request is sent again seven times after network
 * errors, 408, 429 and 5xx, with pauses of up to 16 s: the driver has no option for that. It sends
 * it under the same id, which Snowflake answers without doing it twice.
 */
const LOGIN_RETRIES_MAX = 2;

/** Loads the driver. It must neither look at the network by itself nor write files. */
function load(): Promise<Driver> {
  driver ??= (async () => {
    // Else the driver asks the addresses of three clouds whether it runs there.
    Deno.env.set("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true");
    Deno.env.set("SF_TELEMETRY_DISABLE_CONNECTION_SHAPE", "true");
    const { default: loaded } = await import("snowflake-sdk");
    const silent = () => {};
    const customLogger = {
      error: silent,
      warn: silent,
      info: silent,
      debug: silent,
      trace: silent,
    };
    loaded.configure({ logLevel: "OFF", customLogger, keepAlive: true });
    return loaded;
  })();
  return driver;
}

/** Connects; rejects with the driver's error. */
export async function connect(options: SnowflakeOptions): Promise<Connection> {
  checkOptions(options);
  const given = await driverOptions(options);
  const connection = (await load()).createConnection(given);
  await new Promise<void>((resolve, reject) => {
    const done = (error: unknown) => error ? reject(error) : resolve();
    // A log-in by browser waits for the user.
    if (options.authenticator !== "browser") connection.connect(done);
    else connection.connectAsync(done).catch(reject);
  });
  return connection;
}

/** Runs one statement; rejects with the driver's error. */
export function execute(
  connection: Connection,
  sqlText: string,
  binds: DriverBinds = [],
): Promise<Executed> {
  return new Promise((resolve, reject) => {
    connection.execute({
      sqlText,
      ...(binds.length === 0 ? {} : { binds: binds as Bind[] }),
      complete: (error, statement, rows) => {
        if (error) reject(error);
        else resolve({ statement: statement as RowStatement, rows: rows ?? [] });
      },
    });
  });
}

/** Ends the session, and with it an open transaction. Never fails: what is lost ends by itself. */
export function disconnect(connection: Connection): Promise<void> {
  return new Promise((resolve) => connection.destroy(() => resolve()));
}

async function driverOptions(options: SnowflakeOptions): Promise<sdk.ConnectionOptions> {
  const { account, user, password, token, role, warehouse, database, url } = options;
  const { requestTimeoutS = 90, queryTag = "tickhouse", openBrowser } = options;
  const proof = {
    password: () => ({ authenticator: "SNOWFLAKE", password }),
    "key-pair": async () => ({
      authenticator: "SNOWFLAKE_JWT",
      privateKey: await readPrivateKey(options),
    }),
    oauth: () => ({ authenticator: "OAUTH", token }),
    browser: () => ({
      authenticator: "EXTERNALBROWSER",
      // Of an address that is no HTTPS the driver can't ask where to log in.
      disableConsoleLogin: !url?.startsWith("http:"),
      ...(openBrowser ? { openExternalBrowserCallback: openBrowser } : {}),
    }),
  }[options.authenticator];
  const given = {
    account,
    username: user,
    ...await proof(),
    database,
    role,
    warehouse,
    accessUrl: url,
    application: "tickhouse",
    queryTag,
    clientSessionKeepAlive: true,
    timeout: requestTimeoutS * 1000,
    rowMode: "array" as const,
    // A number would lose digits, a Date microseconds.
    fetchAsString: ["Number", "Date", "JSON"],
    representNullAsStringNull: false,
    arrayBindingThreshold: NEVER_BY_STAGE,
    sfRetryMaxLoginRetries: LOGIN_RETRIES_MAX,
  };
  const set = Object.entries(given).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(set) as sdk.ConnectionOptions;
}
