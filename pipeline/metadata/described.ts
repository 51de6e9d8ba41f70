/**
 * The tables and their columns as people read them: docs/metadata.md derives from here, and a test
 * compares it with what the migrations make.
 * @module
 */

/** A table: what it is for, and what each column holds. */
export interface Described {
  readonly meaning: string;
  /** The columns that tell its rows apart. */
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, DescribedColumn>>;
}

/** Its type, whether it may be null, and what it holds. */
export type DescribedColumn = readonly [type: "text" | "integer" | "bigint", meaning: string];

const SERIES = {
  provider: ["text", "Who has it: `finnhub`, `yahoo`, `alphavantage`."],
  symbol: ["text", "As the provider writes it."],
  interval: ["text", "An interval of bars, or `trade` or `quote`."],
} as const satisfies Described["columns"];

/** By name. A meaning that begins with "Null" says that the column may be null. */
export const DESCRIBED: Readonly<Record<string, Described>> = {
  runs: {
    meaning:
      "What streamed: `stream`, `ingest`, `demo`, and `dead replay` and `withdraw` where they drain; " +
      "not what only appends to the log.",
    key: ["id"],
    columns: {
      id: ["text", "Made at the start."],
      verb: ["text", "What was typed or called."],
      route: ["text", "Null without one."],
      source: ["text", "Name of the feed. Null without one."],
      host: ["text", "The machine."],
      pid: ["integer", "The process on it."],
      started_us: ["bigint", "When it began."],
      seen_us: ["bigint", "Last sign of life, each ten seconds."],
      ended_us: ["bigint", "Null while it runs, and where the process died."],
      status: ["text", "`running`, `proven`, `not_proven` or `failed`."],
      report: ["text", "Null until it ends; then the report, or the error, as JSON."],
    },
  },
  watermarks: {
    meaning: "How far a series is fetched: a second run goes on from here.",
    key: ["provider", "symbol", "interval"],
    columns: {
      ...SERIES,
      from_us: ["bigint", "Begin of what is covered, without a hole."],
      to_us: ["bigint", "Its end; moves forward only."],
      last_time_us: ["bigint", "Time of the last record. Null if none came yet."],
      updated_us: ["bigint", "When it moved."],
    },
  },
  coverage: {
    meaning: "Which ranges were asked for, and what the provider said.",
    key: ["provider", "symbol", "interval", "from_us", "to_us", "asked_us"],
    columns: {
      ...SERIES,
      from_us: ["bigint", "Begin of the range."],
      to_us: ["bigint", "Its end."],
      asked_us: ["bigint", "When."],
      outcome: ["text", "`received`, `empty` (answered: there is nothing) or `refused`."],
      sha256: ["text", "The answer, in `bodies`. Null where none was kept."],
    },
  },
  requests: {
    meaning: "Requests used of a day's budget, by all processes together.",
    key: ["provider", "key_hash", "day"],
    columns: {
      provider: SERIES.provider,
      key_hash: ["text", "Hash of the key, which itself is nowhere."],
      day: ["text", "In the provider's own day zone, `YYYY-MM-DD`."],
      used: ["integer", "Requests so far."],
    },
  },
  gaps: {
    meaning: "What is missing, why, and what became of it.",
    key: ["id"],
    columns: {
      id: ["text", "Made when it is noticed."],
      ...SERIES,
      from_us: ["bigint", "Begin of what is missing."],
      to_us: ["bigint", "Its end."],
      reason: ["text", "Such as `no_trade`, `quota` or `disconnected`."],
      state: ["text", "`open`, `filled`, or `accepted`: nobody can fill it."],
      detail: ["text", "Null, or more about it."],
      noticed_us: ["bigint", "When it was noticed first."],
      closed_us: ["bigint", "When it was filled or accepted. Null while it is open."],
      filled_by: ["text", "What filled it. Null otherwise."],
    },
  },
  symbols: {
    meaning: "Which instrument a symbol meant, and when: `META` was another company's until 2022.",
    key: ["id"],
    columns: {
      id: ["text", "Made when it is added."],
      provider: SERIES.provider,
      symbol: SERIES.symbol,
      instrument: ["text", "The same through changes of its symbol."],
      exchange: ["text", "Null if not known."],
      currency: ["text", "Null if not known."],
      name: ["text", "Null if not known."],
      valid_from: ["text", "First day. Null: since ever."],
      valid_to: ["text", "Day after the last. Null: until further notice."],
      source: ["text", "Who says so."],
    },
  },
  actions: {
    meaning: "Splits and payouts, as each source tells them; a correction is a new version.",
    key: ["source", "symbol", "ex_date", "kind", "version"],
    columns: {
      source: ["text", "Who tells it."],
      symbol: ["text", "As the source writes it."],
      ex_date: ["text", "First day without it, `YYYY-MM-DD`."],
      kind: ["text", "`split`, `dividend` or `capital_gain`."],
      version: ["integer", "From 1; the highest counts."],
      amount: ["text", "Decimal digits: new shares for an old one, or money a share."],
      currency: ["text", "Null for splits."],
      seen_us: ["bigint", "When this version was seen first."],
    },
  },
  bodies: {
    meaning: "Answers of providers, kept as they came in the raw bucket.",
    key: ["sha256", "url", "asked_us"],
    columns: {
      sha256: ["text", "Of the bytes."],
      provider: SERIES.provider,
      url: ["text", "What was asked, without the key."],
      asked_us: ["bigint", "When."],
      status: ["integer", "Of HTTP."],
      bytes: ["integer", "Their count."],
      object_key: ["text", "Where they are in the bucket."],
    },
  },
};
