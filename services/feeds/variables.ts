/**
 * What a user sets to use the feeds.
 * @module
 */

/** Environment variables for feeds that listen there, such as at http://127.0.0.1:20000. */
export function variablesAt(
  origin: string,
  keys: { readonly finnhub: string; readonly alphavantage: string },
): Record<string, string> {
  return {
    TICKHOUSE_FINNHUB_URL: `${origin}/finnhub/api/v1`,
    TICKHOUSE_FINNHUB_SOCKET: `${origin.replace("http", "ws")}/finnhub/socket`,
    TICKHOUSE_FINNHUB_KEY: keys.finnhub,
    TICKHOUSE_YAHOO_URL: `${origin}/yahoo`,
    TICKHOUSE_ALPHAVANTAGE_URL: `${origin}/alphavantage`,
    TICKHOUSE_ALPHAVANTAGE_KEY: keys.alphavantage,
    TICKHOUSE_SERVICES_FEEDS: `${origin}/control`,
  };
}
