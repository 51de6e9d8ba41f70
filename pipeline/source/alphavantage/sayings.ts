/** What Alpha Vantage says in place of data, always with status 200. @module */
import { beginningOf, type Judgement } from "../../provider/verdict.ts";

/** Milliseconds until a minute's requests are to be had again. */
const MINUTE_MS = 60_000;

/** A way in which it says something. */
interface Saying {
  readonly pattern: RegExp;
  readonly judgement: Judgement;
}

/**
 * The first that fits counts. Its texts of limits name several limits at once: what was asked too
 * often is told by their beginnings, so those of seconds and minutes stand before those of a day.
 */
const SAYINGS: readonly Saying[] = [
  // "Please consider spreading out your free API requests more sparingly (1 request per second)",
  // "Burst pattern detected. Please consider spreading out your API requests more evenly".
  { pattern: /burst pattern|spreading out your/i, judgement: { verdict: "throttled" } },
  // "This is a premium endpoint", "The outputsize=full parameter value is a premium feature".
  { pattern: /is a premium (endpoint|feature)/i, judgement: { verdict: "no_access" } },
  // "Our standard API call frequency is 5 calls per minute and 100 calls per day".
  {
    pattern: /\d+ (api )?(calls|requests) (per|within the last|a) minute/i,
    judgement: { verdict: "throttled", pauseMs: MINUTE_MS },
  },
  // "Our standard API rate limit is 25 requests per day", "the 100 requests/day limit",
  // "the daily limit of 25 API requests".
  {
    pattern: /\d+ (api )?(calls|requests) ?(per|\/|a) ?day|daily (rate )?limit/i,
    judgement: { verdict: "quota" },
  },
  // "The **demo** API key is for demo purposes only", "the parameter apikey is invalid or missing".
  {
    pattern: /\bapi ?key\b.*(demo|invalid|missing)|demo\b.*api key/i,
    judgement: { verdict: "no_access" },
  },
  // "if you would like to target a higher API call frequency", "a higher API call volume".
  {
    pattern: /higher api (call|request) (frequency|volume)/i,
    judgement: { verdict: "throttled", pauseMs: MINUTE_MS },
  },
  { pattern: /function .* does not exist/i, judgement: { verdict: "bad_request" } },
  // It says the same of a bad call and of a symbol that it does not know; the call is in order.
  { pattern: /^invalid api call/i, judgement: { verdict: "unknown_symbol" } },
];

/** What it means. What is not known is reported in its own words: nobody guesses from a word in it. */
export function judgedBySaying(says: string): Judgement {
  const known = SAYINGS.find(({ pattern }) => pattern.test(says));
  return { ...known?.judgement ?? { verdict: "bad_request" }, says: beginningOf(says) };
}
