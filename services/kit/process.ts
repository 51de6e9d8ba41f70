/**
 * A server process: started under a guard that ends it with its starter, waited for until ready.
 * @module
 */
import { fileURLToPath } from "node:url";
import { TickhouseError } from "tickhouse/errors.ts";
import { lastLines } from "./run.ts";

const GUARD = fileURLToPath(new URL("./guard.sh", import.meta.url));
const POLL_MS = 50;
const STOP_MS = 15_000;

/** What runs and where. */
export interface ProcessOptions {
  /** For messages. */
  readonly name: string;
  /** Path or name of the program. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** On top of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The file that takes all it prints; appended to. */
  readonly log: string;
  /** Its data is not kept: it need not end in order. Default: false. */
  readonly temporary?: boolean;
  /**
   * It leaves things behind when killed, such as shared memory: SIGINT ends it, also when its
   * starter died. Default: false.
   */
  readonly mustTidy?: boolean;
  /** Whether it answers. `printed` is its log since this start. */
  readonly ready: (printed: string) => boolean | Promise<boolean>;
  /** Milliseconds until it must be. Default: 300,000, for a busy machine. */
  readonly readyMs?: number;
}

/** One server that can be ended and started again on the same ports and data. */
export class ServerProcess {
  readonly #options: ProcessOptions;
  #guard: Deno.ChildProcess | undefined;
  #pid: number | undefined;
  #ended: Promise<void> = Promise.resolve();
  #expected = false;
  #ready = false;

  #fail: (error: TickhouseError) => void = () => {};

  /** Comes when the server, once ready, ends though nobody asked it to. */
  readonly failed = new Promise<TickhouseError>((resolve) => this.#fail = resolve);

  constructor(options: ProcessOptions) {
    this.#options = options;
  }

  /** Process id while it runs. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** Lets this process end while the server runs; the server then ends too. */
  unref(): void {
    this.#guard?.unref();
  }

  /** Starts it and waits until it is ready; if it does not get so, it is ended. */
  async start(): Promise<void> {
    if (this.#guard) return;
    const from = logBytes(this.#options.log);
    await this.#spawn();
    try {
      await this.#waitReady(from);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** Asks it to end, and ends it if it does not. */
  async stop(): Promise<void> {
    if (this.#pid === undefined) return;
    this.signal(this.#options.mustTidy ? "SIGINT" : "SIGTERM");
    // A paused process would not hear it.
    this.signal("SIGCONT");
    const timer = setTimeout(() => this.signal("SIGKILL"), STOP_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Ends it at once, without a chance to put anything in order. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#ended;
  }

  /** Ends it for good: in order where its data is kept, else at once. */
  async end(): Promise<void> {
    if (this.#options.temporary && !this.#options.mustTidy) await this.kill();
    else await this.stop();
  }

  /** Sends a signal, if it runs. */
  signal(signal: Deno.Signal): void {
    if (this.#pid === undefined) return;
    if (signal !== "SIGSTOP" && signal !== "SIGCONT") this.#expected = true;
    try {
      Deno.kill(this.#pid, signal);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async #spawn(): Promise<void> {
    const { program, args, env, log, mustTidy } = this.#options;
    const guard = new Deno.Command("sh", {
      args: [GUARD, log, mustTidy ? "INT" : "KILL", program, ...args],
      ...(env === undefined ? {} : { env }),
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#guard = guard;
    this.#expected = false;
    this.#ended = this.#untilEnd(guard);
    this.#pid = Number((await new Response(guard.stdout).text()).trim());
  }

  async #untilEnd(guard: Deno.ChildProcess): Promise<void> {
    const { code } = await guard.status;
    this.#pid = undefined;
    this.#guard = undefined;
    await guard.stdin.close();
    if (this.#ready && !this.#expected) {
      this.#fail(this.#failure(`ended by itself with status ${code}`, 0));
    }
    this.#ready = false;
  }

  async #waitReady(from: number): Promise<void> {
    const { readyMs = 300_000, log, ready } = this.#options;
    const deadline = performance.now() + readyMs;
    while (!await ready(readFrom(log, from))) {
      if (this.#guard === undefined) throw this.#failure("ended before it was ready", from);
      if (performance.now() > deadline) {
        throw this.#failure(`was not ready within ${readyMs / 1000} s`, from);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    if (this.#guard === undefined) throw this.#failure("ended before it was ready", from);
    this.#ready = true;
  }

  #failure(what: string, from: number): TickhouseError {
    const { name, log } = this.#options;
    const said = lastLines(readFrom(log, from), 20);
    const text = `${name} ${what}; the end of ${log}:\n${said}`;
    return new TickhouseError("SERVICE_FAILED", text, {
      kind: /already in use|EADDRINUSE|BindException/i.test(said) ? "transient" : "terminal",
    });
  }
}

function logBytes(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

function readFrom(path: string, from: number): string {
  try {
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(Math.max(0, file.statSync().size - from));
    file.seekSync(from, Deno.SeekMode.Start);
    const read = bytes.length > 0 ? file.readSync(bytes) ?? 0 : 0;
    return new TextDecoder().decode(bytes.subarray(0, read));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
