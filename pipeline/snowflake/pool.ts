/**
 * Sessions on Snowflake that are kept and lent: a log-in takes seconds.
 * @module
 */
import { hasCode } from "../errors.ts";
import type { SnowflakeOptions } from "./options.ts";
import { SnowflakeSession } from "./session.ts";

/** Lends sessions, each to one user at a time; those that broke are thrown away. */
export class SnowflakePool implements AsyncDisposable {
  readonly #options: SnowflakeOptions;
  readonly #max: number;
  readonly #idle: SnowflakeSession[] = [];
  readonly #waiting: (() => void)[] = [];
  #lent = 0;
  #closed = false;

  /** At most `max` sessions at a time; whoever wants one more waits. Default: 4. */
  constructor(options: SnowflakeOptions, max = 4) {
    this.#options = options;
    // Each log-in would open a page of its own.
    this.#max = options.authenticator === "browser" ? 1 : max;
  }

  /**
   * Lends a session for `work`, which must end its transactions. If an idle session turns out to
   * have ended, `work` is done once more on a new one: it must be safe to repeat.
   */
  async use<T>(work: (session: SnowflakeSession) => Promise<T>): Promise<T> {
    await this.#take();
    try {
      const kept = this.#idle.pop();
      if (kept === undefined) return await this.#on(await this.#open(), work);
      try {
        return await this.#on(kept, work);
      } catch (error) {
        if (!hasCode(error, "SNOWFLAKE_SESSION")) throw error;
        return await this.#on(await this.#open(), work);
      }
    } finally {
      this.#lent--;
      this.#waiting.shift()?.();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#idle.splice(0).map((session) => session[Symbol.asyncDispose]()));
  }

  async #on<T>(
    session: SnowflakeSession,
    work: (session: SnowflakeSession) => Promise<T>,
  ): Promise<T> {
    try {
      return await work(session);
    } finally {
      if (session.broken || this.#closed) await session[Symbol.asyncDispose]();
      else this.#idle.push(session);
    }
  }

  async #take(): Promise<void> {
    while (this.#lent >= this.#max) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#lent++;
  }

  #open(): Promise<SnowflakeSession> {
    return SnowflakeSession.open(this.#options);
  }
}
