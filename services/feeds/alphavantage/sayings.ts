/**
 * What Alpha Vantage says when it gives no data, with status 200.
 * @module
 */

const PLANS = "https://www.alphavantage.co/premium/";

/** More than one request a second. */
export const BURST = "Thank you for using Alpha Vantage! Please consider spreading out your free " +
  "API requests more sparingly (1 request per second). You may subscribe to any of the premium " +
  `plans at ${PLANS} to lift the free key rate limit (25 requests per day), raise the per-second ` +
  "burst limit, and instantly unlock all premium endpoints";

/** The older limit, which still comes in a `Note`. */
export const MINUTE_LIMIT = "Thank you for using Alpha Vantage! Our standard API call frequency " +
  `is 5 calls per minute and 100 calls per day. Please visit ${PLANS} if you would like to ` +
  "target a higher API call frequency.";

/** What free keys do not have. */
export const PREMIUM = "Thank you for using Alpha Vantage! This is a premium endpoint. You may " +
  `subscribe to any of the premium plans at ${PLANS} to instantly unlock all premium endpoints`;

/** The day's requests are used up. The key is in the text. */
export function dailyLimit(key: string): string {
  return `We have detected your API key as ${key} and our standard API rate limit is 25 requests ` +
    `per day. Please subscribe to any of the premium plans at ${PLANS} to instantly remove all ` +
    "daily rate limits.";
}

/** Errors. */
export const SAYINGS = {
  badKey: "the parameter apikey is invalid or missing. Please claim your free API key on " +
    "(https://www.alphavantage.co/support/#api-key). It should take less than 20 seconds.",
  badCall: (called: string) =>
    "Invalid API call. Please retry or visit the documentation " +
    `(https://www.alphavantage.co/documentation/) for ${called}.`,
  noFunction: (called: string) => `This API function (${called}) does not exist.`,
} as const;
