/**
 * Snowflake's driver: loaded when first used, quiet, and with promises.
 * @module
 */
import { createRequire } from "node:module";
import type sdk from "snowflake-sdk";
import type { Bind, Connection, RowStatement } from "snowflake-sdk";
import { checkOptions, readPrivateKey, type SnowflakeOptions } from "./snowflake_options.ts";

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

/** Times that a statement's request is sent again after a network error, 429 or 5xx. */
const RETRIES_MAX = 4;
/** The same for a log-in. */
const LOGIN_RETRIES_MAX = 2;
/** Bounds of the pause before, seconds. */
const PAUSE_MIN_S = 0.25;
const PAUSE_MAX_S = 2;

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
    boundRetries();
    return loaded;
  })();
  return driver;
}

/**
 * The driver would send a request again a thousand times, over hours, and has no option for it.
 * It sends under the same id, which Snowflake answers without doing it twice.
 */
function boundRetries(): void {
  const path = "snowflake-sdk/dist/lib/connection/connection_config.js";
  const { prototype } = createRequire(import.meta.url)(path);
  prototype.getRetrySfMaxNumRetries = () => RETRIES_MAX;
  prototype.getRetrySfStartingSleepTime = () => PAUSE_MIN_S;
  prototype.getRetrySfMaxSleepTime = () => PAUSE_MAX_S;
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
      disableConsoleLogin: true,
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
