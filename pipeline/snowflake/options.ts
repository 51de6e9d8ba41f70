/**
 * Who connects to Snowflake, where, and how it proves who it is.
 * @module
 */
import { createPrivateKey } from "node:crypto";
import { messageOf, TickhouseError } from "../errors.ts";

/** How a user proves who it is. */
export type Authenticator = "password" | "key-pair" | "oauth" | "browser";

/** What all that connect to Snowflake are told. */
export interface SnowflakeOptions {
  /** The account's identifier, such as `myorg-account1`. */
  readonly account: string;
  readonly user: string;
  readonly authenticator: Authenticator;
  /** With `password`. */
  readonly password?: string | undefined;
  /** With `key-pair`: file of the private key, PKCS#8 in PEM, encrypted or not. */
  readonly keyPath?: string | undefined;
  /** What the private key is encrypted with. */
  readonly keyPassphrase?: string | undefined;
  /** With `oauth`: an access token. */
  readonly token?: string | undefined;
  /** Default: the user's. */
  readonly role?: string | undefined;
  /** The virtual warehouse. Default: the user's. */
  readonly warehouse?: string | undefined;
  readonly database: string;
  /** Where Snowflake answers. Default: the account's address. */
  readonly url?: string | undefined;
  /** Shown beside each statement in Snowflake's history. Default: `tickhouse`. */
  readonly queryTag?: string | undefined;
  /** Seconds until Snowflake gives a statement up. Default: 600. */
  readonly statementTimeoutS?: number | undefined;
  /** Seconds until a request that is not answered is sent again. Default: 90. */
  readonly requestTimeoutS?: number | undefined;
  /** With `browser`: shows the user where to log in. Default: opens the system's browser. */
  readonly openBrowser?: ((url: string) => void) | undefined;
}

/** Refuses options of which something is missing, with `SNOWFLAKE_OPTIONS` naming it. */
export function checkOptions(options: SnowflakeOptions): void {
  const needed: Readonly<Record<Authenticator, readonly (keyof SnowflakeOptions)[]>> = {
    password: ["account", "user", "password"],
    "key-pair": ["account", "user", "keyPath"],
    oauth: ["account", "token"],
    browser: ["account", "user"],
  };
  for (const field of [...needed[options.authenticator], "database"] as const) {
    if (options[field]) continue;
    throw new TickhouseError("SNOWFLAKE_OPTIONS", "is needed and not set", {
      field,
      fix: `set ${SETTINGS[field] ?? field}`,
    });
  }
}

/** Refuses another way to prove oneself than the service takes, with `SNOWFLAKE_OPTIONS`. */
export function checkAuthenticator(
  { authenticator }: SnowflakeOptions,
  allowed: readonly Authenticator[],
  what: string,
): void {
  if (allowed.includes(authenticator)) return;
  throw new TickhouseError("SNOWFLAKE_OPTIONS", what, {
    field: "TICKHOUSE_SNOWFLAKE_AUTHENTICATOR",
    value: authenticator,
    fix: "use key-pair, see docs/snowflake.md",
  });
}

/** The setting of each option, for messages. */
export const SETTINGS: Readonly<Partial<Record<keyof SnowflakeOptions, string>>> = {
  account: "TICKHOUSE_SNOWFLAKE_ACCOUNT",
  user: "TICKHOUSE_SNOWFLAKE_USER",
  authenticator: "TICKHOUSE_SNOWFLAKE_AUTHENTICATOR",
  password: "TICKHOUSE_SNOWFLAKE_PASSWORD",
  keyPath: "TICKHOUSE_SNOWFLAKE_KEY",
  keyPassphrase: "TICKHOUSE_SNOWFLAKE_KEY_PASSPHRASE",
  token: "TICKHOUSE_SNOWFLAKE_TOKEN",
  role: "TICKHOUSE_SNOWFLAKE_ROLE",
  warehouse: "TICKHOUSE_SNOWFLAKE_WAREHOUSE",
  database: "TICKHOUSE_SNOWFLAKE_DATABASE",
  url: "TICKHOUSE_SNOWFLAKE_URL",
};

/**
 * The private key of the options as PKCS#8 in PEM, decrypted. Throws `SNOWFLAKE_KEY` for a file that
 * can't be read, is no key, or needs another passphrase.
 */
export async function readPrivateKey(options: SnowflakeOptions): Promise<string> {
  const { keyPath = "", keyPassphrase } = options;
  const refuse = (what: string, fix: string, cause: unknown) =>
    new TickhouseError("SNOWFLAKE_KEY", what, { field: "keyPath", value: keyPath, fix, cause });
  let pem: string;
  try {
    pem = await Deno.readTextFile(keyPath);
  } catch (cause) {
    throw refuse("the private key can't be read", `name a file in ${SETTINGS.keyPath}`, cause);
  }
  const encrypted = pem.includes("ENCRYPTED");
  if (encrypted && !keyPassphrase) {
    throw refuse("the private key is encrypted", `set ${SETTINGS.keyPassphrase}`, undefined);
  }
  try {
    const passphrase = encrypted && keyPassphrase ? { passphrase: keyPassphrase } : {};
    const key = createPrivateKey({ key: pem, format: "pem", ...passphrase });
    return key.export({ format: "pem", type: "pkcs8" }).toString();
  } catch (cause) {
    throw encrypted
      ? refuse("the passphrase does not open the key", `check ${SETTINGS.keyPassphrase}`, cause)
      : refuse(`not a private key (${messageOf(cause)})`, "make one by `openssl genrsa`", cause);
  }
}
