/**
 * Trades of Finnhub as they happen, by WebSocket; what was missed is noted, and fetched where it
 * can be.
 * @module
 */
import type { Calendar } from "../../calendar/calendar.ts";
import { type Clock, systemClock } from "../../clock.ts";
import type { Dataset } from "../../datasets/dataset.ts";
import type { MetadataStore } from "../../metadata/metadata.ts";
import type { ProviderClient } from "../../provider/client.ts";
import type { Source, SourceBatch } from "../source.ts";
import { Backfill } from "./backfill.ts";
import { Hearing } from "./hearing.ts";
import { Hours } from "./hours.ts";
import { TradeLedger } from "./ledger.ts";
import { Link, type Socket } from "./link.ts";
import { Outages } from "./outages.ts";
import { Outbox } from "./outbox.ts";
import { parseTradesState, type TradesState } from "./state.ts";
import { Unheard } from "./unheard.ts";

/** What trades are read with. */
export interface TradesOptions {
  readonly symbols: readonly string[];
  readonly key: string;
  /** Such as wss://ws.finnhub.io. */
  readonly socketUrl: string;
  /** Asks the REST API, for what was missed. */
  readonly client: ProviderClient;
  /** Where trades go. */
  readonly dataset: Dataset;
  readonly metadata: Pick<MetadataStore, "gaps">;
  readonly calendar: Calendar;
  /** What trades are that are equal in all fields in one message. Default: `one`. */
  readonly equalTrades?: "one" | "each";
  /** End after this many records, counted over all runs. Default: never. */
  readonly limit?: number;
  /** Told what a person should know. Default: nobody is told. */
  readonly onNote?: (text: string) => void;
  readonly clock?: Clock;
  /** From 0 up to 1, spreads the waits. Default: `Math.random`. */
  readonly random?: () => number;
  /** Milliseconds between pings of the server. Default: 60,000, as seen of Finnhub. */
  readonly heartbeatMs?: number;
  /**
   * Milliseconds that a trade may be reported late: a gap begins so much before the last that was
   * heard.
   * Default: 90,000. Rules of the tapes allow ten seconds, what is later is marked as such.
   */
  readonly lateMs?: number;
  /** Makes the connection. Default: a WebSocket. */
  readonly connect?: (url: string) => Socket;
}

/** Names the cursor. */
const NAME = "finnhub:trades";
const HEARTBEAT_MS = 60_000;
const LATE_MS = 90_000;
/** What a provider says may differ each time. */
const NOTES_MAX = 200;

/** The feed. */
export class Trades implements Source {
  readonly name: string = NAME;
  readonly dataset: Dataset;
  readonly skippedAs: string = "trades sent again and left out";
  readonly #options: TradesOptions;

  constructor(options: TradesOptions) {
    this.dataset = options.dataset;
    this.#options = options;
  }

  /**
   * Trades from now on, and those that were missed since the state. Throws `PROVIDER_ACCESS` for a
   * key
   * that is refused, `SERIES_STATE_INVALID`, and what the metadata store throws.
   */
  async *read(text: string | undefined, signal: AbortSignal): AsyncIterable<SourceBatch> {
    const { limit = Infinity } = this.#options;
    const state = text === undefined ? { sent: 0, until: {} } : parseTradesState(text);
    if (state.sent >= limit || signal.aborted) return;
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const run = new TradesRun(this.#options, state, both);
    const running = run.start();
    try {
      yield* run.batches();
    } finally {
      stop.abort();
      await running;
    }
  }
}

/** One reading: a connection, what it missed, and what waits for the log. */
class TradesRun {
  readonly #options: TradesOptions;
  readonly #signal: AbortSignal;
  readonly #outbox: Outbox;
  readonly #hearing: Hearing;
  readonly #outages: Outages;
  readonly #backfill: Backfill;
  readonly #unheard: Unheard;
  readonly #link: Link;
  readonly #until: Record<string, number>;
  #sent: number;

  constructor(options: TradesOptions, state: TradesState, signal: AbortSignal) {
    const { clock = systemClock, random = Math.random, lateMs = LATE_MS } = options;
    const { heartbeatMs = HEARTBEAT_MS, connect = (url) => new WebSocket(url) } = options;
    const { symbols, client, metadata, onNote = () => {}, equalTrades = "one" } = options;
    this.#options = options;
    this.#signal = signal;
    this.#sent = state.sent;
    this.#until = state.until;
    const hours = new Hours(options.calendar);
    const outbox = this.#outbox = new Outbox(signal);
    const ledger = new TradeLedger(metadata, hours);
    const told = new Set<string>();
    const note = (line: string) => onNote(`${"finnhub".padEnd(10)} ${line}`);
    const noteOnce = (line: string) => {
      if (told.has(line) || told.size >= NOTES_MAX) return;
      told.add(line);
      note(line);
    };
    const shared = { symbols, clock, client, hours, ledger, outbox, heartbeatMs, lateMs, noteOnce };
    const hearing = this.#hearing = new Hearing({ ...shared, equalTrades });
    const backfill = this.#backfill = new Backfill({ ...shared, hearing, signal });
    const outages = this.#outages = new Outages({ ...shared, hearing, backfill, signal }, state);
    this.#unheard = new Unheard({ ...shared, hearing, signal });
    this.#link = new Link(
      { url: options.socketUrl, key: options.key, symbols, clock, random, heartbeatMs, connect },
      {
        note,
        heard: (text) => hearing.hear(text),
        subscribed: (nowMs) => {
          outages.over(nowMs);
          hearing.subscribed(nowMs);
        },
        lost: (end) => outages.begun(end),
        fault: (nowMs) => outages.fault(nowMs),
      },
    );
  }

  /** Runs until the signal aborts; what fails is thrown by `batches`. */
  async start(): Promise<void> {
    const works = [
      ...[this.#link.run(this.#signal), this.#backfill.run()],
      ...[this.#outages.run(), this.#unheard.run()],
    ];
    await Promise.all(works.map(async (work) => {
      try {
        await work;
      } catch (error) {
        if (!this.#signal.aborted) this.#outbox.fail(error);
      }
    }));
  }

  async *batches(): AsyncIterable<SourceBatch> {
    const { limit = Infinity } = this.#options;
    while (!this.#signal.aborted && this.#sent < limit) {
      await this.#outbox.filled();
      if (this.#signal.aborted) return;
      const { after, count, ...batch } = this.#outbox.take(limit - this.#sent);
      this.#sent += count;
      yield { ...batch, state: this.#state() };
      for (const work of after) await work();
    }
  }

  #state(): string {
    const untilUs = this.#outages.untilUs;
    const until = untilUs === undefined
      ? this.#until
      : { ...this.#until, ...Object.fromEntries(this.#options.symbols.map((s) => [s, untilUs])) };
    return JSON.stringify({ sent: this.#sent, until });
  }
}
