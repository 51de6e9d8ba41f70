/** The processes that read: started when they are needed, replaced when a statement ended one. @module */
import { fileURLToPath } from "node:url";
import { LIBC_PATHS } from "../libc.ts";
import { TickhouseError } from "../errors.ts";
import { lowerPriority } from "./process_limits.ts";
import { READER_VARIABLES } from "./reader_variables.ts";
import { type Answer, type Ask, EXIT_MEMORY, fromWire, linesOf, READING } from "./reading.ts";

/** How many processes there are, and for how long. */
export interface ReadingPoolOptions {
  /** The only folder whose files they read and write. */
  readonly folder: string;
  /** At once; who comes when all are taken waits. Default: 2. */
  readonly processesMax?: number;
  /** Milliseconds after which an unused one ends. Default: 60,000. */
  readonly idleMs?: number;
}

/** Answers after which a process is replaced: what its allocator keeps in pieces goes with it. */
const ASKS_MAX = 500;
/** MiB of JavaScript's values. */
const HEAP_MIB = 384;
/** Where the engine's library is. */
const PACKAGES = fileURLToPath(new URL("../../node_modules", import.meta.url));
/** Characters kept of what a process prints. */
const TAIL = 2_000;

/** Lends processes that read. */
export class ReadingPool implements AsyncDisposable {
  readonly #options: ReadingPoolOptions;
  readonly #idle: ReadingProcess[] = [];
  readonly #waiting: (() => void)[] = [];
  #taken = 0;
  #closed = false;

  constructor(options: ReadingPoolOptions) {
    this.#options = options;
  }

  /**
   * Lends a process to `work`. Aborting the signal kills it, and `work` throws the signal's reason.
   */
  async use<T>(signal: AbortSignal, work: (process: Lent) => Promise<T>): Promise<T> {
    await this.#enter(signal);
    try {
      signal.throwIfAborted();
      const process = this.#idle.pop() ?? new ReadingProcess(this.#options.folder);
      process.wake();
      const kill = () => process.kill();
      signal.addEventListener("abort", kill, { once: true });
      try {
        return await work({ ask: (ask) => process.ask(ask) });
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        signal.removeEventListener("abort", kill);
        if (process.isSound && !this.#closed) this.#rest(process);
        else process.kill();
      }
    } finally {
      this.#leave();
    }
  }

  /** Ends all processes; what they do is broken off. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#idle.splice(0).map((process) => process.kill()));
  }

  #rest(process: ReadingProcess): void {
    this.#idle.push(process);
    process.sleep(this.#options.idleMs ?? 60_000, () => {
      const at = this.#idle.indexOf(process);
      if (at >= 0) this.#idle.splice(at, 1);
    });
  }

  async #enter(signal: AbortSignal): Promise<void> {
    if (this.#taken < (this.#options.processesMax ?? 2)) {
      this.#taken++;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    const giveUp = () => {
      const at = this.#waiting.indexOf(resolve);
      // Else its turn has come already: it goes on, and looks at the signal itself.
      if (at < 0) return;
      this.#waiting.splice(at, 1);
      reject(signal.reason);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#taken--;
  }
}

/** A process that was lent. */
export interface Lent {
  /** Throws what the process threw, and `QUERY_CRASHED` or `QUERY_MEMORY` if it ended under it. */
  ask(ask: Ask): Promise<unknown>;
}

class ReadingProcess implements Lent {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncGenerator<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #tail: Promise<string>;
  readonly #encoder = new TextEncoder();
  #asked = 0;
  #answered = 0;
  #isAlive = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(folder: string) {
    const env: Record<string, string> = {};
    for (const name of READER_VARIABLES) {
      const value = Deno.env.get(name);
      if (value !== undefined) env[name] = value;
    }
    // The system may check the path as it is named, or as it is.
    const folders = [...new Set([folder, Deno.realPathSync(folder)])];
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--no-prompt", "--cached-only"],
        `--allow-ffi=${[PACKAGES, Deno.realPathSync(PACKAGES), ...LIBC_PATHS].join(",")}`,
        ...["read", "write"].map((what) => `--allow-${what}=${folders.join(",")}`),
        `--v8-flags=--max-old-space-size=${HEAP_MIB}`,
        fileURLToPath(new URL("reading_process.ts", import.meta.url)),
      ],
      cwd: folder,
      clearEnv: true,
      env,
      // A group of its own: Ctrl-C is for the stream, which ends it when it has drained.
      detached: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    // At once: its start is work already. Its threads inherit it.
    lowerPriority(this.#child.pid);
    this.#lines = linesOf(this.#child.stdout);
    this.#input = this.#child.stdin.getWriter();
    this.#input.closed.catch(() => {}); // Its end shows in what it answers: nothing more.
    this.#tail = tailOf(this.#child.stderr);
  }

  /** Whether it can be asked again. */
  get isSound(): boolean {
    return this.#isAlive && this.#asked === this.#answered && this.#asked < ASKS_MAX;
  }

  async ask(ask: Ask): Promise<unknown> {
    this.#asked++;
    const line = this.#encoder.encode(`${JSON.stringify(ask)}\n`);
    const [{ value, done }] = await Promise.all([
      this.#lines.next(),
      this.#input.write(line).catch(() => {}), // The same.
    ]);
    if (done) throw await this.#death();
    this.#answered++;
    const answer = JSON.parse(value) as Answer;
    if (!("error" in answer)) return answer.value;
    // What failed for want of memory may have left little of it.
    if (answer.error.code === "QUERY_MEMORY") void this.kill();
    throw fromWire(answer.error);
  }

  async kill(): Promise<void> {
    this.wake();
    if (this.#isAlive) {
      this.#isAlive = false;
      try {
        this.#child.kill("SIGKILL");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // It has ended.
      }
    }
    await this.#child.status;
  }

  /** Ends after a while; meanwhile it keeps nobody from ending. */
  sleep(idleMs: number, onEnd: () => void): void {
    this.#child.unref();
    const end = () => {
      onEnd();
      void this.kill();
    };
    this.#timer = setTimeout(end, idleMs);
    Deno.unrefTimer(this.#timer);
  }

  wake(): void {
    this.#child.ref();
    clearTimeout(this.#timer);
  }

  async #death(): Promise<TickhouseError> {
    this.#isAlive = false;
    const { code, signal } = await this.#child.status;
    const mib = READING.dataMax / 2 ** 20;
    if (code === EXIT_MEMORY) {
      return new TickhouseError("QUERY_MEMORY", `the statement took more than ${mib} MiB`, {
        field: "sql",
        fix: "restrict it to a shorter time or fewer symbols",
      });
    }
    if (this.#answered === 0 && signal === null) {
      const tail = (await this.#tail).trim();
      return new TickhouseError("READING_FAILED", `the process that reads did not start: ${tail}`);
    }
    return new TickhouseError(
      "QUERY_CRASHED",
      `the statement ended the process that reads (${signal ?? `exit status ${code}`}); what is ` +
        "written is not touched",
      { field: "sql", fix: `it nests too deep, or needs more than ${mib} MiB: make it simpler` },
    );
  }
}

async function tailOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let tail = "";
  for await (const bytes of stream) {
    tail = (tail + decoder.decode(bytes, { stream: true })).slice(-TAIL);
  }
  return tail;
}
