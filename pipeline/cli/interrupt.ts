import { note } from "./console.ts";

/**
 * Milliseconds in which signals count as one: the terminal sends Ctrl-C to all processes, and
 * `deno task` passes it on as well.
 */
export const ONE_PRESS_MS = 500;

/** A signal that aborts on Ctrl-C or SIGTERM; a second one ends the process at once. */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  #pressedAt: number | undefined;
  readonly #onSignal = () => {
    const now = performance.now();
    if (this.#pressedAt !== undefined && now - this.#pressedAt < ONE_PRESS_MS) return;
    this.#pressedAt = now;
    if (this.#controller.signal.aborted) Deno.exit(130);
    note("draining; once more to stop at once");
    this.#controller.abort();
  };

  constructor() {
    Deno.addSignalListener("SIGINT", this.#onSignal);
    Deno.addSignalListener("SIGTERM", this.#onSignal);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** As if the signal had come. */
  stop(): void {
    this.#controller.abort();
  }

  [Symbol.dispose](): void {
    Deno.removeSignalListener("SIGINT", this.#onSignal);
    Deno.removeSignalListener("SIGTERM", this.#onSignal);
  }
}
