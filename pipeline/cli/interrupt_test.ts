import { assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { LIBC_PATHS } from "../libc.ts";
import { ONE_PRESS_MS } from "./interrupt.ts";

/** The fixture, and what it says. */
class Process implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #said = { stdout: "", stderr: "" };
  readonly #reading: Promise<unknown>;

  /** `shell` runs before it, in its process. */
  constructor(args: readonly string[] = [], shell = "") {
    const script = new URL("./interrupt_fixture.ts", import.meta.url).pathname;
    // No more than a verb may open.
    const ffi = `--allow-ffi=${LIBC_PATHS.join(",")}`;
    const command = [Deno.execPath(), "run", "--quiet", ffi, script, ...args];
    this.#child = new Deno.Command("sh", {
      args: ["-c", `${shell} exec "$@"`, "sh", ...command],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reading = Promise.all([this.#read("stdout"), this.#read("stderr")]);
  }

  async until(stream: "stdout" | "stderr", text: string): Promise<void> {
    for (let tries = 0; tries < 600; tries++) {
      if (this.#said[stream].includes(text)) return;
      await delay(50);
    }
    throw new Error(`it never said ${text}, but: ${JSON.stringify(this.#said)}`);
  }

  said(text: string): boolean {
    return this.#said.stderr.includes(text);
  }

  send(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  async code(): Promise<number> {
    return (await this.#child.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended.
    }
    await this.#reading;
    await this.#child.status;
  }

  async #read(stream: "stdout" | "stderr"): Promise<void> {
    for await (const text of this.#child[stream].pipeThrough(new TextDecoderStream())) {
      this.#said[stream] += text;
    }
  }
}

const DRAINING = "draining; once more to stop at once";

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`Interrupt: ${signal} drains, and a second press ends the process at once`, async () => {
    await using child = new Process();
    await child.until("stdout", "ready");
    child.send(signal);
    await child.until("stderr", DRAINING);
    await delay(2 * ONE_PRESS_MS);
    child.send("SIGINT");
    assertEquals(await child.code(), 130);
  });
}

Deno.test("Interrupt: a second press ends a process that is too busy to look at signals", async () => {
  await using child = new Process(["busy"]);
  await child.until("stdout", "ready");
  child.send("SIGINT");
  await child.until("stdout", "busy");
  child.send("SIGINT");
  assertEquals(await child.code(), 130);
});

Deno.test("Interrupt: what nohup started outlives its terminal, and drains on Ctrl-C", async () => {
  await using child = new Process([], "trap '' HUP;");
  await child.until("stdout", "ready");
  child.send("SIGHUP");
  child.send("SIGINT");
  await child.until("stderr", DRAINING);
  // Were it taken for a press, it would be the first one, and this the second.
  await delay(2 * ONE_PRESS_MS);
  child.send("SIGHUP");
  await delay(2 * ONE_PRESS_MS);
  child.send("SIGTERM");
  assertEquals(await child.code(), 143);
});
