/**
 * The command line of the servers as a user runs it, with what it notes in a folder of its own.
 * @module
 */
import { assert } from "@std/assert";
import { join } from "node:path";
import { lives } from "services/identity.ts";
import { readState, type State } from "services/state.ts";
import { TempFolder } from "tickhouse/testing.ts";

const ROOT = join(import.meta.dirname ?? "", "..", "..");
const WAIT_MS = 600_000;

/** What a process printed, and its exit status. */
export interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A folder to note in, and the verbs. */
export class Cli implements Disposable {
  readonly #folder = new TempFolder();
  /** Where what runs is noted. */
  readonly state = join(this.#folder.path, "state");
  /** For servers that keep their data. */
  readonly data = join(this.#folder.path, "data");

  /** Starts a verb. */
  start(verb: string, ...args: string[]): Deno.ChildProcess {
    const main = ["run", "-q", "-P=tools", "services/main.ts"];
    const place = verb === "install" ? [] : ["--state", this.state];
    return new Deno.Command(Deno.execPath(), {
      args: [...main, verb, ...args, ...place],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Runs a verb to its end. */
  async run(verb: string, ...args: string[]): Promise<Finished> {
    return await finish(this.start(verb, ...args));
  }

  /** Waits until `up` has noted what it started. */
  async up(): Promise<State> {
    await until(() => readState(this.state) !== undefined);
    const state = readState(this.state);
    assert(state);
    return state;
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

/** The end of a process, and all it printed. */
export async function finish(child: Deno.ChildProcess): Promise<Finished> {
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

/** Whether all servers run. */
export async function allLive({ services }: State): Promise<boolean> {
  const processes = services.flatMap((service) => service.processes);
  return processes.length > 0 && (await Promise.all(processes.map(lives))).every(Boolean);
}

/** Waits until none of the processes is left. */
export async function assertGone({ keeper, services }: State): Promise<void> {
  const processes = [keeper, ...services.flatMap((service) => service.processes)];
  await until(async () => !(await Promise.all(processes.map(lives))).some(Boolean));
}

/** Waits until it holds, for a minute at the most. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!await condition()) {
    assert(performance.now() < deadline, `not within ${WAIT_MS / 1000} s: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
