/**
 * What every started server offers, and the folders it lives in.
 * @module
 */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { TickhouseError } from "tickhouse/errors.ts";
import type { ServiceName } from "./versions.ts";

const SWEEP = fileURLToPath(new URL("./sweep.sh", import.meta.url));

/** What can be said about any server. */
export interface StartOptions {
  /** A folder that keeps the data; the server finds it again. Default: one that goes at the end. */
  readonly data?: string;
  /** Where installed servers are kept. Default: the user's cache folder. */
  readonly cache?: string;
}

/** A running server; dispose of it to end it and remove its data. */
export interface Service extends AsyncDisposable {
  /** Which one. */
  readonly name: ServiceName;
  /** What a user sets to use it: environment variables. */
  readonly variables: Readonly<Record<string, string>>;
  /** Holds what the servers printed. */
  readonly logFolder: string;
  /** The processes that run now. */
  readonly pids: readonly number[];
  /** Comes when a server ends though nobody asked it to. */
  readonly failed: Promise<TickhouseError>;
  /** Lets this process end while the servers run; they then end too. */
  unref(): void;
}

/** The folders of one service: given and kept, or temporary. */
export class Home {
  /** All else is in here. */
  readonly folder: string;
  /** Holds what the servers print. */
  readonly logFolder: string;
  /** Removes a temporary one, also if this process is killed. */
  readonly #sweep: Deno.ChildProcess | undefined;

  constructor(name: ServiceName, data: string | undefined) {
    this.folder = data === undefined
      ? Deno.makeTempDirSync({ prefix: `tickhouse-${name}-` })
      : resolve(data, name);
    if (data === undefined) {
      const args = [SWEEP, this.folder];
      this.#sweep = new Deno.Command("sh", { args, stdin: "piped", stdout: "null" }).spawn();
      this.#sweep.unref();
    }
    this.logFolder = this.make("logs");
  }

  /** Whether nothing is kept. */
  get temporary(): boolean {
    return this.#sweep !== undefined;
  }

  /** A folder inside, made if it is missing. */
  make(name: string): string {
    const path = join(this.folder, name);
    Deno.mkdirSync(path, { recursive: true });
    return path;
  }

  /** Removes a temporary one. */
  async end(): Promise<void> {
    if (!this.#sweep) return;
    this.#sweep.ref();
    await this.#sweep.stdin.close();
    await this.#sweep.status;
  }
}

/** A random password that is kept with the data. */
export function secret(home: Home): string {
  const path = join(home.make("secret"), "password");
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const made = crypto.randomUUID();
    Deno.writeTextFileSync(path, made, { mode: 0o600 });
    return made;
  }
}

const TRIES = 3;

/** Runs `start`, again with other ports if another process took one of them in between. */
export async function withFreshPorts<T>(start: () => Promise<T>): Promise<T> {
  for (let tries = 1;; tries++) {
    try {
      return await start();
    } catch (error) {
      const transient = error instanceof TickhouseError && error.kind === "transient";
      if (!transient || tries === TRIES) throw error;
    }
  }
}
