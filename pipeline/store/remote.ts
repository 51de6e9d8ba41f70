/**
 * What servers of objects answer, or fail to, and when it is worth asking again.
 * @module
 */
import type { ErrorCode } from "../error_codes.ts";
import { delay, retry, RetryError } from "@std/async";
import { messageOf, TickhouseError } from "../errors.ts";

/** What the server said instead of doing what it was asked to. */
export class StoreRefusal extends Error {
  override readonly name = "StoreRefusal";
  /** The status of HTTP. */
  readonly status: number;
  /** The server's own code, such as `SlowDown`; empty where the answer has none. */
  readonly code: string;
  /** How long the server asks to wait, milliseconds; 0 if it does not say. */
  readonly retryAfterMs: number;

  /** `retryAfter` is the header of that name. */
  constructor(status: number, code: string, message: string, retryAfter?: string | null) {
    super(`${status} ${code} ${message}`.trim());
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfter ? millisecondsOf(retryAfter) : 0;
  }
}

/** The server did not answer in time, or can't be reached. Whether it did the work is unknown. */
export class Silence extends Error {
  override readonly name = "Silence";
}

/** Runs out when nothing happens for too long. */
export class Patience {
  readonly #controller = new AbortController();
  readonly #ms: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Counts from now on, milliseconds. */
  constructor(ms: number) {
    this.#ms = ms;
    this.renew();
  }

  /** Aborts when it has run out. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Begins to count again. */
  renew(): void {
    this.end();
    const reason = new Silence(`no answer within ${this.#ms} ms`);
    this.#timer = setTimeout(() => this.#controller.abort(reason), this.#ms);
  }

  /** The chunks; each renews it. */
  async *watch<T>(chunks: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T> {
    for await (const chunk of chunks) {
      this.renew();
      yield chunk;
    }
  }

  /** Ends the counting. */
  end(): void {
    clearTimeout(this.#timer);
  }
}

/** How often, and until when, a request is tried. */
export interface Attempts {
  readonly attemptsMax: number;
  readonly signal: AbortSignal;
}

/** Milliseconds between attempts, halved or not by chance. */
const PAUSES = { minTimeout: 100, maxTimeout: 3_000, jitter: 0.5 };
/** The longest pause that a server may ask for, milliseconds. */
const RETRY_AFTER_MAX_MS = 10_000;

/** Runs `request`, again after a pause while its failures may pass, and throws the last of them. */
export async function attempt<T>(
  { attemptsMax, signal }: Attempts,
  request: () => Promise<T>,
): Promise<T> {
  const politely = async () => {
    try {
      return await request();
    } catch (error) {
      if (error instanceof StoreRefusal && error.retryAfterMs > 0) {
        await delay(Math.min(error.retryAfterMs, RETRY_AFTER_MAX_MS), { signal });
      }
      throw error;
    }
  };
  const isRetriable = (error: unknown) => !signal.aborted && mayPass(error);
  try {
    return await retry(politely, { ...PAUSES, maxAttempts: attemptsMax, isRetriable, signal });
  } catch (error) {
    throw error instanceof RetryError ? error.cause : error;
  }
}

/** Statuses of a server that is busy, starting, or in trouble. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504, 509]);
/** Codes for the same, which may come with other statuses. */
const PASSING_CODES = new RegExp(
  "^(SlowDown|RequestTimeout|InternalError|ServiceUnavailable|ServerBusy|OperationTimedOut|" +
    "Throttling.*|OperationAborted|ConditionalRequestConflict|XMinioServerNotInitialized)$",
);

/** Whether the same request may succeed later. */
export function mayPass(error: unknown): boolean {
  if (error instanceof Silence) return !isUntrusted(error);
  return error instanceof StoreRefusal &&
    (PASSING.has(error.status) || PASSING_CODES.test(error.code));
}

/** What a server's codes mean in terms of the settings. */
export interface Vocabulary {
  /** The setting that says where the server is, and its value. */
  readonly server: readonly [field: string, value: string];
  /** The setting that says who asks. */
  readonly key: string;
  /** By code of the server; the value is shown. */
  readonly meanings: readonly {
    readonly codes: RegExp;
    readonly code: ErrorCode;
    readonly field: string;
    readonly value?: string;
    readonly fix: string;
  }[];
}

/** The project's error for what went wrong with a request. */
export function remoteError(cause: unknown, { server, key, meanings }: Vocabulary): TickhouseError {
  if (cause instanceof TickhouseError) return cause;
  const [field, value] = server;
  if (mayPass(cause)) {
    return new TickhouseError("STORE_UNAVAILABLE", messageOf(cause), {
      field,
      value,
      kind: "transient",
      fix: "check that the store runs and can be reached from here; what was asked may be done",
      cause,
    });
  }
  if (!(cause instanceof StoreRefusal)) {
    const details = { field, value, fix: fixOf(cause, value), cause };
    return new TickhouseError("STORE_FAILED", messageOf(cause), details);
  }
  const what = `the store says: ${cause.message}`;
  const known = meanings.find(({ codes }) => codes.test(cause.code));
  if (known) return new TickhouseError(known.code, what, { ...known, cause });
  if ([401, 403].includes(cause.status)) {
    const fix = "check the key, and allow it to list, read and create objects";
    return new TickhouseError("STORE_FORBIDDEN", what, { field: key, fix, cause });
  }
  return new TickhouseError("STORE_REFUSED", what, { field, value, cause });
}

function fixOf(cause: unknown, server: string): string {
  if (cause instanceof Deno.errors.NotCapable) {
    return `allow the program to reach it: deno run --allow-net=${URL.parse(server)?.host}`;
  }
  if (cause instanceof Silence) return "check http or https, and the server's certificate";
  return "see the message";
}

function isUntrusted(error: Silence): boolean {
  return /certificate|handshake|InvalidContentType|wrong version number/i.test(error.message);
}

/** Seconds, or a date. */
function millisecondsOf(retryAfter: string): number {
  const isSeconds = /^\d+$/.test(retryAfter);
  const ms = isSeconds ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
