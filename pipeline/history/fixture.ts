/**
 * The history room as its tests use it: the stand-ins of the feeds, a log, a metadata store and a
 * clock that moves when it is slept on.
 * @module
 */
import { join } from "node:path";
import { type Feeds, feedsAt } from "../../services/feeds/fixture.ts";
import type { FeedServersOptions } from "../../services/feeds/feeds.ts";
import { openCalendar } from "../calendar/open.ts";
import type { Clock } from "../clock.ts";
import { parseConfig } from "../config/config.ts";
import { DATASETS } from "../datasets/datasets.ts";
import { explain } from "../datasets/zod.ts";
import type { MetadataStore } from "../metadata/metadata.ts";
import { sqliteEngine } from "../metadata/sqlite.ts";
import { storeOn } from "../metadata/store.ts";
import type { SourceContext, SourceSpec } from "../source/entry.ts";
import type { Source, SourceBatch } from "../source/source.ts";
import { DirectoryStore } from "../store/directory.ts";
import { TempFolder, texts } from "../testing.ts";

/** The sessions of `models/seeds`. */
export const calendar = openCalendar(join(import.meta.dirname ?? "", "../../models/seeds"));

/** A record of the log, as it was sent. */
export interface Row {
  readonly symbol: string;
  readonly bar_interval: string;
  readonly open_time: number;
  readonly open: number | string;
  readonly high: number | string;
  readonly low: number | string;
  readonly close: number | string;
  readonly adj_close: number | string | null;
  readonly volume: number | string | null;
  readonly source: string;
  readonly adjustment: string;
  readonly provisional: string | null;
  readonly action?: string;
  readonly origin: string;
}

/** What a run did. */
export interface Ran {
  readonly batches: readonly SourceBatch[];
  /** Rows that it put into the log. */
  readonly rows: readonly Row[];
  readonly refused: readonly string[];
}

/** All of it; dispose of it to end it. */
export class HistoryWorld implements AsyncDisposable {
  readonly feeds: Feeds;
  readonly clock: Clock;
  readonly metadata: MetadataStore;
  readonly store: DirectoryStore;
  /** The log. */
  readonly rows: Row[] = [];
  /** Records of other datasets. */
  readonly beside: Record<string, unknown>[] = [];
  /** Dead letters. */
  readonly refused: string[] = [];
  readonly notes: string[] = [];
  /** Cursors, each in the commit of its records. */
  readonly states = new Map<string, string>();
  readonly #folder: TempFolder;
  readonly #more: Readonly<Record<string, string>>;

  private constructor(
    feeds: Feeds,
    folder: TempFolder,
    metadata: MetadataStore,
    more: Readonly<Record<string, string>>,
  ) {
    this.feeds = feeds;
    this.#folder = folder;
    this.#more = more;
    this.metadata = metadata;
    this.store = new DirectoryStore(join(folder.path, "raw"));
    this.clock = {
      now: () => feeds.clock.now(),
      sleep: (ms) => Promise.resolve(feeds.clock.advance(ms)),
    };
  }

  /** Starts it at a time; `more` are settings. */
  static async at(
    at: string,
    options: Omit<FeedServersOptions, "clock"> = {},
    more: Readonly<Record<string, string>> = {},
  ): Promise<HistoryWorld> {
    const folder = new TempFolder();
    const path = join(folder.path, "metadata.sqlite");
    return new HistoryWorld(
      feedsAt(at, options),
      folder,
      await storeOn(sqliteEngine({ path })),
      more,
    );
  }

  /** Now, in microseconds. */
  get nowUs(): number {
    return this.clock.now() * 1000;
  }

  /** Time passes. */
  pass({ days = 0, hours = 0, minutes = 0, seconds = 0 }): void {
    this.feeds.clock.advance((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000);
  }

  /** What feeds are opened with. */
  context(): SourceContext {
    return {
      config: parseConfig({ ...this.feeds.variables, ...this.#more }),
      datasets: DATASETS,
      settings: {},
      onNote: (text) => this.notes.push(text),
      providers: {
        metadata: () => Promise.resolve(this.metadata),
        store: () => Promise.resolve(this.store),
        calendar: () => calendar,
        paces: join(this.#folder.path, "paces"),
        carried: (name) => DATASETS.find((dataset) => dataset.name === name),
        clock: this.clock,
      },
    };
  }

  /** Opens a feed. */
  async open(spec: SourceSpec): Promise<Source> {
    return await spec(this.context());
  }

  /**
   * Reads it once. With `killed` it ends there as a killed process: `"commit"` before the records of
   * the batch of that number are in the log, `"ledger"` right behind.
   */
  async run(
    feed: SourceSpec | Source,
    killed?: { readonly batch: number; readonly before: "commit" | "ledger" },
  ): Promise<Ran> {
    const source = typeof feed === "function" ? await this.open(feed) : feed;
    const from = [this.rows.length, this.refused.length] as const;
    const batches: SourceBatch[] = [];
    const signal = new AbortController().signal;
    reading:
    for (const part of source.group?.parts ?? [source]) {
      for await (const batch of part.read(this.states.get(part.name), signal)) {
        const isLast = killed?.batch === batches.length;
        if (isLast && killed.before === "commit") break reading;
        this.#commit(part, batch);
        batches.push(batch);
        if (isLast) break reading;
      }
    }
    return { batches, rows: this.rows.slice(from[0]), refused: this.refused.slice(from[1]) };
  }

  #commit(part: Source, batch: SourceBatch): void {
    this.refused.push(...batch.refused.map(({ reason }) => reason));
    for (const { values } of (batch.beside ?? []).flatMap(({ records }) => records)) {
      this.beside.push(...texts(values).map((text) => JSON.parse(text)));
    }
    for (const { values } of batch.records) {
      for (const text of texts(values)) {
        const why = explain(part.dataset, new TextEncoder().encode(text));
        // Of what is in order it has nothing more to say than that it does not decode.
        if (why.includes("does not decode")) this.rows.push(JSON.parse(text));
        else this.refused.push(why);
      }
    }
    this.states.set(part.name, batch.state);
  }

  /** What holds of a series: of each bar its last version, unless it was taken back. */
  facts(symbol: string, interval: string): Map<number, Row> {
    const facts = new Map<number, Row>();
    for (const row of this.rows) {
      if (row.symbol !== symbol || row.bar_interval !== interval) continue;
      if (row.action === "cancel") facts.delete(row.open_time);
      else facts.set(row.open_time, row);
    }
    return facts;
  }

  /** Requests since this was asked last. */
  requests(): number {
    const { requests } = this.feeds;
    const count = requests.counts().reduce((sum, one) => sum + one.count, 0);
    requests.clear();
    return count;
  }

  /** The object's text. */
  async stored(key: string): Promise<string> {
    const path = join(this.#folder.path, crypto.randomUUID());
    await this.store.download(key, path);
    return await Deno.readTextFile(path);
  }

  /** The gaps of a series, as texts. */
  async gaps(provider: string, symbol: string, interval: string): Promise<string[]> {
    const gaps = await this.metadata.gaps.list({ provider, symbol, interval });
    return gaps.map(({ fromUs, toUs, reason, state }) =>
      `${timeOf(fromUs)} ${timeOf(toUs)} ${reason} ${state}`
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.feeds[Symbol.asyncDispose]();
    await this.metadata[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

/** A date, or a time to the minute. */
export function timeOf(us: number): string {
  return new Date(us / 1000).toISOString().replace(/T00:00:00.000Z$/, "").slice(0, 16);
}
