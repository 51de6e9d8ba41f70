/**
 * Requests to Snowflake's REST services, sent again when that can help.
 * @module
 */
import type { ErrorCode } from "../error_codes.ts";
import { TickhouseError } from "../errors.ts";
import { type HttpOptions, isPassing, NoAnswer, send } from "../http.ts";

/** How requests are sent. */
export type RestOptions = HttpOptions;

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
    const transient = status === 0 || isPassing(status);
    const shown = [status === 0 ? "no answer" : `HTTP ${status}`, reason, said].filter(Boolean);
    super(codeOf(status), `${what}: ${shown.join(", ")}`, {
      field: "snowflake",
      kind: transient ? "transient" : "terminal",
      fix: fixOf(status),
      cause,
    });
    this.status = status;
    this.reason = reason;
  }
}

/**
 * Sends the request and returns the JSON of the answer; what may pass is tried again, and a refused
 * token (401) is replaced once: see `send`. Throws `RestError`.
 */
export async function request(
  { what, bearer, headers, onRefused, ...asked }: RestRequest,
  options: RestOptions = {},
): Promise<Record<string, unknown>> {
  const answer = await send({
    ...asked,
    headers: async () => ({
      Accept: "application/json",
      Authorization: `Bearer ${await bearer()}`,
      ...headers,
    }),
    ...(onRefused ? { renew: onRefused } : {}),
  }, options).catch((error) => {
    if (error instanceof NoAnswer) throw new RestError(what, 0, "", error.message, error);
    throw error;
  });
  const value = parse(answer.text);
  if (answer.status >= 200 && answer.status < 300) return value;
  throw new RestError(what, answer.status, texts(value["code"]), texts(value["message"]));
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

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) return "SNOWFLAKE_REFUSED";
  if (status === 404) return "SNOWFLAKE_MISSING";
  return status === 0 || status === 429 || status >= 500
    ? "SNOWFLAKE_UNAVAILABLE"
    : "SNOWFLAKE_REQUEST";
}

function fixOf(status: number): string {
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
