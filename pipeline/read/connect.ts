/**
 * `connect()`: the one way to read, whether the warehouse is being written or not.
 * @module
 */
import { delay } from "@std/async";
import { findSettings } from "../config/config.ts";
import { hasCode, TickhouseError } from "../errors.ts";
import { isHeld } from "../duckdb/engine/errors.ts";
import type { Bind, Cell, Result } from "../sql/session.ts";
import { readEndpoint } from "./endpoint_file.ts";
import { findDotEnv, findHome, warehousePath } from "./home.ts";
import { LocalReader } from "./local_reader.ts";
import { type DataFrame, type Reader, toObjects } from "./reader.ts";
import { spelled } from "./show_tables.ts";
import { isAlive, RemoteReader } from "./remote_reader.ts";

/** What to connect to. */
export interface ConnectOptions {
  /** Default: `TICKHOUSE_HOME`, else the nearest `.tickhouse`. */
  readonly home?: string;
  /** How long to wait for a file that is held by a process without an endpoint. Default: 5 s. */
  readonly waitMs?: number;
  /**
   * The file is let go after this much idleness, so that a stream can start beside an open
   * notebook. Default: 1 s.
   */
  readonly idleMs?: number;
}

const RETRY_MS = 100;

/**
 * Reads through the endpoint of the process that streams, or the file if nothing streams; when the
 * stream starts or ends between two queries, the next query finds the other way by itself.
 * Throws `WAREHOUSE_MISSING` where nothing has streamed yet, and `DATABASE_HELD` if the file stays
 * held and no endpoint answers.
 *
 * ```ts ignore
 * import { connect } from "tickhouse";
 * await using house = await connect();
 * await house.rows("SELECT symbol, count(*) AS ticks FROM bronze.ticks GROUP BY symbol");
 * ```
 */
export async function connect(options: ConnectOptions = {}): Promise<Reader> {
  const home = options.home ??
    findHome(findSettings({ dotEnv: findDotEnv() }).home);
  const open = () => openEither(home, options.waitMs ?? 5000);
  return new SwitchingReader(open, await open(), options.idleMs ?? 1000);
}

async function openEither(home: string, waitMs: number): Promise<Reader> {
  const deadline = performance.now() + waitMs;
  while (true) {
    const endpoint = await readEndpoint(home);
    if (endpoint && await isAlive(endpoint)) return new RemoteReader(endpoint);
    try {
      return await openFile(home);
    } catch (error) {
      if (!isHeld(error) || performance.now() >= deadline) throw error;
    }
    await delay(RETRY_MS);
  }
}

async function openFile(home: string): Promise<Reader> {
  const path = warehousePath(home);
  try {
    await Deno.stat(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new TickhouseError("WAREHOUSE_MISSING", "there is no warehouse yet", {
      field: "home",
      value: home,
      fix: "run `deno task demo` (or `deno task stream`), or set TICKHOUSE_HOME",
      cause,
    });
  }
  return LocalReader.open(path);
}

function isGone(error: unknown): boolean {
  return hasCode(error, "ENDPOINT_GONE", "ENDPOINT_CLOSING");
}

/** Opens a reader when one is needed, lets it go when idle, and replaces one that is gone. */
class SwitchingReader implements Reader {
  readonly #open: () => Promise<Reader>;
  readonly #idleMs: number;
  #current: Promise<Reader> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #active = 0;
  #closed = false;

  constructor(open: () => Promise<Reader>, first: Reader, idleMs: number) {
    this.#open = open;
    this.#idleMs = idleMs;
    this.#current = Promise.resolve(first);
    this.#watchIdleness();
  }

  query(sql: string, binds?: readonly Bind[]): Promise<Result> {
    return this.#use((reader) => reader.query(spelled(sql), binds));
  }

  async rows<T = Record<string, Cell>>(sql: string, binds?: readonly Bind[]): Promise<T[]> {
    return toObjects<T>(await this.query(sql, binds));
  }

  frame(sql: string): Promise<DataFrame> {
    return this.#use((reader) => reader.frame(spelled(sql)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#release();
  }

  async #use<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    if (this.#closed) throw new TickhouseError("READER_CLOSED", "this reader was disposed");
    clearTimeout(this.#timer);
    this.#active++;
    try {
      try {
        return await work(await this.#acquire());
      } catch (error) {
        if (!isGone(error)) throw error;
        await this.#release();
        return await work(await this.#acquire());
      }
    } finally {
      this.#active--;
      if (this.#active === 0 && !this.#closed) this.#watchIdleness();
    }
  }

  #acquire(): Promise<Reader> {
    this.#current ??= this.#open().catch((error) => {
      this.#current = undefined; // The next query tries again.
      throw error;
    });
    return this.#current;
  }

  #watchIdleness(): void {
    this.#timer = setTimeout(() => void this.#release(), this.#idleMs);
    Deno.unrefTimer(this.#timer);
  }

  async #release(): Promise<void> {
    clearTimeout(this.#timer);
    const current = this.#current;
    this.#current = undefined;
    await (await current)?.[Symbol.asyncDispose]();
  }
}
