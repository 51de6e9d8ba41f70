/**
 * The port of the metadata store: what tickhouse knows about its own work. It is never what makes
 * rows unique: that is the log. Times are microseconds since 1970 UTC, days `YYYY-MM-DD`, ranges
 * half-open: from, up to and not including, to.
 * @module
 */
import type { Coverage } from "./coverage.ts";
import type { Gaps } from "./gaps.ts";
import type { Requests } from "./requests.ts";
import type { Runs } from "./runs.ts";
import type { Symbols } from "./symbols.ts";
import type { Actions } from "./actions.ts";
import type { Bodies } from "./bodies.ts";
import type { Watermarks } from "./watermarks.ts";

/** What is known, by what it is about. Several processes may use it at once. */
export interface MetadataStore extends AsyncDisposable {
  /** Where it is, without user and password. */
  readonly where: string;
  /** The last migration that made its tables. */
  readonly version: string;
  /** What streamed, from when to when, and how it ended. */
  readonly runs: Runs;
  /** How far each series is fetched. */
  readonly watermarks: Watermarks;
  /** Which ranges were asked for, and what came. */
  readonly coverage: Coverage;
  /** Requests that were used of a provider's daily budget. */
  readonly requests: Requests;
  /** What is missing, why, and whether it was filled. */
  readonly gaps: Gaps;
  /** Which instrument a provider's symbol meant, and when. */
  readonly symbols: Symbols;
  /** Splits and payouts, by who tells them. */
  readonly actions: Actions;
  /** Answers of providers, as they came. */
  readonly bodies: Bodies;
}

/** A series: one symbol of one provider at one interval. */
export interface Series {
  /** Such as "yahoo". */
  readonly provider: string;
  /** As the provider writes it. */
  readonly symbol: string;
  /** One of bars', or "trade" or "quote". */
  readonly interval: string;
}
