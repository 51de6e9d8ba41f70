/** What the streaming process tells the page about itself. @module */
import type { OpenGaps } from "./wire.ts";

/** The state of a running stream; null where the teller does not know. */
export interface LiveStatus {
  /** Rows that reach the warehouse a second, lately. */
  readonly ratePerSecond: number | null;
  /** Records in the broker that the warehouse does not have yet. */
  readonly lagRecords: number | null;
  /** From a tick's creation until a query sees it, milliseconds; median. */
  readonly latencyMsP50: number | null;
  /** As `latencyMsP50`; 99th percentile. */
  readonly latencyMsP99: number | null;
  /** When the stream started, milliseconds since 1970 UTC. */
  readonly startedAt: number | null;
  /** Name of the feed, such as "simulator". */
  readonly source: string | null;
  /** Which sinks take nothing though records wait for them; null if none does. */
  readonly stalled: string | null;
  /** Which tests of the models fail; null if none does. */
  readonly failing: string | null;
}

/** The status where nothing streams in this process: the page then shows what the tables tell. */
export const UNKNOWN_STATUS: LiveStatus = {
  ratePerSecond: null,
  lagRecords: null,
  latencyMsP50: null,
  latencyMsP99: null,
  startedAt: null,
  source: null,
  stalled: null,
  failing: null,
};

/** Where nobody knows of any gap. */
export const NO_GAPS: OpenGaps = { total: 0, newest: [] };
