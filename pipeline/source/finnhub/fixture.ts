/** Finnhub's feeds on the stand-in, in virtual time, as their tests use them. @module */
import { assert, assertEquals } from "@std/assert";
import { type Feeds, feedsAt } from "services/feeds/fixture.ts";
import type { FeedServersOptions } from "services/feeds/feeds.ts";
import type { TruthTrade } from "services/feeds/truth.ts";
import { join } from "node:path";
import { openCalendar } from "../../calendar/open.ts";
import { parseConfig } from "../../config/config.ts";
import { quotes } from "../../datasets/quotes.ts";
import { ticks } from "../../datasets/ticks.ts";
import { rowSchema } from "../../datasets/zod.ts";
import type { Gap } from "../../metadata/gaps.ts";
import type { MetadataStore } from "../../metadata/metadata.ts";
import { openMetadata } from "../../metadata/open.ts";
import { TempFolder, texts } from "../../testing.ts";
import type { RefusedRecord, Source, SourceBatch } from "../source.ts";
import { finnhubClient } from "./client.ts";
import { Quotes, type QuotesOptions } from "./quotes.ts";
import { TradeReader } from "./trade.ts";
import { Trades, type TradesOptions } from "./trades.ts";
import { Wire } from "./wire_fixture.ts";

/** A Tuesday, half an hour after New York has opened. */
export const OPEN = "2026-11-24T15:00:00Z";
/** Milliseconds between the stand-in's pings. */
export const HEARTBEAT_MS = 60_000;

/** A row as it goes to the log. */
// deno-lint-ignore no-explicit-any
export type Row = Record<string, any>;

/** That of the models. */
export const CALENDAR = openCalendar(new URL("../../../models/seeds", import.meta.url).pathname);

/** The stand-in, a store, and one feed that reads. */
export class Rig implements AsyncDisposable {
  readonly feeds: Feeds;
  readonly metadata: MetadataStore;
  readonly batches: SourceBatch[] = [];
  readonly notes: string[] = [];
  /** Milliseconds since 1970 at which connections were made. */
  readonly connections: number[] = [];
  readonly #folder: TempFolder;
  readonly #wire = new Wire();
  #stop = new AbortController();
  #done: Promise<void> | undefined;

  private constructor(feeds: Feeds, metadata: MetadataStore, folder: TempFolder) {
    this.feeds = feeds;
    this.metadata = metadata;
    this.#folder = folder;
  }

  static async at(time = OPEN, options: Omit<FeedServersOptions, "clock"> = {}): Promise<Rig> {
    const folder = new TempFolder();
    const metadata = await openMetadata(parseConfig({ TICKHOUSE_HOME: folder.path }));
    // What happens between steps is sent with the step.
    const feeds = feedsAt(time, { messageEveryMs: 1e12, pingEveryMs: HEARTBEAT_MS, ...options });
    return new Rig(feeds, metadata, folder);
  }

  /** Where its files are. */
  get folder(): string {
    return this.#folder.path;
  }

  get state(): string | undefined {
    return this.batches.at(-1)?.state;
  }

  /** What the source is made with. */
  get shared() {
    const { feeds, notes } = this;
    const config = parseConfig({ ...feeds.variables, TICKHOUSE_HOME: this.#folder.path });
    return {
      config,
      client: this.#wire.client(
        feeds.clock,
        (clock) => finnhubClient(config, { paces: join(this.#folder.path, "paces"), clock }),
      ),
      clock: feeds.clock,
      onNote: (text: string) => void notes.push(text),
    };
  }

  trades(symbols: readonly string[], more: Partial<TradesOptions> = {}): Source {
    const { config, ...shared } = this.shared;
    return new Trades({
      ...shared,
      symbols,
      key: config.finnhubKey,
      socketUrl: config.finnhubSocket,
      dataset: ticks,
      metadata: this.metadata,
      calendar: CALENDAR,
      heartbeatMs: HEARTBEAT_MS,
      random: () => 0.5,
      connect: (url) => {
        this.connections.push(this.feeds.clock.now());
        return this.#wire.connect(url);
      },
      ...more,
    });
  }

  quotes(symbols: readonly string[], more: Partial<QuotesOptions> = {}): Source {
    const { config: _, ...shared } = this.shared;
    return new Quotes({ ...shared, symbols, dataset: quotes, ...more });
  }

  /** Reads in the background, from where it ended. */
  begin(source: Source): void {
    this.#stop = new AbortController();
    this.#done = (async () => {
      for await (const batch of source.read(this.state, this.#stop.signal)) {
        this.batches.push(batch);
      }
    })();
    this.#done.catch(() => {}); // `end` throws it.
  }

  async end(): Promise<void> {
    this.#stop.abort();
    const done = this.#done;
    this.#done = undefined;
    await done;
  }

  /** Returns when it has ended by itself. */
  async ended(): Promise<void> {
    await this.#done;
  }

  /** Lets time pass, all being heard. */
  async pass(ms: number, stepMs = 1_000): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      await this.#wire.settled();
      this.feeds.clock.advance(Math.min(left, stepMs));
      this.feeds.tick();
      await this.#wire.settled();
    }
  }

  /** All records, each valid. */
  get rows(): Row[] {
    const schemas = { ticks: rowSchema(ticks), quotes: rowSchema(quotes) };
    return this.batches.flatMap(({ records }) => records).flatMap(({ values }) =>
      texts(values).map((text) => {
        const row = JSON.parse(text);
        const schema = "trade_id" in row ? schemas.ticks : schemas.quotes;
        assert(schema.safeParse(row).success, text);
        return row;
      })
    );
  }

  get refused(): RefusedRecord[] {
    return this.batches.flatMap(({ refused }) => refused);
  }

  get reasons(): string[] {
    return this.refused.map(({ reason }) => reason);
  }

  get skipped(): number {
    return this.batches.reduce((sum, { skipped = 0 }) => sum + skipped, 0);
  }

  async gaps(): Promise<Gap[]> {
    return await this.metadata.gaps.list({ provider: "finnhub", interval: "trade" });
  }

  /** Asserts that the records are exactly the trades from a time on, each once. */
  assertTrue(symbol: string, fromMs: number, toMs = this.feeds.clock.now()): TruthTrade[] {
    const happened = this.feeds.truth(symbol, fromMs * 1000, toMs * 1000);
    const ids = this.rows.filter((row) => row.symbol === symbol)
      .filter(({ event_time }) => event_time >= fromMs * 1000 && event_time < toMs * 1000)
      .map(({ trade_id }) => trade_id);
    assertEquals(ids.toSorted(), [...new Set(happened.map(idOf))].toSorted());
    assert(ids.length > 0);
    return happened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    this.feeds.clock[Symbol.dispose]();
    await this.feeds[Symbol.asyncDispose]();
    await this.metadata[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

/** The identity of a trade that happened. */
export function idOf({ timeUs, price, size, conditions }: TruthTrade): string {
  const reader = new TradeReader();
  reader.values(price, size, timeUs / 1000, conditions.length === 0 ? null : conditions);
  return reader.id;
}
