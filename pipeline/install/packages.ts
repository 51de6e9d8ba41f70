/**
 * Installs the packages that a verb needs, and no others: Deno alone would install all that
 * `deno.lock` holds. Imports none itself, so it runs before there are any.
 * @module
 */
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import { type Lock, type Locked, partsOfKey, reachedFrom, rootsOf } from "./lockfile.ts";

/** Packages that are used together. */
interface Part {
  /** Names in the imports of deno.json. */
  readonly packages: readonly string[];
  /** What they are for, as a sentence's subject. */
  readonly what: string;
  /** About how much they take on disk, with all that they need, on Linux. */
  readonly megabytes: number;
}

/** What is installed when it is first used. */
export const PARTS = {
  base: {
    packages: [
      "@commander-js/extra-typings",
      "@duckdb/node-api",
      "@std/async",
      "@std/csv",
      "avsc",
      "cli-progress",
      "commander",
      "deno-std",
      "kysely",
      "nunjucks",
      "string-width",
      "zod",
    ],
    what: "DuckDB and what else every verb needs",
    megabytes: 91,
  },
  page: {
    packages: ["lightweight-charts", "plotly.js"],
    what: "the charts of the page",
    megabytes: 105,
  },
  kafka: { packages: ["@platformatic/kafka", "kafkajs"], what: "Kafka's clients", megabytes: 16 },
  s3: { packages: ["minio"], what: "the client of S3 and MinIO", megabytes: 16 },
  azure: { packages: ["@azure/storage-blob"], what: "Azure's client", megabytes: 52 },
  postgres: {
    packages: ["kysely-postgres-js", "postgres"],
    what: "PostgreSQL's client",
    megabytes: 1,
  },
  snowflake: { packages: ["snowflake-sdk"], what: "Snowflake's driver", megabytes: 116 },
  notebook: {
    packages: ["nodejs-polars", "plotly.js"],
    what: "the frames and charts of notebooks",
    megabytes: 214,
  },
} as const satisfies Record<string, Part>;

/** One of the parts. */
export type PartName = keyof typeof PARTS;

/** Needed whole by those who change the project: for types, tests and the audit. */
export const ALL = "all";

/**
 * Of these only bundles are used, which hold all that they need: 200 packages less. Those who ask
 * for all get these too.
 */
const BUNDLED: readonly string[] = ["plotly.js"];
const WITH_PAGE: readonly (string | undefined)[] = ["demo", "dashboard"];

/** Of `deno.json` what is looked at. */
interface Manifest {
  readonly imports: Readonly<Record<string, string>>;
  readonly links?: readonly string[];
}

/** Where and how to install. */
export interface InstallOptions {
  /** The folder of deno.json. */
  readonly root: string;
  /** Told what is fetched, and why. Default: standard error. */
  readonly note?: (text: string) => void;
}

/** Whether the settings name Snowflake. */
export function usesSnowflake(config: Config): boolean {
  return config.snowflakeAccount !== "" || config.sinks.includes("snowflake");
}

/** Verbs that may read topics of others, also beside an embedded log. */
const TOPIC_READERS: readonly (string | undefined)[] = ["preview", "stream"];

/** Whether the verb may read topics of others. */
export function readsTopics(args: readonly string[]): boolean {
  return TOPIC_READERS.includes(args[0]);
}

/** Whether Kafka is the log, or what the verb may read topics of others from. */
export function usesKafka(config: Config, args: readonly string[]): boolean {
  return config.broker === "kafka" || config.kafkaBrokers.length > 0 && readsTopics(args);
}

/** The parts that a verb needs with its settings; without these, what it needs in any case. */
export function partsOf(config: Config | undefined, args: readonly string[]): PartName[] {
  if (args.includes("--help") || args.includes("-h")) return ["base"];
  return [
    "base",
    ...WITH_PAGE.includes(args[0]) ? ["page" as const] : [],
    ...config && usesKafka(config, args) ? ["kafka" as const] : [],
    ...config?.store === "s3" ? ["s3" as const] : [],
    ...config?.store === "azure" ? ["azure" as const] : [],
    ...config && usesSnowflake(config) ? ["snowflake" as const] : [],
    ...config && config.metadata !== "" ? ["postgres" as const] : [],
  ];
}

/**
 * Installs what is missing of the parts; whether anything did. What is there stays. A process that has begun
 * does not find packages that come later. Throws `PACKAGES_MISSING`.
 */
export async function ensurePackages(
  parts: readonly PartName[] | typeof ALL,
  { root, note = console.error }: InstallOptions,
): Promise<boolean> {
  const manifest: Manifest = read(join(root, "deno.json"));
  const whole = narrowed(read(join(root, "deno.lock")), musl(), []);
  // Who has installed all keeps it.
  const isWhole = parts === ALL || missing(root, whole, BUNDLED).length === 0;
  const lock = isWhole ? whole : narrowed(whole, musl(), BUNDLED);
  const names = parts === ALL
    ? Object.keys(manifest.imports)
    : [...new Set(parts.flatMap((part): readonly string[] => PARTS[part].packages))];
  const modules = unlinked(manifest, names);
  const isMissing = async () =>
    missing(root, lock, names).length > 0 || !await areCached(root, modules);
  if (!await isMissing()) return false;
  const folder = join(root, "node_modules", ".tickhouse");
  try {
    Deno.mkdirSync(folder, { recursive: true });
    // One at a time: each removes what it is not told of. The lock goes with its process.
    using turn = Deno.openSync(join(folder, "turn"), { create: true, write: true });
    await turn.lock(true);
    if (!await isMissing()) return true;
    const count = missing(root, lock, names).length;
    note(`installing ${count > 0 ? announcement(parts, root, lock, count) : modules.join(", ")}`);
    const file = join(folder, "deno.lock");
    Deno.writeTextFileSync(file, JSON.stringify(lock));
    const present = Object.keys(manifest.imports).filter((name) => isThere(root, name));
    const wanted = [...new Set([...present, ...names])].sort()
      .map((name) => manifest.imports[name] ?? "").filter((target) => target.startsWith("npm:"));
    await fetchPackages(root, file, [...wanted, ...modules]);
    if (await isMissing()) throw missingError("they are not there when all is done");
    return true;
  } catch (cause) {
    if (cause instanceof TickhouseError) throw cause;
    throw missingError(messageOf(cause), cause);
  }
}

/** What is missing of the parts, in words: with a size where a part is missing as a whole. */
function announcement(
  parts: readonly PartName[] | typeof ALL,
  root: string,
  lock: Lock,
  count: number,
): string {
  const packages = `${count} package${count === 1 ? "" : "s"}`;
  if (parts === ALL) return `all that the project's own tasks need: ${packages}`;
  const absent = parts.filter((part) => missing(root, lock, PARTS[part].packages).length > 0);
  const what = absent.map((part) => `${PARTS[part].what} (${PARTS[part].megabytes} MB)`);
  return `${what.join(", ")}, on their first use: ${packages}`;
}

/** Modules of JSR that no stand-in takes the place of. */
function unlinked({ imports, links = [] }: Manifest, names: readonly string[]): string[] {
  return names.filter((name) => !links.includes(name.replace("@", "./")))
    .map((name) => imports[name] ?? "").filter((target) => target.startsWith("jsr:"));
}

async function areCached(root: string, modules: readonly string[]): Promise<boolean> {
  if (modules.length === 0) return true;
  const module = modules.map((one) => `import ${JSON.stringify(one)};`).join("");
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--cached-only", "--config", join(root, "deno.json")],
      `data:application/typescript,${encodeURIComponent(module)}`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

/** By Deno itself, which compares the hashes of the lock file. */
async function fetchPackages(
  root: string,
  lockFile: string,
  targets: readonly string[],
): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["cache", "--quiet", "--config", join(root, "deno.json"), "--node-modules-dir=auto"],
      // Without it Deno installs all that the lock file holds.
      "--unstable-npm-lazy-caching",
      ...[`--lock=${lockFile}`, "--frozen", ...targets],
    ],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  // The cause stands in the lines below the error, above a trace of Deno itself.
  const said = new TextDecoder().decode(stderr).replace(/\s*Stack backtrace:.*/s, "");
  throw missingError(
    said.slice(Math.max(0, said.search(/^error: /m))).trim().replaceAll(/\s+/g, " "),
  );
}

function missingError(why: string, cause?: unknown): TickhouseError {
  return new TickhouseError(
    "PACKAGES_MISSING",
    `packages could not be installed: ${why.replace(/^error: |\.$/g, "")}`,
    {
      fix: "run it again with a network, once for each verb; HTTPS_PROXY names a proxy, " +
        "NPM_CONFIG_REGISTRY another registry",
      cause,
    },
  );
}

/**
 * The lock file without bindings for another C library, which Deno can't tell apart, and without
 * what bundles don't need. Nothing is added, no hash changed.
 */
export function narrowed(lock: Lock, musl: boolean, bundled: readonly string[]): Lock {
  const npm = Object.entries(lock.npm).map(([key, entry]): [string, Locked] => {
    if (bundled.includes(partsOfKey(key).name)) {
      const { dependencies: _, optionalDependencies: __, ...rest } = entry;
      return [key, rest];
    }
    const optional = entry.optionalDependencies;
    if (!optional) return [key, entry];
    const names = optional.map(nameOf);
    const isOther = (name: string) =>
      musl ? name.endsWith("-gnu") || names.includes(`${name}-musl`) : name.endsWith("-musl");
    return [key, {
      ...entry,
      optionalDependencies: optional.filter((one) => !isOther(nameOf(one))),
    }];
  });
  return { ...lock, npm: Object.fromEntries(npm) };
}

function nameOf(dependency: string): string {
  return /^(@?[^@]+)/.exec(dependency)?.[1] ?? dependency;
}

function musl(): boolean {
  return Deno.build.target.includes("musl");
}

/** Of the named and what they need: the keys of packages that are not installed whole. */
function missing(root: string, lock: Lock, names: readonly string[]): string[] {
  const optionalPeers: string[] = [];
  const npm = Object.entries(lock.npm).map(([key, entry]) => [key, { ...entry, optionalPeers }]);
  const bare: Lock = { ...lock, npm: Object.fromEntries(npm) };
  const roots = new Set(rootsOf(bare, names));
  return [...reachedFrom(bare, [...roots])].filter((key) => {
    const { name, version } = partsOfKey(key);
    if (!fits(lock.npm[key] ?? {})) return false;
    // Deno sets the mark when a package is whole, and links those of the project last.
    const store = join(root, "node_modules", ".deno", `${name.replaceAll("/", "+")}@${version}`);
    if (!exists(join(store, ".initialized"))) return true;
    return roots.has(key) && versionOf(root, name) !== version;
  });
}

/** Whether a package is for this system. */
function fits({ os, cpu }: Locked): boolean {
  const system = Deno.build.os === "windows" ? "win32" : Deno.build.os;
  const processor = Deno.build.arch === "aarch64" ? "arm64" : "x64";
  return (os?.includes(system) ?? true) && (cpu?.includes(processor) ?? true);
}

function isThere(root: string, name: string): boolean {
  return exists(join(root, "node_modules", name));
}

function versionOf(root: string, name: string): string | undefined {
  try {
    return read<{ version: string }>(join(root, "node_modules", name, "package.json")).version;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function read<T>(path: string): T {
  return JSON.parse(Deno.readTextFileSync(path));
}
