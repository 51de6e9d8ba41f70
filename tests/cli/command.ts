/**
 * The command line as a user runs it: a process of its own, with the permissions that
 * `pipeline/cli/launch.ts` gives it, in a folder of its own.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import { readDotEnv } from "tickhouse/config/config.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import { configOf, permissionFlags, realPath } from "tickhouse/cli/permissions.ts";
import { TempFolder } from "tickhouse/testing.ts";

export const ROOT = join(import.meta.dirname ?? "", "..", "..");
/** Of the tests' own environment, what a process needs to start. */
const PASSED_ON = ["PATH", "HOME", "DENO_DIR", "TMPDIR"];

/** What a process printed, and its exit status. */
export interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A folder to work in, with a home in it. */
export class Place implements Disposable {
  readonly folder = new TempFolder();
  readonly home: string;

  /** `name` is that of the home's folder. */
  constructor(name = "home") {
    this.home = join(this.folder.path, name);
  }

  /** A path in the folder. */
  path(name: string): string {
    return join(this.folder.path, name);
  }

  /** Writes a file into the folder and returns its path. */
  write(name: string, content: string): string {
    Deno.writeTextFileSync(this.path(name), content);
    return this.path(name);
  }

  /** Runs a verb to its end. */
  async run(args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
    return await finish(this.#command(this.#deno(args, env), env).spawn());
  }

  /** The same; undefined for one that has not ended after so many milliseconds, and is killed. */
  async runWithin(
    ms: number,
    args: readonly string[],
    env: Record<string, string> = {},
  ): Promise<Finished | undefined> {
    await using running = this.start(args, env);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) =>
      timer = setTimeout(() => resolve(undefined), ms)
    );
    const result = await Promise.race([running.finished(), late]);
    clearTimeout(timer);
    return result;
  }

  /** Runs a verb that can't write files beyond so many KiB, as on a full disk. */
  async runOnFullDisk(kib: number, args: readonly string[]): Promise<Finished> {
    const limited = `trap '' XFSZ; ulimit -f ${kib * 2}; exec "$@"`;
    const command = ["sh", "-c", limited, "sh", ...this.#deno(args, {})];
    return await finish(this.#command(command, {}).spawn());
  }

  /** Starts a verb. */
  start(args: readonly string[], env: Record<string, string> = {}): Running {
    return new Running(this.#command(this.#deno(args, env), env).spawn());
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }

  /** A user's cache folder: who has asked a provider when is of this place alone. */
  get #cache(): string {
    return this.path("cache");
  }

  /**
   * Deno with the flags of the verb, so that signals go to the verb itself; what the launcher
   * refuses is left to it.
   */
  #deno(args: readonly string[], env: Record<string, string>): string[] {
    const config = join(ROOT, "deno.json");
    return [Deno.execPath(), "run", "-q", "--config", config, ...this.#program(args, env), ...args];
  }

  #program(args: readonly string[], env: Record<string, string>): string[] {
    try {
      return [...this.#flags(args, env), join(ROOT, "pipeline/cli/main.ts")];
    } catch (error) {
      if (!(error instanceof TickhouseError)) throw error;
      return ["-P=launch", join(ROOT, "pipeline/cli/launch.ts")];
    }
  }

  #flags(args: readonly string[], env: Record<string, string>): string[] {
    const variables = { TICKHOUSE_HOME: this.home, ...env };
    return permissionFlags(configOf(args, variables, readDotEnv(this.path(".env"))), args, {
      project: ROOT,
      folder: this.folder.path,
      temp: dirname(this.folder.path),
      deno: Deno.execPath(),
      paces: join(this.#cache, "tickhouse", "paces"),
      stages: env["TICKHOUSE_SERVICES_SNOWFLAKE_STAGES"],
      real: realPath,
    });
  }

  #command([program = "", ...args]: string[], env: Record<string, string>): Deno.Command {
    const passed = Object.fromEntries(
      PASSED_ON.flatMap((name) => {
        const value = Deno.env.get(name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    return new Deno.Command(program, {
      args,
      cwd: this.folder.path,
      clearEnv: true,
      env: {
        ...passed,
        TICKHOUSE_HOME: this.home,
        TICKHOUSE_CACHE: this.#cache,
        TICKHOUSE_RATE: "max",
        ...env,
      },
      stdout: "piped",
      stderr: "piped",
    });
  }
}

/** A process on its way. */
export class Running implements AsyncDisposable {
  readonly pid: number;
  readonly #child: Deno.ChildProcess;
  readonly #finished: Promise<Finished>;
  #err = "";

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.pid = child.pid;
    this.#finished = this.#finish();
  }

  /** What it has printed on stderr. */
  get printed(): string {
    return this.#err;
  }

  /** Waits until it has printed that on stderr. */
  async until(pattern: RegExp): Promise<void> {
    for (let tries = 0; tries < 6000; tries++) {
      if (pattern.test(this.#err)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`it never printed ${pattern}, but:\n${this.#err}`);
  }

  /** Sends a signal and waits for the end. */
  async end(signal: Deno.Signal = "SIGINT"): Promise<Finished> {
    this.#child.kill(signal);
    return await this.#finished;
  }

  /** Waits for the end. */
  finished(): Promise<Finished> {
    return this.#finished;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended.
    }
    await this.#finished;
  }

  async #finish(): Promise<Finished> {
    const readErr = async () => {
      for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
        this.#err += text;
      }
    };
    const [status, out] = await Promise.all([
      this.#child.status,
      new Response(this.#child.stdout).text(),
      readErr(),
    ]);
    return { code: status.code, out, err: this.#err };
  }
}

/** Asserts a refusal: exit status 2, the code, the words, nothing on stdout, no stack trace. */
export function assertRefused(result: Finished, code: string, ...says: RegExp[]): void {
  assertEquals(result.code, 2, result.err);
  assertEquals(result.out, "");
  assert(result.err.includes(`error ${code}: `), result.err);
  for (const words of says) assert(words.test(result.err), `${words} is not in\n${result.err}`);
  assertNoStack(result);
}

/** Asserts success, and returns what was printed. */
export function assertDone(result: Finished): string {
  assertEquals(result.code, 0, result.err + result.out);
  assertNoStack(result);
  return result.out;
}

/** A stack trace helps nobody who typed a wrong option. */
export function assertNoStack({ err, out }: Finished): void {
  assert(!/^\s+at .*[:(]/m.test(err + out) && !/unexpected|Uncaught/.test(err), err);
}

async function finish(child: Deno.ChildProcess): Promise<Finished> {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}
