/**
 * Processes that a run starts: workers, which take task after task, and the command line.
 * @module
 */
import { join } from "node:path";
import { messageOf } from "tickhouse/errors.ts";
import type { ProduceJob } from "./produce_work.ts";
import type { Job } from "./work.ts";

/** What a worker process is asked to do. */
export type Task =
  | { readonly verb: "work"; readonly job: Job }
  | { readonly verb: "produce"; readonly job: ProduceJob };

/** What it answers: nothing, or its error. */
export interface Answer {
  readonly code?: string;
  readonly message?: string;
}

/** How a task ended: by an answer, or with the process. */
export type End = Answer & { readonly signal?: Deno.Signal | null };

/** How a process of the command line ended. */
export interface Finished {
  readonly status: number;
  readonly signal: Deno.Signal | null;
  readonly out: string;
  readonly err: string;
}

const FOLDER = import.meta.dirname ?? "";
const ROOT = join(FOLDER, "..", "..");
/** Milliseconds between looks at a process's memory. */
const LOOK_MS = 100;

/** The most memory that processes took, bytes. */
export class Memory {
  peak = 0;

  /** Looks at the process until it ends. */
  watch(pid: number, ended: Promise<unknown>): void {
    const look = () => this.peak = Math.max(this.peak, residentBytes(pid));
    const timer = setInterval(look, LOOK_MS);
    ended.finally(() => clearInterval(timer));
  }
}

/** The most that the process ever held, bytes; 0 if it has ended. */
function residentBytes(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
  } catch (error) {
    // Gone between two looks.
    if (error instanceof Deno.errors.NotFound || /os error 3/.test(messageOf(error))) return 0;
    throw error;
  }
}

/** A worker process: one task at a time, for as long as it lives. */
export class WorkerProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #held = "";
  #isAlive = true;

  constructor(memory: Memory) {
    const worker = join(FOLDER, "worker.ts");
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--quiet", "--no-check", worker],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#child.status.then(() => this.#isAlive = false);
    memory.watch(this.#child.pid, this.#child.status);
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#writer = this.#child.stdin.getWriter();
  }

  /** Whether it can take a task. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Waits until it is ready for its first task; throws if it ends instead. */
  async ready(): Promise<void> {
    if (await this.#line() !== undefined) return;
    throw new Error(`a worker did not start: status ${(await this.#child.status).code}`);
  }

  /** Runs the task to its end, or to the end of the process. */
  async run(task: Task): Promise<End> {
    await this.#writer.write(new TextEncoder().encode(JSON.stringify(task) + "\n"));
    const line = await this.#line();
    if (line !== undefined) return JSON.parse(line);
    this.#isAlive = false;
    const { signal, code } = await this.#child.status;
    return signal ? { signal } : { code: "EXIT", message: `it ended with status ${code}` };
  }

  /** Kills it now. */
  kill(signal: Deno.Signal = "SIGKILL"): void {
    if (this.#isAlive) this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.#child.status;
    await this.#writer.close().catch(() => "its reader is gone");
    await this.#lines.cancel();
  }

  async #line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#held.indexOf("\n");
      if (end >= 0) {
        const line = this.#held.slice(0, end);
        this.#held = this.#held.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#lines.read();
      if (done) return undefined;
      this.#held += value;
    }
  }
}

/** A verb of the command line, as a user runs it; `fileKib` limits the size of its files. */
export async function commandLine(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  memory: Memory,
  folder: string,
  fileKib?: number,
): Promise<Finished> {
  const config = join(ROOT, "deno.json");
  const main = join(ROOT, "pipeline", "cli", "main.ts");
  const deno = [Deno.execPath(), "run", "-q", "--config", config, "-P=pipeline", main, ...args];
  const limit = fileKib === undefined ? "" : `trap '' XFSZ; ulimit -f ${fileKib * 2}; `;
  const child = new Deno.Command("sh", {
    args: ["-c", `${limit}exec "$@"`, "sh", ...deno],
    env,
    cwd: folder,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  memory.watch(child.pid, child.status);
  const { code, signal, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { status: code, signal, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}
