/**
 * What Snowflake and its driver say went wrong, as errors a person can act on.
 * @module
 */
import type { ErrorCode } from "../error_codes.ts";
import { type Details, type Kind, messageOf, TickhouseError } from "../errors.ts";
import { SETTINGS, type SnowflakeOptions } from "./options.ts";

/** How one of Snowflake's codes is told. */
interface Meaning {
  readonly code: ErrorCode;
  readonly what?: string;
  readonly field?: keyof SnowflakeOptions;
  readonly fix?: string;
  readonly kind?: Kind;
}

const LOGIN = "SNOWFLAKE_LOGIN";
const SESSION: Meaning = {
  code: "SNOWFLAKE_SESSION",
  what: "the session has ended",
  fix: "log in again",
  kind: "transient",
};
const OBJECT: Meaning = {
  code: "SNOWFLAKE_OBJECT",
  fix: "run `deno task migrate --target snowflake`, and grant the role what it needs",
};
const UNREACHABLE: Meaning = {
  code: "SNOWFLAKE_UNREACHABLE",
  what: "Snowflake does not answer",
  field: "account",
  fix: `check ${SETTINGS.account}, ${SETTINGS.url} and the network`,
  kind: "transient",
};
const TIMEOUT: Meaning = {
  code: "SNOWFLAKE_TIMEOUT",
  fix: "a larger warehouse or a longer time-out helps",
  kind: "transient",
};
const WAREHOUSE: Meaning = {
  code: "SNOWFLAKE_WAREHOUSE",
  field: "warehouse",
  fix: `name one that exists and that the role may use in ${SETTINGS.warehouse}`,
};

const MEANINGS: Readonly<Record<string, Meaning>> = {
  "390100": {
    code: LOGIN,
    what: "user or password is wrong",
    field: "user",
    fix: `check ${SETTINGS.user} and ${SETTINGS.password}`,
  },
  "390144": {
    code: LOGIN,
    what: "Snowflake does not accept the key",
    field: "keyPath",
    fix: "give the user its public half (ALTER USER … SET RSA_PUBLIC_KEY), check user, account " +
      "and this machine's clock",
  },
  "390303": {
    code: LOGIN,
    what: "Snowflake does not accept the token",
    field: "token",
    fix: `set a new one in ${SETTINGS.token}`,
  },
  "390318": {
    code: LOGIN,
    what: "the token has expired",
    field: "token",
    fix: `set a new one in ${SETTINGS.token}`,
  },
  "390189": {
    code: LOGIN,
    what: "there is no such role, or the user was not granted it",
    field: "role",
    fix: `name another in ${SETTINGS.role}, or grant it`,
  },
  "390201": {
    code: LOGIN,
    what: "there is no such account",
    field: "account",
    fix: `check ${SETTINGS.account}`,
  },
  "390422": {
    code: LOGIN,
    what: "a network policy keeps this machine out",
    field: "user",
    fix: "ask the account's administrator to allow its address",
  },
  "390104": SESSION,
  "390111": SESSION,
  "390112": SESSION,
  "390114": SESSION,
  "407001": SESSION,
  "407002": SESSION,
  "401001": UNREACHABLE,
  "401002": UNREACHABLE,
  "401003": UNREACHABLE,
  "000606": WAREHOUSE,
  "090073": { ...WAREHOUSE, fix: "its resource monitor has no credits left: raise the quota" },
  "002003": OBJECT,
  "002043": OBJECT,
  "090105": {
    code: "SNOWFLAKE_OBJECT",
    what: "there is no such database, or the role may not use it",
    field: "database",
    fix: `check ${SETTINGS.database}, or make it by \`deno task migrate --target snowflake\``,
  },
  "090106": OBJECT,
  "003001": {
    code: "SNOWFLAKE_DENIED",
    field: "role",
    fix: "grant the role what it needs: `deno task migrate --target snowflake` lists the grants",
  },
  "000604": TIMEOUT,
  "000630": TIMEOUT,
  "000625": TIMEOUT,
  "000611": { code: "SNOWFLAKE_ABORTED", kind: "transient" },
  // Snowflake's own fault, as it says.
  "000603": { code: "SNOWFLAKE_INTERNAL", kind: "transient" },
};

/** Codes after which the session is of no use, or may hold what nobody will end. */
const BROKEN = new Set(["SNOWFLAKE_SESSION", "SNOWFLAKE_UNREACHABLE", "SNOWFLAKE_ABORTED"]);

/** Whether a session must not be used after the error. */
export function breaksSession(error: unknown): boolean {
  return !(error instanceof TickhouseError) || BROKEN.has(error.code);
}

/** The driver's error, translated; it names what was asked and holds no secret. */
export function snowflakeError(
  error: unknown,
  options: SnowflakeOptions,
  sql?: string,
): TickhouseError {
  if (error instanceof TickhouseError) return error;
  const code = codeOf(error);
  const said = redact(messageOf(error), options);
  const meaning = MEANINGS[code] ?? (code.startsWith("390") ? { code: LOGIN } : SQL);
  const details: Details = {
    ...(meaning.field === undefined ? {} : fieldOf(meaning.field, options)),
    ...(meaning.fix === undefined ? {} : { fix: meaning.fix }),
    kind: statusOf(error) === 403 ? "terminal" : meaning.kind ?? "terminal",
    // The driver's own error may hold the request.
    cause: new Error(said),
  };
  const said1 = said.split("\n").slice(0, 2).join(" ");
  const what = meaning.what === undefined ? said1 : `${meaning.what} (${code || said1})`;
  return new TickhouseError(meaning.code, sql ? `${what}, in: ${brief(sql)}` : what, details);
}

const SQL: Meaning = { code: "SNOWFLAKE_SQL" };

function fieldOf(field: keyof SnowflakeOptions, options: SnowflakeOptions): Details {
  const value = field === "token" || field === "password" ? undefined : options[field];
  return value === undefined || typeof value === "function" ? { field } : { field, value };
}

/** Snowflake's code, or the driver's. */
function codeOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : "";
  return String(code ?? "");
}

/** The HTTP status underneath, if the driver tells. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("response" in error)) return undefined;
  const { response } = error;
  if (typeof response !== "object" || response === null || !("statusCode" in response)) return;
  return Number(response.statusCode);
}

/** The text without any secret of the options. */
function redact(text: string, options: SnowflakeOptions): string {
  const secrets = [options.password, options.token, options.keyPassphrase];
  return secrets.reduce<string>((t, s) => s ? t.replaceAll(s, "…") : t, text);
}

/** The beginning of a statement, on one line. */
function brief(sql: string): string {
  const line = sql.replaceAll(/\s+/g, " ").trim();
  return line.length > 100 ? `${line.slice(0, 97)}...` : line;
}
