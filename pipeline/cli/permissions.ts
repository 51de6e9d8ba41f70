/**
 * What a verb may do, as flags of `deno run`: what its settings and arguments name, and no more.
 * @module
 */
import { dirname, join, resolve } from "node:path";
import { BlockList } from "node:net";
import { type Config, type Environment, parseConfig } from "../config/config.ts";
import { TickhouseError } from "../errors.ts";
import { LIBC_PATHS } from "../libc.ts";
import { READER_VARIABLES } from "../read/reader_variables.ts";
import { routeNamed } from "../config/routes.ts";
import { SETTINGS } from "../config/settings.ts";
import { readsTopics, usesKafka, usesSnowflake } from "../install/packages.ts";

/** Where the process will run. */
export interface Surroundings {
  /** The folder of deno.json: models, SQL, samples, packages. */
  readonly project: string;
  /** The working folder, in which `.env` and relative paths are looked for. */
  readonly folder: string;
  /** The system's temporary folder. */
  readonly temp: string;
  /** Deno itself. */
  readonly deno: string;
  /** Where the machine keeps who has asked a provider when. */
  readonly paces: string;
  /** Where Snowflake's stand-in keeps its stages: the driver copies files there by itself. */
  readonly stages?: string | undefined;
  /** The path with links followed, as far as it exists; the system may check either. */
  readonly real: (path: string) => string;
}

const LOOPBACK = "127.0.0.1";
/** A host, or all of a domain, and a port. */
const HOST = /^(\*\.)?([\w-]+(\.[\w-]+)*|\[[\da-fA-F:.]+\])(:\d+)?$/;
/** Those that start a process that reads for others, and so may start Deno again. */
const WITH_READER: readonly (string | undefined)[] = ["demo", "stream", "ingest"];
/** The same with this argument: then they stream what they have appended. */
const WITH_READER_IF: Readonly<Record<string, string>> = { dead: "replay", withdraw: "--yes" };
/** What the libraries of servers look for in the environment. */
const PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((n) => [n, n.toLowerCase()]);
/** What `snowflake_driver.ts` sets for the driver to see. */
const SNOWFLAKE = ["SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "SF_TELEMETRY_DISABLE_CONNECTION_SHAPE"];

/** The flags for a verb and its arguments; without a configuration, for one that says what is wrong. */
export function permissionFlags(
  config: Config | undefined,
  args: readonly string[],
  at: Surroundings,
): string[] {
  const writes = [
    named(SETTINGS.home.variable, resolve(at.folder, config?.home ?? SETTINGS.home.default)),
    named("TMPDIR", at.temp),
    ...args[0] === "dead"
      ? valuesOf(args, "--to").map((path) => named("--to", resolve(at.folder, path)))
      : [],
    ...config && config.messageLog !== ""
      ? [named("TICKHOUSE_MESSAGE_LOG", resolve(at.folder, config.messageLog))]
      : [],
    ...config && feedHosts(config, args).length > 0 ? [named("TICKHOUSE_CACHE", at.paces)] : [],
    ...config && usesSnowflake(config) && at.stages ? [named("the stages", at.stages)] : [],
  ];
  const files = [...filesOf(args), ...config ? filesIn(config) : []]
    .map(({ field, path }) => named(field, resolve(at.folder, path)));
  const reads = [
    named("the project", at.project),
    named("the working folder", join(at.folder, ".env")),
    ...writes,
    ...files,
  ];
  const paths = (list: readonly Named[]) =>
    list.flatMap(({ field, path }) =>
      [...new Set([path, at.real(path)])].map((one) => withoutComma(field, one))
    );
  return [
    "--no-prompt",
    // An import is a request that the permission of the network does not see. JSR's modules, where
    // no stand-ins take their place, are in Deno's cache by then.
    "--cached-only",
    allow("read", paths(reads)),
    allow("write", paths(writes)),
    allow("ffi", libraries(at)),
    allow("net", config ? hosts(config, args) : [LOOPBACK]),
    // By prefix, so that a misspelt name is seen; all others are as if not set.
    allow("env", [
      "TICKHOUSE_*",
      ...config && isRemote(config, args) ? [...PROXIES, ...SNOWFLAKE] : [],
      ...startsReader(args) ? READER_VARIABLES : [],
    ]),
    "--ignore-env",
    ...config ? system(config) : [],
    ...startsReader(args) ? [allow("run", [withoutComma("Deno", at.deno)])] : [],
  ];
}

function startsReader([verb = "", ...rest]: readonly string[]): boolean {
  return WITH_READER.includes(verb) || rest.includes(WITH_READER_IF[verb] ?? "");
}

/** `undefined` is all there is. */
function allow(what: string, list: readonly string[] | undefined): string {
  return list === undefined ? `--allow-${what}` : `--allow-${what}=${list.join(",")}`;
}

/** A path, and the setting or argument that it comes from. */
interface Named {
  readonly field: string;
  readonly path: string;
}

function named(field: string, path: string): Named {
  return { field, path };
}

/** The path. Throws `PATH_COMMA`. */
function withoutComma(field: string, path: string): string {
  if (!path.includes(",")) return path;
  throw new TickhouseError("PATH_COMMA", "Deno's permissions can't name what has a comma in it", {
    field,
    value: path,
    fix: "use a path without one",
  });
}

/** Files that the arguments name: `--file PATH`, `--set NAME=@PATH`. */
function filesOf(args: readonly string[]): Named[] {
  const secrets = args.flatMap((arg) => /^(?:--set=)?[^=]+=@(.+)$/s.exec(arg)?.slice(1) ?? []);
  return [
    ...valuesOf(args, "--file").map((path) => named("--file", path)),
    ...secrets.map((path) => named("--set", path)),
  ];
}

function valuesOf(args: readonly string[], flag: string): string[] {
  return args.flatMap((arg, i) => {
    if (arg === flag) return args.slice(i + 1, i + 2);
    return arg.startsWith(`${flag}=`) ? [arg.slice(flag.length + 1)] : [];
  });
}

function filesIn(config: Config): Named[] {
  return (["kafkaCa", "kafkaCertificate", "kafkaKey", "snowflakeKey", "mappings"] as const)
    .map((name) => named(SETTINGS[name].variable, config[name]))
    .filter(({ path }) => path !== "");
}

function libraries(at: Surroundings): string[] {
  return [join(at.project, "node_modules"), ...LIBC_PATHS];
}

function system(config: Config): string[] {
  // Its driver asks for more with each way in: who runs it, the mask of new files, processors.
  if (usesSnowflake(config)) return [allow("sys", undefined)];
  const asked = [
    ...config.store === "azure" ? ["osRelease"] : [],
    // Of several machines a run notes which one it is on.
    ...config.metadata === "" ? [] : ["hostname"],
  ];
  return asked.length === 0 ? [] : [allow("sys", asked)];
}

/** The hosts that the settings name; undefined where a server names further ones. */
function hosts(config: Config, args: readonly string[]): string[] | undefined {
  const found = [LOOPBACK];
  if (usesKafka(config, args)) {
    // Brokers tell the addresses of others. On this machine these are here too.
    if (!config.kafkaBrokers.every(isLoopback)) return undefined;
    found.push("localhost", "[::1]");
  }
  // A topic of others may be Avro where tickhouse's own are not.
  if (config.codec === "avro" || readsTopics(args)) found.push(...hostOf(config.registryUrl));
  if (config.store === "s3") {
    // Amazon has a host a bucket and region.
    found.push(...config.s3Endpoint ? hostOf(config.s3Endpoint) : ["*.amazonaws.com"]);
  }
  if (config.store === "azure") found.push(...azureHosts(config.azureConnection));
  if (config.store !== "directory") found.push(...hostOf(config.proxy));
  found.push(...feedHosts(config, args));
  found.push(...hostOf(config.metadata));
  if (usesSnowflake(config)) {
    // Results and stages come from the cloud that the account is in.
    const [host = ""] = hostOf(config.snowflakeUrl);
    if (!isLoopback(host)) return undefined;
    found.push(host);
  }
  // What is none is for the verb to say: Deno would refuse the flag in words of its own.
  return [...new Set(found)].filter((host) => HOST.test(host));
}

/** The providers that a verb asks: those that it names, or its route. */
function feedHosts(config: Config, args: readonly string[]): string[] {
  const [named = config.route ? routeNamed(config.route).source : ""] = valuesOf(args, "--source")
    .slice(-1);
  return named.split(",").flatMap((name) => {
    if (name === "yahoo") return hostOf(config.yahooUrl);
    if (name === "alphavantage") return hostOf(config.alphavantageUrl);
    if (name === "finnhub-quotes") return hostOf(config.finnhubUrl);
    if (name !== "finnhub") return [];
    return [...hostOf(config.finnhubUrl), ...hostOf(config.finnhubSocket)];
  });
}

function azureHosts(connection: string): string[] {
  const part = (name: string) => new RegExp(`(?:^|;)${name}=([^;]*)`, "i").exec(connection)?.[1];
  const endpoint = part("BlobEndpoint");
  if (endpoint) return hostOf(endpoint);
  return [`${part("AccountName") ?? ""}.blob.${part("EndpointSuffix") ?? "core.windows.net"}`];
}

function isRemote(config: Config, args: readonly string[]): boolean {
  return usesKafka(config, args) || config.codec === "avro" || config.store !== "directory" ||
    usesSnowflake(config);
}

const PORTS: Readonly<Record<string, number>> = {
  "https:": 443,
  "wss:": 443,
  "postgres:": 5432,
  "postgresql:": 5432,
};

function hostOf(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { hostname, port, protocol } = new URL(url);
  return [`${hostname}:${port || PORTS[protocol] || 80}`];
}

const LOCAL = new BlockList();
LOCAL.addSubnet("127.0.0.0", 8);

/** Of host:port. */
function isLoopback(address: string): boolean {
  const host = address.replace(/:\d+$/, "");
  return host === "localhost" || host === "[::1]" || LOCAL.check(host);
}

/** The configuration of a verb; undefined if it is not valid: the verb itself says so, or needs none. */
export function configOf(
  args: readonly string[],
  environment: Environment,
  dotEnv: Environment,
): Config | undefined {
  const [route] = valuesOf(args, "--route").slice(-1);
  try {
    return parseConfig(
      route === undefined ? environment : { ...environment, TICKHOUSE_ROUTE: route },
      dotEnv,
    );
  } catch (error) {
    if (error instanceof TickhouseError) return undefined;
    throw error;
  }
}

/** As far as the path exists, with links followed. */
export function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    const parent = dirname(path);
    if (parent === path || !(error instanceof Error)) return path;
    return join(realPath(parent), path.slice(parent.length));
  }
}
