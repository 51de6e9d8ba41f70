/**
 * PostgreSQL: the one that the system has.
 * @module
 */
import { dirname, join } from "node:path";
import { TickhouseError } from "tickhouse/errors.ts";
import type { Need } from "./kit/needs.ts";
import { LOOPBACK } from "./kit/ports.ts";
import { mustRun, run } from "./kit/run.ts";
import { type Home, secret, type StartOptions } from "./kit/service.ts";
import { type Plan, type Single, startSingle } from "./kit/single.ts";

const OLDEST = 13;
const SYSTEM = "/usr/lib/postgresql";
const USER = "tickhouse";
const MEND = `install PostgreSQL ${OLDEST} or newer, such as the package postgresql`;

/** Is PostgreSQL itself. */
export const POSTGRES: Need = {
  name: `PostgreSQL ${OLDEST} or newer`,
  fix: "PostgreSQL",
  debian: "postgresql",
  look: async () => {
    try {
      return { there: true, text: await findPostgres() };
    } catch (error) {
      return { there: false, text: error instanceof TickhouseError ? error.what : `${error}` };
    }
  },
};

/** Starts PostgreSQL with a database `tickhouse`. */
export async function startPostgres(options: StartOptions = {}): Promise<Single> {
  const bin = await findPostgres();
  return await startSingle("postgres", options, (home, port) => plan(bin, home, port));
}

/** The folder with its programs. Throws if there are none, or they are too old. */
export async function findPostgres(): Promise<string> {
  const initdb = await newest() ?? "initdb";
  const version = await mustRun(initdb, ["--version"], MEND);
  const major = Number(/(\d+)/.exec(version)?.[1]);
  if (!(major >= OLDEST)) {
    throw new TickhouseError("TOOL_MISSING", "PostgreSQL is too old", {
      field: "version",
      value: version.trim(),
      fix: MEND,
    });
  }
  // A link on the PATH does not lead to the other programs.
  const path = initdb === "initdb" ? await run("sh", ["-c", "command -v initdb"]) : initdb;
  return dirname(Deno.realPathSync(path.trim()));
}

/** Debian keeps its programs off the PATH, in a folder for each version. */
async function newest(): Promise<string | undefined> {
  try {
    const versions = await Array.fromAsync(Deno.readDir(SYSTEM), ({ name }) => Number(name));
    const major = Math.max(...versions.filter((version) => version > 0));
    return major > 0 ? join(SYSTEM, `${major}`, "bin", "initdb") : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function plan(bin: string, home: Home, port: number): Promise<Plan> {
  const password = secret(home);
  const data = home.make("postgres");
  const uid = Deno.uid() === 0 ? await unprivilegedUser(home, data) : undefined;
  const as = uid === undefined ? [] : ["setpriv", ...dropTo(uid)];
  if (isEmpty(data)) await makeCluster(bin, as, data, password, uid);
  const settings = {
    listen_addresses: LOOPBACK,
    port,
    unix_socket_directories: "",
    // In its folder, so that nothing stays behind when it is killed.
    dynamic_shared_memory_type: "mmap",
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const [program = "", ...args] = [...as, join(bin, "postgres"), "-D", data, ...flags];
  const url = (database: string) =>
    `postgres://${USER}:${password}@${LOOPBACK}:${port}/${database}`;
  return {
    program,
    args,
    mustTidy: true,
    ready: (printed) => printed.includes("ready to accept connections"),
    furnish: async () => {
      const ask = async (sql: string) =>
        await run(join(bin, "psql"), ["-X", "-q", "-A", "-t", "-d", url("postgres"), "-c", sql], {
          secret: password,
        });
      const there = await ask("select count(*) from pg_database where datname = 'tickhouse'");
      if (there.trim() === "0") await ask("create database tickhouse");
    },
    // PostgreSQL's own names, which every client reads, and that of the metadata store.
    variables: () => ({
      TICKHOUSE_METADATA: url("tickhouse"),
      PGHOST: LOOPBACK,
      PGPORT: `${port}`,
      PGUSER: USER,
      PGPASSWORD: password,
      PGDATABASE: "tickhouse",
    }),
  };
}

async function makeCluster(
  bin: string,
  as: readonly string[],
  data: string,
  password: string,
  uid: number | undefined,
): Promise<void> {
  const file = `${data}.password`;
  Deno.writeTextFileSync(file, password, { mode: 0o600 });
  if (uid !== undefined) Deno.chownSync(file, uid, null);
  const [program = "", ...args] = [
    ...as,
    join(bin, "initdb"),
    ...["-D", data, "-U", USER, "-A", "scram-sha-256", "--pwfile", file],
    ...["-E", "UTF8", "--locale=C", "--no-sync"],
  ];
  try {
    await run(program, args);
  } finally {
    Deno.removeSync(file);
  }
}

/** PostgreSQL refuses to run as root: the user that runs it then, to whom its folder is given. */
async function unprivilegedUser(home: Home, data: string): Promise<number> {
  const uid = Number(await mustRun("id", ["-u", "postgres"], "make a system user named postgres"));
  await mustRun("setpriv", [...dropTo(uid), "true"], "do not run as root, or install util-linux");
  Deno.chmodSync(home.folder, 0o711);
  Deno.chownSync(data, uid, null);
  return uid;
}

function dropTo(uid: number): string[] {
  return [`--reuid=${uid}`, "--regid=postgres", "--clear-groups"];
}

function isEmpty(folder: string): boolean {
  return Deno.readDirSync(folder)[Symbol.iterator]().next().done === true;
}
