/**
 * Judges what the project depends on, by the lock file and what is installed: without a network.
 * @module
 */
import { join } from "node:path";
import { finder, type Lock, partsOfKey, reachedFrom, rootsOf } from "tickhouse/install/lockfile.ts";
import { type Exception, LICENCE_EXCEPTIONS, LICENCES, SCRIPT_EXCEPTIONS } from "./policy.ts";

/** An installed package's package.json. */
export interface Installed {
  readonly name: string;
  readonly version: string;
  readonly license?: unknown;
  readonly licenses?: unknown;
  readonly scripts?: Readonly<Record<string, string>>;
}

/** All that is judged. */
export interface Subject {
  readonly lock: Lock;
  /** The imports of deno.json. */
  readonly imports: Readonly<Record<string, string>>;
  readonly installed: readonly Installed[];
  /** What the project's own modules import, word for word. */
  readonly used: ReadonlySet<string>;
}

const INTEGRITY = /^sha512-[A-Za-z0-9+/]{86}==$/;
const PINNED = /^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/;
/** A version, or what a lock file can hold to one: at least the first number is said. */
const RANGE = /^(npm|jsr):@?[^@]+@[\^~]?\d+(\.\d+){0,2}(-[\w.-]+)?$/;
const AT_INSTALLATION = ["preinstall", "install", "postinstall"];

/** All findings; none is good. */
export function audit(subject: Subject): string[] {
  return [
    ...sources(subject),
    ...integrity(subject),
    ...unused(subject),
    ...subject.installed.flatMap((one) => [...licence(one), ...scripts(one)]),
    ...complete(subject),
    ...stale(subject),
  ];
}

/** Nothing comes from a plain address, and each version is held by the lock file. */
function sources({ lock, imports }: Subject): string[] {
  const local = (target: string) => target.startsWith("./");
  return [
    ...Object.keys(lock.remote ?? {}).map((url) => `${url}: the lock file holds an address`),
    ...Object.keys(lock.specifiers).filter((s) => !/^(npm|jsr):/.test(s))
      .map((specifier) => `${specifier}: comes neither from npm nor from JSR`),
    ...Object.entries(imports).filter(([, target]) => !local(target) && !RANGE.test(target))
      .map(([name, target]) => `${name}: ${target} says no version, or is no package`),
  ];
}

function integrity({ lock }: Subject): string[] {
  return Object.entries(lock.npm).flatMap(([key, { integrity }]) => {
    const { version } = partsOfKey(key);
    return [
      ...PINNED.test(version) ? [] : [`${key}: is held at no exact version`],
      ...INTEGRITY.test(integrity ?? "") ? [] : [`${key}: has no hash of its contents`],
    ];
  });
}

/** What no module imports, and what nothing in the lock file leads to. */
function unused({ lock, imports, used }: Subject): string[] {
  const reached = reachedFrom(lock, rootsOf(lock));
  const isUsed = (name: string) =>
    [...used].some((one) => one === name || one.startsWith(name.replace(/\/?$/, "/")));
  return [
    ...Object.keys(lock.npm).filter((key) => !reached.has(key))
      .map((key) => `${key}: is in the lock file, and nothing needs it`),
    ...Object.keys(imports).filter((name) => !isUsed(name))
      .map((name) => `${name}: is in deno.json, and no module imports it`),
  ];
}

function licence(one: Installed): string[] {
  if (covers(LICENCE_EXCEPTIONS, one.name)) return [];
  const said = licenceOf(one.license ?? one.licenses);
  const groups = said.replace(/^\(|\)$/g, "").split(/ OR /i);
  const allowed = groups.some((group) =>
    group.split(/ AND /i).every((part) => LICENCES.includes(part.trim()))
  );
  return allowed ? [] : [`${one.name}@${one.version}: its licence is ${said || "not said"}`];
}

/** As SPDX writes it; old packages have an object, or a list of which any holds. */
function licenceOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(licenceOf).join(" OR ");
  return value && typeof value === "object" && "type" in value ? licenceOf(value.type) : "";
}

function scripts(one: Installed): string[] {
  const found = AT_INSTALLATION.filter((name) => one.scripts?.[name]);
  if (found.length === 0 || covers(SCRIPT_EXCEPTIONS, one.name)) return [];
  return [`${one.name}@${one.version}: has a program that runs at installation (${found})`];
}

/** What was not looked at is not good. The lock file's mark covers what is for other systems. */
function complete({ lock, installed }: Subject): string[] {
  const found = new Set(installed.map(({ name, version }) => `${name}@${version}`));
  const keysOf = finder(lock);
  const optional = new Set(
    Object.values(lock.npm).flatMap((one) => (one.optionalDependencies ?? []).flatMap(keysOf)),
  );
  return Object.entries(lock.npm).flatMap(([key, { scripts }]) => {
    const { name, version } = partsOfKey(key);
    const unknown = scripts && !covers(SCRIPT_EXCEPTIONS, name)
      ? [`${key}: has a program that runs at installation`]
      : [];
    if (optional.has(key) || found.has(`${name}@${version}`)) return unknown;
    return [...unknown, `${key}: is not installed, so its licence was not seen`];
  });
}

/** An exception that excepts nothing would one day let something through. */
function stale({ lock }: Subject): string[] {
  const names = Object.keys(lock.npm).map((key) => partsOfKey(key).name);
  return [...LICENCE_EXCEPTIONS, ...SCRIPT_EXCEPTIONS]
    .filter((exception) => !names.some((name) => covers([exception], name)))
    .map(({ name }) => `${name}: is excepted, and not in the lock file`);
}

function covers(exceptions: readonly Exception[], name: string): boolean {
  return exceptions.some((one) =>
    one.name.endsWith("*") ? name.startsWith(one.name.slice(0, -1)) : name === one.name
  );
}

/** Reads all that is judged from the project's folder. */
export function read(root: string): Subject {
  const json = (path: string) => JSON.parse(Deno.readTextFileSync(path));
  const { imports } = json(join(root, "deno.json"));
  const folders = ["pipeline", "services", "std", "tests", "bench"];
  const texts = folders.flatMap((folder) => [...modules(join(root, folder))]);
  const used = new Set(texts.flatMap((text) => {
    const found = text.matchAll(
      /(?:from|import|resolve|require|createRequire\(.*\))\s*\(?\s*"([^"./][^"]*)"/g,
    );
    return [...found].map(([, specifier = ""]) => specifier);
  }));
  return {
    lock: json(join(root, "deno.lock")),
    imports,
    installed: [...packages(join(root, "node_modules", ".deno"))],
    used,
  };
}

function* modules(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* modules(path);
    else if (/\.(ts|js)$/.test(name)) yield Deno.readTextFileSync(path);
  }
}

/** Each package once: beside it stand links to what it needs. */
function* packages(folder: string): Generator<Installed> {
  if (!isFolder(folder)) return;
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const inside = join(folder, name, "node_modules");
    if (!isDirectory || name === "node_modules" || !isFolder(inside)) continue;
    for (const entry of Deno.readDirSync(inside)) {
      if (!entry.isDirectory) continue;
      const names = entry.name.startsWith("@")
        ? [...Deno.readDirSync(join(inside, entry.name))].filter((one) => one.isDirectory)
          .map((one) => `${entry.name}/${one.name}`)
        : [entry.name];
      for (const one of names) {
        yield JSON.parse(Deno.readTextFileSync(join(inside, one, "package.json")));
      }
    }
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
