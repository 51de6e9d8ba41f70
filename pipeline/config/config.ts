/**
 * The configuration: environment over `.env` over defaults. No other module reads the environment.
 * @module
 */
import { dirname, resolve } from "node:path";
import { parseEnv } from "node:util";
import { messageOf, TickhouseError } from "../errors.ts";
import { type Route, routeNamed, routeSettings } from "./routes.ts";
import type { Setting } from "./setting.ts";
import { type Config, SETTINGS } from "./settings.ts";
import { keepSecret, passwordsIn, redactedSetting, SECRET, visible } from "../shown.ts";

export type { Config };

/** Where a setting's value came from. */
export type Origin = "environment" | ".env" | "route" | "default";

/** A setting as `doctor` shows it; a secret's value is redacted. */
export interface ShownSetting {
  /** Name in the environment. */
  readonly variable: string;
  /** As text; redacted if it is secret. */
  readonly value: string;
  /** Where it came from. */
  readonly origin: Origin;
  /** What it does, as a sentence. */
  readonly meaning: string;
}

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that share the prefix but configure dbt's profile and the tools of the tests. */
const TOOLS = /^TICKHOUSE_(DBT|CHROMIUM|CACHE|SERVICES)/;

/** Characters of a value. */
const LENGTH_MAX = 65_536;
/** What is secret in a connection string, beside what else it says. */
const KEYS = /(?:AccountKey|SharedAccessKey|sig)=([^;&\s]+)/gi;

/** Where settings come from beside the process's environment. */
export interface Places {
  /** A route, before the one that the environment names. */
  readonly route?: string | undefined;
  /** Settings by their variables, before the environment. Default: none. */
  readonly given?: Environment;
  /** The file. Default: `.env` in the working folder. */
  readonly dotEnv?: string;
  /** Settings beside those of tickhouse. Default: none. */
  readonly more?: readonly Setting[];
}

/** Settings as they were found. */
export interface Found {
  /** As `doctor` shows them. */
  readonly settings: ShownSetting[];
  /** The configuration that they make. Throws `CONFIG_INVALID` and `ROUTE_UNKNOWN`. */
  parse(): Config;
  /** The values of settings beside those of tickhouse, by their names. Throws `CONFIG_INVALID`. */
  own(settings: Readonly<Record<string, Setting>>): Readonly<Record<string, unknown>>;
  /** The home, unless it is the default; one of `.env` is beside that file. */
  readonly home: string | undefined;
}

/** Finds the settings of the process; their secrets are kept from being shown. */
export function findSettings(places: Places = {}): Found {
  const { route, given = {}, more = [] } = places;
  checkTexts(given);
  const environment = withRoute({ ...Deno.env.toObject(), ...given }, route);
  const { dotEnv: path = ".env" } = places;
  const dotEnv = readDotEnv(path);
  keepSecrets(environment, dotEnv);
  const home = find(SETTINGS.home, environment, dotEnv);
  return {
    settings: showConfig(environment, dotEnv),
    parse: () => parseConfig(environment, dotEnv, more),
    own: (settings) => parsed(settings, environment, dotEnv),
    home: home.origin === "default"
      ? undefined
      : home.origin === ".env"
      ? resolve(dirname(path), home.value)
      : home.value,
  };
}

/** From here on the process keeps the secrets of its settings: see `shown.ts`. */
export function keepSecrets(...sources: readonly Environment[]): void {
  for (const setting of Object.values<Setting>(SETTINGS)) {
    for (const variables of sources) {
      secretsIn(setting, variables[setting.variable] ?? "").forEach(keepSecret);
    }
  }
}

/**
 * Builds the configuration; a value that is empty counts as not set. `more` are variables that may
 * be there too. Throws `CONFIG_INVALID`.
 */
export function parseConfig(
  environment: Environment,
  dotEnv: Environment = {},
  more: readonly Setting[] = [],
): Config {
  checkNames({ ...dotEnv, ...environment }, more);
  return parsed(SETTINGS, environment, dotEnv) as Config;
}

function parsed(
  settings: Readonly<Record<string, Setting>>,
  environment: Environment,
  dotEnv: Environment,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(settings).map(([name, setting]) => {
    const { value } = find(setting, environment, dotEnv);
    const parsed = setting.schema.safeParse(value);
    const fault = neverMeant(value) ?? parsed.error?.issues[0]?.message;
    if (fault === undefined && parsed.success) return [name, parsed.data];
    throw new TickhouseError("CONFIG_INVALID", fault ?? "is not valid", {
      field: setting.variable,
      value: redact(setting, value),
      fix: `see .env.example; the default is ${setting.default || "not set"}`,
    });
  });
  return Object.fromEntries(entries);
}

/** Every setting with its value and origin, secrets redacted. */
export function showConfig(environment: Environment, dotEnv: Environment = {}): ShownSetting[] {
  return Object.values<Setting>(SETTINGS).map((setting) => {
    const { value, origin } = find(setting, environment, dotEnv);
    const { variable, meaning } = setting;
    return { variable, value: redact(setting, value), origin, meaning };
  });
}

/** The variables in a `.env` file; none if there is no such file. Throws `CONFIG_INVALID`. */
export function readDotEnv(path: string): Environment {
  const text = textOf(path);
  checkLines(path, text);
  return parseEnv(text);
}

/** What is in the file; nothing if there is none. */
function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw new TickhouseError("CONFIG_INVALID", `it can't be read: ${messageOf(error)}`, {
      field: path,
      fix: "make it a file that this user may read, or move it away",
      cause: error,
    });
  }
}

/** A setting that the file seems to make, but does not, must not go unseen. */
function checkLines(path: string, text: string): void {
  for (const line of text.split("\n")) {
    const [, name] = /^\s*(?:export\s+)?(tickhouse_\w*)/i.exec(line) ?? [];
    const isMade = /^\s*(?:export\s+)?TICKHOUSE_\w+\s*=/.test(line);
    if (name === undefined || isMade) continue;
    // What follows may be a secret.
    throw new TickhouseError("CONFIG_INVALID", `its line of ${name} makes no setting`, {
      field: path,
      fix: "write the name in capitals, then = and the value",
    });
  }
}

/** Text of `.env.example`. */
export function envExample(): string {
  const head = "# Copy to .env and change what you need. Generated by `deno task generate`.\n";
  const settings = Object.values<Setting>(SETTINGS).map(({ variable, meaning, secret, ...rest }) =>
    `# ${meaning}${secret ? " Secret." : ""}\n# ${variable}=${rest.default}\n`
  );
  return [head, ...settings].join("\n");
}

/** The value in force: the route's parts, environment, `.env`, the route's settings, default. */
function find(setting: Setting, environment: Environment, dotEnv: Environment): {
  value: string;
  origin: Origin;
} {
  const { variable } = setting;
  const route = setting === SETTINGS.route ? undefined : routeIn(environment, dotEnv);
  const places: readonly [Origin, string | undefined][] = [
    ["route", route?.parts[variable]],
    ["environment", environment[variable]],
    [".env", dotEnv[variable]],
    ["route", route && routeSettings(route)[variable]],
  ];
  for (const [origin, value] of places) if (value) return { value, origin };
  return { value: setting.default, origin: "default" };
}

function routeIn(environment: Environment, dotEnv: Environment): Route | undefined {
  const { variable } = SETTINGS.route;
  const name = environment[variable] || dotEnv[variable];
  return name ? routeNamed(name) : undefined;
}

function withRoute(environment: Environment, route: string | undefined): Environment {
  return route === undefined ? environment : { ...environment, [SETTINGS.route.variable]: route };
}

/** What is written without types may hand in numbers or lists. */
function checkTexts(given: Environment): void {
  for (const [name, value] of Object.entries<unknown>(given)) {
    if (value === undefined || typeof value === "string") continue;
    throw new TickhouseError("CONFIG_INVALID", `is a ${typeof value}, not text`, {
      field: name,
      fix: 'write it as in .env, such as "7" or "lake,warehouse"',
    });
  }
}

/** A misspelt name would silently leave the default in force. */
function checkNames(variables: Environment, more: readonly Setting[]): void {
  const known = [...Object.values<Setting>(SETTINGS), ...more].map(({ variable }) => variable);
  for (const name of Object.keys(variables)) {
    if (!name.startsWith("TICKHOUSE_") || known.includes(name) || TOOLS.test(name)) continue;
    throw new TickhouseError("CONFIG_INVALID", "there is no such setting", {
      field: name,
      fix: `use one of ${known.join(", ")}`,
    });
  }
}

/** What no setting can mean, in words; undefined if it is none of that. */
function neverMeant(value: string): string | undefined {
  if (value.length > LENGTH_MAX) {
    return `has ${value.length} characters, at most ${LENGTH_MAX} can be`;
  }
  if (/[\t\n]/.test(value) || visible(value) !== value) {
    return "has a control character in it, such as the end of a line";
  }
  if (!value.isWellFormed()) return "is not valid Unicode";
  return value !== "" && value.trim() === "" ? "consists only of spaces" : undefined;
}

/** The value as it may be shown. */
function redact(setting: Setting, value: string): string {
  if (setting.secret) return value === "" ? "" : SECRET;
  return redactedSetting(value);
}

/** What of a setting's value is never to be shown, whoever says it. */
function secretsIn({ secret }: Setting, value: string): string[] {
  const keys = [...value.matchAll(KEYS)].map(([, key = ""]) => key);
  return [...(secret ? [value] : []), ...keys, ...passwordsIn(value)];
}
