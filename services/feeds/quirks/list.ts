/**
 * All that the feeds can do wrong, as the real ones do: one table, out of which docs/feeds_quirks.md
 * is made.
 * @module
 */

/** Whose quirk it is; `http` are those of any provider. */
export type QuirkProvider = "finnhub" | "yahoo" | "alphavantage" | "http" | "market";

/** One thing that can go wrong. */
export interface Quirk {
  readonly provider: QuirkProvider;
  /** What happens. */
  readonly meaning: string;
  /** Parameters beside `symbols`, `probability` and `next`, with their defaults. */
  readonly parameters?: Readonly<Record<string, number | string>>;
  /** It happens unless it is switched off, since the real one always does it. Default: false. */
  readonly on?: true;
}

const FINNHUB = {
  "finnhub.zero_before_open": "Before the session opens o, h and l of a quote are 0.",
  "finnhub.close_outside":
    "Out of the session c of a quote is that of extended hours, outside of l to h.",
  "finnhub.quote_time_ms": "t of a quote is in milliseconds instead of seconds.",
  "finnhub.trade_time_s": "t of trades is in seconds instead of milliseconds.",
  "finnhub.zero_quote": "A quote of a known symbol is all zeros, as that of an unknown one.",
  "finnhub.limit_text": "429 as plain text.",
  "finnhub.limit_json": "429 as JSON, with the headers of the limits.",
  "finnhub.no_access": "403: the key's plan does not have the resource.",
  "finnhub.bad_key": "401: the key is not valid.",
  "finnhub.no_data": 'Candles are answered by {"s":"no_data"} though there was trading.',
} as const;

const YAHOO = {
  "yahoo.limit_text": "429 with the text `Too Many Requests`.",
  "yahoo.limit_page": "429 with an HTML page.",
  "yahoo.crumb": "401: a crumb is demanded.",
  "yahoo.not_found": "404 for a known symbol.",
  "yahoo.unprocessable": "422 for a range that is in order.",
  "yahoo.bad_request": "400 for a request that is in order.",
  "yahoo.empty_result": "A result without timestamps and rows, though there was trading.",
  "yahoo.no_meta": "The result has no `meta`.",
  "yahoo.no_timestamps": "The result has rows, but no `timestamp`.",
  "yahoo.unequal_lengths": "`close` has a row less than the other columns.",
  "yahoo.nulls": "Rows whose values are null.",
  "yahoo.jitter": "Prices differ from call to call by less than a millionth.",
  "yahoo.day_twice":
    "The running day comes twice: with its open's time, and with the last trade's.",
  "yahoo.week_twice":
    "The running week or month comes twice, the second with the last trade's time.",
} as const;

const ALPHAVANTAGE = {
  "alphavantage.minute_limit": "`Note`: five calls a minute.",
  "alphavantage.day_limit": "`Information`: 25 requests a day; the text holds the key.",
  "alphavantage.burst": "`Information`: one request a second.",
  "alphavantage.premium": "`Information`: a premium endpoint.",
  "alphavantage.error_message": "`Error Message` for a call that is in order.",
  "alphavantage.empty_object": "`{}`.",
  "alphavantage.empty_series": "Meta data and a series without rows.",
  "alphavantage.missing_field": "Rows without one of their fields.",
  "alphavantage.none_value": "Rows with the text `None` for a price.",
  "alphavantage.zero_volume": "Rows whose volume is `0`.",
} as const;

const HTTP = {
  "http.bad_gateway": "502 with an HTML page.",
  "http.truncated": "The body ends in its middle, and the answer is whole for HTTP.",
  "http.cut": "The connection ends in the middle of the body.",
  "http.endless": "The body never ends.",
  "http.redirect_link_local": "302 to http://169.254.169.254/.",
} as const;

/** The quirks by name. */
export const QUIRKS = {
  ...simple("finnhub", FINNHUB),
  ...simple("yahoo", YAHOO),
  ...simple("alphavantage", ALPHAVANTAGE),
  ...simple("http", HTTP),
  "alphavantage.other_zone": {
    provider: "alphavantage",
    meaning: "The meta data name another time zone.",
    parameters: { zone: "UTC" },
  },
  "http.slow": {
    provider: "http",
    meaning: "The answer takes time, by the feeds' clock.",
    parameters: { ms: 5000 },
  },
  "http.status": {
    provider: "http",
    meaning: "An answer of that status without a body, with `Retry-After` if that is above 0.",
    parameters: { status: 503, retry_after_s: 0 },
  },
  "http.redirect": {
    provider: "http",
    meaning: "302 to another host.",
    parameters: { to: "http://localhost:9/elsewhere" },
  },
  "http.huge": {
    provider: "http",
    meaning: "A body of that many bytes.",
    parameters: { bytes: 268_435_456 },
  },
  "http.gzip_bomb": {
    provider: "http",
    meaning: "A small compressed body that unpacks to that many bytes.",
    parameters: { bytes: 268_435_456 },
  },
  "yahoo.running_bar": {
    provider: "yahoo",
    meaning:
      "The running day has the last trade's time; below a day that trade is a row of its own.",
    on: true,
  },
  "yahoo.hour_named": {
    provider: "yahoo",
    meaning: "`dataGranularity` of 60m is 1h.",
    on: true,
  },
  "yahoo.revised": {
    provider: "yahoo",
    meaning: "Past bars have other prices than before: a correction.",
    parameters: { by: 0.001, day: "" },
  },
  "finnhub.repeat": {
    provider: "finnhub",
    meaning: "A trade is sent again in later messages, up to three times in all.",
    parameters: { times: 3, within_ms: 2000 },
  },
  "finnhub.repeat_within": {
    provider: "finnhub",
    meaning: "A trade is twice in the same message.",
  },
  "finnhub.out_of_order": {
    provider: "finnhub",
    meaning: "A trade is sent some trades after its turn.",
    parameters: { within_ms: 1500 },
  },
  "finnhub.late": {
    provider: "finnhub",
    meaning: "A trade is reported late, with the condition of a print out of sequence.",
    parameters: { within_ms: 60_000 },
  },
  "finnhub.stall": {
    provider: "finnhub",
    meaning: "The socket stays open and nothing comes, not even pings.",
    parameters: { for_ms: 0 },
  },
  "finnhub.only_pings": {
    provider: "finnhub",
    meaning: "Only pings come though there is trading.",
    parameters: { for_ms: 0 },
  },
  "finnhub.close": {
    provider: "finnhub",
    meaning: "The server closes the socket, with a close frame.",
    parameters: { code: 1001 },
  },
  "finnhub.cut": {
    provider: "finnhub",
    meaning: "The connection ends without a close frame.",
  },
  "finnhub.one_connection": {
    provider: "finnhub",
    meaning: "A second connection of a token closes the first one.",
    on: true,
  },
  "finnhub.replay": {
    provider: "finnhub",
    meaning: "After subscribing, trades of the last seconds come again as if they were new.",
    parameters: { seconds: 30 },
  },
  "finnhub.lying_replay": {
    provider: "finnhub",
    meaning: "After subscribing, trades of the last seconds come again with another price.",
    parameters: { seconds: 30 },
  },
  "finnhub.ignore_unsubscribe": {
    provider: "finnhub",
    meaning: "Unsubscribing changes nothing.",
  },
  "finnhub.bad_element": {
    provider: "finnhub",
    meaning: "Among good trades of a message is one without a price, or with texts for numbers.",
  },
  "finnhub.bad_message": {
    provider: "finnhub",
    meaning: "A message is cut off in its middle.",
  },
  "finnhub.error_message": {
    provider: "finnhub",
    meaning: "A message of type error comes.",
    parameters: { msg: "Internal error" },
  },
  "finnhub.refuse_socket": {
    provider: "finnhub",
    meaning: "The socket is refused by 429 at the handshake.",
    parameters: { status: 429 },
  },
  "finnhub.bad_candle": {
    provider: "finnhub",
    meaning: "Among good candles is one whose high is null and whose volume is a text.",
  },
  "market.identical_trades": {
    provider: "market",
    meaning: "A trade is two of half its size, equal in all fields.",
  },
} as const satisfies Readonly<Record<string, Quirk>>;

/** Name of a quirk. */
export type QuirkName = keyof typeof QUIRKS;

/** All names. */
export const QUIRK_NAMES = Object.keys(QUIRKS) as readonly QuirkName[];

function simple<N extends string>(
  provider: QuirkProvider,
  meanings: Readonly<Record<N, string>>,
): Readonly<Record<N, Quirk>> {
  const quirks = Object.entries(meanings) as [N, string][];
  return Object.fromEntries(
    quirks.map(([name, meaning]) => [name, { provider, meaning }]),
  ) as Record<N, Quirk>;
}
