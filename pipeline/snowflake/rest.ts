/**
 * Requests to Snowflake's REST services, sent again when that can help.
 * @module
 */
import { retry, RetryError } from "@std/async";
import { messageOf, TickhouseError } from "../errors.ts";

/** How requests are sent. */
export interface RestOptions {
  /** How often one is sent in all. Default: 6, within about half a minute. */
  readonly attemptsMax?: number;
  /** The first wait in milliseconds, which doubles. Default: 500. */
  readonly waitMs?: number;
  /** Milliseconds until an answer must be there. Default: 30,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** One request. */
export interface RestRequest {
  /** Names it in errors, such as `insertFiles`. */
  readonly what: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly body?: Uint8Array<ArrayBuffer> | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Asked before each attempt. */
  readonly bearer: () => Promise<string>;
  /** Called when the token was refused; the next attempt asks for another. */
  readonly onRefused?: () => void;
  /** Whether it may be sent twice. Default: true. */
  readonly repeatable?: boolean;
}

/** An answer that is not 200. */
export class RestError extends TickhouseError {
  /** HTTP's; 0 if there was no answer. */
  readonly status: number;
  /** Snowflake's code, such as `STALE_CONTINUATION_TOKEN_SEQUENCER` or `390144`; empty if none. */
  readonly reason: string;

  constructor(what: string, status: number, reason: string, said: string, cause?: unknown) {
    const transient = status === 0 || status === 408 || status === 429 || status >= 500;
    const shown = [status === 0 ? "no answer" : `HTTP ${status}`, reason, said].filter(Boolean);
    super(codeOf(status), `${what}: ${shown.join(", ")}`, {
      field: "snowflake",
      kind: transient ? "transient" : "terminal",
      mend: mendOf(status),
      cause,
    });
    this.status = status;
    this.reason = reason;
  }
}

/**
 * Sends the request and returns the JSON of the answer. 429, 408, 5xx, cut connections and silence are
 * tried again, `Retry-After` heeded; a refused token (401) is replaced once. Throws `RestError`.
 */
export async function request(
  asked: RestRequest,
  options: RestOptions = {},
): Promise<Record<string, unknown>> {
  const { attemptsMax = 6, waitMs = 500, signal } = options;
  let refused = 0;
  const again = (error: unknown) => {
    if (!(error instanceof RestError) || signal?.aborted) return false;
    if (error.status === 401 && asked.onRefused && refused++ === 0) {
      asked.onRefused();
      return true;
    }
    return error.kind === "transient" && asked.repeatable !== false;
  };
  try {
    return await retry(() => send(asked, options), {
      maxAttempts: attemptsMax,
      minTimeout: waitMs,
      maxTimeout: 16 * waitMs,
      jitter: 0.5,
      isRetriable: again,
    });
  } catch (error) {
    throw error instanceof RetryError ? error.cause : error;
  }
}

async function send(
  { what, method, url, body, headers, bearer }: RestRequest,
  { timeoutMs = 30_000, signal }: RestOptions,
): Promise<Record<string, unknown>> {
  const token = await bearer();
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      headers: { Accept: "application/json", Authorization: `Bearer ${token}`, ...headers },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
    });
    text = await response.text();
  } catch (cause) {
    throw new RestError(what, 0, "", messageOf(cause), cause);
  }
  const value = parse(text);
  if (response.ok) return value;
  const after = Number(response.headers.get("Retry-After") ?? 0);
  // Waited here: the pause between attempts knows nothing of it.
  if (after > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(after, 10) * 1000));
  throw new RestError(what, response.status, texts(value["code"]), texts(value["message"]));
}

/** What is no JSON object is shown as a message. */
function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "string") return { message: value, text: value };
    return typeof value === "object" && value !== null
      ? value as Record<string, unknown>
      : { message: text.slice(0, 200), text: value };
  } catch (error) {
    if (error instanceof SyntaxError) return { message: text.slice(0, 200), text };
    throw error;
  }
}

function texts(value: unknown): string {
  return value === undefined || value === null ? "" : String(value).slice(0, 300);
}

function codeOf(status: number): string {
  if (status === 401 || status === 403) return "SNOWFLAKE_REFUSED";
  if (status === 404) return "SNOWFLAKE_MISSING";
  return status === 0 || status === 429 || status >= 500
    ? "SNOWFLAKE_UNAVAILABLE"
    : "SNOWFLAKE_REQUEST";
}

function mendOf(status: number): string {
  if (status === 401) {
    return "check account and user, that the user has this key's public part " +
      "(DESC USER: RSA_PUBLIC_KEY_FP), and this machine's clock";
  }
  if (status === 403) return "grant the role of the user OPERATE and MONITOR on the pipe";
  if (status === 404) {
    return "check database, schema and pipe, and that `deno task migrate` made it";
  }
  if (status === 429) return "send fewer, larger requests";
  if (status === 408) return "try again later";
  if (status >= 400 && status < 500) {
    return "compare the tables and pipes in Snowflake with sql/snowflake/";
  }
  return "try again later, and look at status.snowflake.com";
}
