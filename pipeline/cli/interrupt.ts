/** Signals that end a process: the first one in order, the second one at once. @module */
import { openLibc } from "../libc.ts";
import { note } from "../console.ts";

/**
 * Milliseconds in which signals count as one: the terminal sends Ctrl-C to all processes, and
 * `deno task` passes it on as well.
 */
export const ONE_PRESS_MS = 500;

/** Ctrl-C, what service managers send, and a terminal that is closed. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK", "SIGHUP"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** A signal that aborts on Ctrl-C, SIGTERM or SIGHUP; a second one ends the process at once. */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  #pressedAt: number | undefined;
  #listening: readonly Deno.Signal[];
  #letting: ReturnType<typeof setTimeout> | undefined;
  readonly #onSignal = () => {
    const now = performance.now();
    if (this.#pressedAt !== undefined && now - this.#pressedAt < ONE_PRESS_MS) return;
    if (this.#pressedAt !== undefined) Deno.exit(130);
    this.#pressedAt = now;
    note("draining; once more to stop at once");
    this.#controller.abort();
    // From then on the system itself ends the process, also while this thread is busy.
    this.#letting = setTimeout(() => this.#letGo(), ONE_PRESS_MS);
    Deno.unrefTimer(this.#letting);
  };

  constructor() {
    const outlives = hangUp("ignored?") === "yes";
    this.#listening = SIGNALS.filter((name) => name !== "SIGHUP" || !outlives);
    for (const name of this.#listening) Deno.addSignalListener(name, this.#onSignal);
    // With the first listener, Deno takes over other signals as well.
    if (outlives) hangUp("ignore");
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** As if the signal had come; the next one is the first that did. */
  stop(): void {
    this.#controller.abort();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#letting);
    this.#letGo();
  }

  #letGo(): void {
    for (const name of this.#listening) Deno.removeSignalListener(name, this.#onSignal);
    this.#listening = [];
  }
}

const SIGHUP = 1;
const SIG_IGN = 1n;

/**
 * Asks whether the process was started to outlive its terminal, as by nohup, which lets it ignore
 * SIGHUP; or ignores it.
 */
function hangUp(what: "ignored?" | "ignore"): "yes" | "no" {
  try {
    const libc = openLibc({ signal: { parameters: ["i32", "usize"], result: "usize" } });
    if (!libc) return "no";
    // There is no other way to ask than to set it.
    const before = libc.symbols.signal(SIGHUP, SIG_IGN);
    if (what === "ignored?") libc.symbols.signal(SIGHUP, before);
    libc.close();
    return before === SIG_IGN ? "yes" : "no";
  } catch {
    return "no"; // No leave to ask it.
  }
}
