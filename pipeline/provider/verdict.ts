/** What a provider's answer means. @module */
import type { ErrorCode } from "../error_codes.ts";
import type { HttpAnswer } from "../http.ts";
import type { FailureReason } from "./errors.ts";

/** What an answer means, beyond its status. */
export type Verdict =
  | "fine"
  /** Too much was asked in a short time. */
  | "throttled"
  /** Too much was asked for today. */
  | "quota"
  | "no_access"
  | "unknown_symbol"
  /** It can't be answered as it was asked. */
  | "bad_request"
  | "unavailable";

/** What a provider's judge says of an answer. */
export interface Judgement {
  readonly verdict: Verdict;
  /** What the provider said, in its own words. Default: the beginning of the answer. */
  readonly says?: string;
  /** Milliseconds for which it wants to be left alone, where its words say so. Default: its headers do. */
  readonly pauseMs?: number;
}

/** How a verdict is reported. */
interface Failure {
  readonly code: ErrorCode;
  readonly reason: FailureReason;
  readonly fix: string;
}

/** By verdict. */
export const FAILURES: Readonly<Record<Exclude<Verdict, "fine">, Failure>> = {
  throttled: {
    code: "PROVIDER_QUOTA",
    reason: "quota",
    fix: "wait a while: the next run goes on where this one ended",
  },
  quota: {
    code: "PROVIDER_QUOTA",
    reason: "quota",
    fix: "the next run goes on tomorrow, or at once with a larger plan",
  },
  no_access: {
    code: "PROVIDER_ACCESS",
    reason: "no_access",
    fix: "see the key, and what its plan includes",
  },
  unknown_symbol: {
    code: "PROVIDER_SYMBOL_UNKNOWN",
    reason: "unknown_symbol",
    fix: "see how this provider writes it",
  },
  bad_request: {
    code: "PROVIDER_REQUEST",
    reason: "provider_error",
    fix: "see what it says of the request",
  },
  unavailable: {
    code: "PROVIDER_UNAVAILABLE",
    reason: "provider_error",
    fix: "the next run asks again",
  },
};

const SAYS_CHARS_MAX = 200;

/** What the status alone says. */
export function judgedByStatus({ status }: Pick<HttpAnswer, "status">): Verdict {
  if (status >= 200 && status < 300) return "fine";
  if (status === 429) return "throttled";
  if (status === 401 || status === 402 || status === 403) return "no_access";
  if (status === 408 || status === 425 || status >= 500) return "unavailable";
  return "bad_request";
}

/** The beginning of what was said, in one line, without tags and full stop: more is said after it. */
export function beginningOf(text: string): string {
  const line = text.slice(0, 4096).replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ").trim()
    .replace(/(?<!\.)\.$/, "");
  return line.length > SAYS_CHARS_MAX ? `${line.slice(0, SAYS_CHARS_MAX)}…` : line;
}
