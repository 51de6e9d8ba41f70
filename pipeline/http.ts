/**
 * Requests over HTTP, sent again where that can help.
 * @module
 */
import { type Clock, systemClock } from "./clock.ts";
import { messageOf } from "./errors.ts";

/** One request. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly body?: Uint8Array<ArrayBuffer> | string;
  /** Asked before each attempt: tokens expire. Default: none. */
  readonly headers?: () => Record<string, string> | Promise<Record<string, string>>;
  /** Called when the answer is 401, once: the next attempt has other headers. Default: 401 stays. */
  readonly renew?: () => void;
  /** Whether it may be sent twice. Default: true. */
  readonly repeatable?: boolean;
}

/** How requests are sent. */
export interface HttpOptions {
  /** How often one is sent in all. Default: 6, within about half a minute. */
  readonly attemptsMax?: number;
  /** The first wait in milliseconds, which doubles up to 16 times that. Default: 500. */
  readonly waitMs?: number;
  /** Milliseconds until an answer must be there, whole. Default: 30,000. */
  readonly timeoutMs?: number;
  /** Milliseconds of a `Retry-After` that are waited at the most. Default: 60,000. */
  readonly retryAfterMaxMs?: number;
  /** Bytes of an answer that are read at the most: `AnswerTooLarge` beyond. Default: no limit. */
  readonly bytesMax?: number;
  /** Whether to follow where an answer sends to. Default: true; else the answer itself is returned. */
  readonly follow?: boolean;
  /** Aborting it gives the request up, also while it waits. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** From 0 up to 1, spreads the waits of several clients. Default: `Math.random`. */
  readonly random?: () => number;
}

/** What was answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** No answer came: what kept it from coming is the cause. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";

  constructor(cause: unknown) {
    const deeper = cause instanceof Error && cause.cause ? `: ${messageOf(cause.cause)}` : "";
    super(`${messageOf(cause)}${deeper}`, { cause });
  }
}

/** The answer is longer than it may be: what came of it is thrown away. */
export class AnswerTooLarge extends Error {
  override readonly name = "AnswerTooLarge";
}

/**
 * Sends the request and returns the answer, whatever its status. 408, 425, 429, 5xx, cut connections
 * and silence are tried again, after `Retry-After` where the server says it, in seconds or as a date.
 * Throws `NoAnswer`, `AnswerTooLarge`, and the signal's reason when that aborts.
 */
export async function send(request: HttpRequest, options: HttpOptions = {}): Promise<HttpAnswer> {
  const { attemptsMax = 6, signal, clock = systemClock } = options;
  const most = request.repeatable === false ? 1 : attemptsMax;
  let renewed = false;
  for (let attempt = 1;; attempt++) {
    const answer = await sendOnce(request, options);
    signal?.throwIfAborted();
    if (!(answer instanceof NoAnswer) && answer.status === 401 && request.renew && !renewed) {
      renewed = true;
      request.renew();
      continue;
    }
    if (attempt >= most || !mayPass(answer)) {
      if (answer instanceof NoAnswer) throw answer;
      return answer;
    }
    await clock.sleep(waitAfter(answer, attempt, options), signal);
    signal?.throwIfAborted();
  }
}

/**
 * Sends the request one time. What kept an answer from coming is returned, too. Throws
 * `AnswerTooLarge`.
 */
export async function sendOnce(
  { method, url, body, headers }: HttpRequest,
  { timeoutMs = 30_000, signal, bytesMax = Infinity, follow = true }: HttpOptions,
): Promise<HttpAnswer | NoAnswer> {
  const named = await headers?.() ?? {};
  try {
    const response = await fetch(url, {
      method,
      headers: named,
      redirect: follow ? "follow" : "manual",
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
      ...(body === undefined ? {} : { body }),
    });
    const text = bytesMax === Infinity ? await response.text() : await textOf(response, bytesMax);
    return { status: response.status, headers: response.headers, text };
  } catch (cause) {
    if (cause instanceof AnswerTooLarge) throw cause;
    return new NoAnswer(cause);
  }
}

/** The body, counted as it comes, unpacked: what a server says of its length is not believed. */
async function textOf(response: Response, bytesMax: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  // Leaving the loop cancels the body, and with it the connection.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new AnswerTooLarge(`the answer has more than ${bytesMax} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Whether the same request may be answered otherwise a moment later. */
function mayPass(answer: HttpAnswer | NoAnswer): boolean {
  return answer instanceof NoAnswer || isPassing(answer.status);
}

/** Whether a status may be another a moment later. */
export function isPassing(status: number): boolean {
  return [408, 425, 429].includes(status) || status >= 500;
}

function waitAfter(
  answer: HttpAnswer | NoAnswer,
  attempt: number,
  { waitMs = 500, retryAfterMaxMs = 60_000, clock = systemClock, random = Math.random }:
    HttpOptions,
): number {
  // Half of it by chance: several clients that failed together do not come again together.
  const own = waitMs * Math.min(16, 2 ** (attempt - 1)) * (0.5 + random() / 2);
  if (answer instanceof NoAnswer) return own;
  const asked = retryAfterMs(answer.headers.get("retry-after"), clock.now());
  return Math.max(own, Math.min(asked, retryAfterMaxMs));
}

/** Of a header in seconds or as a date; 0 if it says nothing. */
export function retryAfterMs(header: string | null, nowMs: number): number {
  const text = header?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? 0 : Math.max(0, at - nowMs);
}
