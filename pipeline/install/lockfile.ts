/** `deno.lock`, as far as it is looked at: which packages there are, and what each needs. @module */

/** A package as the lock file has it. */
export interface Locked {
  readonly integrity?: string;
  readonly dependencies?: readonly string[];
  readonly optionalDependencies?: readonly string[];
  readonly optionalPeers?: readonly string[];
  /** Systems that it is for; all, if none are named. */
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly scripts?: boolean;
}

/** The lock file. */
export interface Lock {
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<Record<string, Locked>>;
  readonly remote?: Readonly<Record<string, string>>;
}

const KEY = /^(@?[^@]+)@([^_]+)(?:_.*)?$/;

/** Name and version of a key such as `a@1.0.0_b@2.0.0`, which tells of the peer b too. */
export function partsOfKey(key: string): { readonly name: string; readonly version: string } {
  const [, name = "", version = ""] = KEY.exec(key) ?? [];
  return { name, version };
}

/** Finds the keys that a dependency may mean: with a version that one, else all of the name. */
export function finder(lock: Lock): (needed: string) => readonly string[] {
  const keys = new Map<string, string[]>();
  for (const key of Object.keys(lock.npm)) {
    const { name, version } = partsOfKey(key);
    for (const one of new Set([key, name, `${name}@${version}`])) {
      keys.set(one, [...keys.get(one) ?? [], key]);
    }
  }
  return (needed) => keys.get(needed.replace(/^.+@npm:/, "")) ?? [];
}

/** The keys of what the project itself asks for; `names` chooses among them. */
export function rootsOf(lock: Lock, names?: readonly string[]): string[] {
  const keysOf = finder(lock);
  return Object.entries(lock.specifiers).flatMap(([specifier, version]) => {
    const name = /^npm:(@?[^@]+)/.exec(specifier)?.[1];
    return name && (names?.includes(name) ?? true) ? keysOf(`${name}@${version}`) : [];
  });
}

/** The keys, and those of all that these need. */
export function reachedFrom(lock: Lock, keys: readonly string[]): Set<string> {
  const keysOf = finder(lock);
  const reached = new Set<string>();
  const waiting = [...keys];
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    if (reached.has(key)) continue;
    reached.add(key);
    const { dependencies = [], optionalDependencies = [], optionalPeers = [] } = lock.npm[key] ??
      {};
    for (const needed of [...dependencies, ...optionalDependencies, ...optionalPeers]) {
      waiting.push(...keysOf(needed));
    }
  }
  return reached;
}
