/**
 * One poll of the warehouse for all open pages: reads what is new a few times a second while a page
 * listens, and sends each page only what changed.
 * @module
 */
import { delay } from "@std/async";
import { messageOf } from "../errors.ts";
import { loadInstruments } from "./instruments.ts";
import { type LiveSecond, type Queries, toMs } from "./queries.ts";
import { type LiveStatus, NO_GAPS } from "./status.ts";
import type {
  Activity,
  Arrived,
  Instrument,
  OpenGaps,
  Quality,
  SymbolSeconds,
  Update,
} from "./wire.ts";

/** How the feed polls. */
export interface FeedOptions {
  readonly queries: Queries;
  readonly status: () => LiveStatus;
  /** Records that were refused and kept; null if that is not known. */
  readonly deadLetters: () => Promise<number | null>;
  /** What providers did not give yet. */
  readonly gaps: () => Promise<OpenGaps>;
  /** Shortest time between two polls. */
  readonly pollMs: number;
}

/** Instruments, day figures and activity change more slowly than prices. */
const SLOW_MS = 1000;
/** Dead letters are counted in the log, which is opened for it. */
const DEAD_LETTERS_MS = 10_000;
/** Tables of bronze. */
const BRONZE = ["bronze.ticks", "bronze.quotes", "bronze.bars", "bronze.index_bars"];
/** A poll may take one part in so many of the time, so that reading never starves writing. */
const DUTY = 6;
/** Seconds of activity that the page shows. */
const ACTIVITY_SECONDS = 120;
/** Updates a page may lag behind before it is dropped; it connects again by itself. */
const BACKLOG_MAX = 32;
/** Pages at once. */
export const CLIENTS_MAX = 32;

interface Client {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  /** Has not been sent the whole state yet. */
  fresh: boolean;
}

/** Polls and sends. */
export class Feed {
  readonly #options: FeedOptions;
  readonly #clients = new Set<Client>();
  #stop = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Number of open pages. */
  get size(): number {
    return this.#clients.size;
  }

  /** A stream of server-sent events for one page; polling runs while one is open. */
  subscribe(): ReadableStream<Uint8Array> {
    let client: Client | undefined;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        client = { controller, fresh: true };
        this.#clients.add(client);
        this.#loop ??= this.#run();
      },
      cancel: () => {
        if (client) this.#clients.delete(client);
      },
    }, { highWaterMark: BACKLOG_MAX });
  }

  /** Ends all streams and the polling. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    for (const client of this.#clients) this.#drop(client);
  }

  async #run(): Promise<void> {
    const state = new FeedState(this.#options);
    try {
      while (this.#clients.size > 0 && !this.#stop.signal.aborted) {
        const started = performance.now();
        const changes = await state.poll();
        this.#send(state.whole(), changes);
        const tookMs = performance.now() - started;
        await pause(Math.max(this.#options.pollMs, tookMs * DUTY) - tookMs, this.#stop.signal);
      }
    } finally {
      // In the same turn as the last look at the clients: a page that opens later starts a new loop.
      this.#loop = undefined;
    }
  }

  #send(whole: Update, changes: Update): void {
    const delta = encode(changes);
    for (const client of this.#clients) {
      if ((client.controller.desiredSize ?? 0) <= 0) {
        this.#drop(client);
        continue;
      }
      client.controller.enqueue(client.fresh ? encode({ ...whole, first: true }) : delta);
      client.fresh = false;
    }
  }

  #drop(client: Client): void {
    this.#clients.delete(client);
    client.controller.close();
  }
}

/** What all pages show, and what of it changed with the last poll. */
class FeedState {
  readonly #options: FeedOptions;
  readonly #activity = new Map<number, Activity>();
  /** JSON of the last bars sent, by symbol and second. */
  #sent = new Map<string, string>();
  #seconds: LiveSecond[] = [];
  #instruments: readonly Instrument[] = [];
  #instrumentsSent = "";
  #tables: ReadonlySet<string> = new Set();
  #arrived: Arrived = { rows: {}, modelled: false, deadLetters: null };
  #quality: Quality = { total: 0, findings: [] };
  #gaps: OpenGaps = NO_GAPS;
  #gapsSent: OpenGaps = NO_GAPS;
  #deadLetters: number | null = null;
  #deadLettersAt = -Infinity;
  #problem: string | null = null;
  #ingestedMs = 0;
  #slowAt = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Reads what is new; a warehouse that can't be read is told to the page and tried again. */
  async poll(): Promise<Update> {
    const before = this.#problem;
    let changes: Partial<Update> = {};
    try {
      if (performance.now() >= this.#slowAt) changes = await this.#pollSlow();
      if (this.#tables.has("bronze.ticks")) changes = { ...changes, ...await this.#pollSeconds() };
      this.#problem = null;
    } catch (error) {
      this.#problem = messageOf(error);
    }
    const status = this.#options.status();
    return before === this.#problem
      ? { ...changes, status }
      : { ...changes, status, problem: this.#problem };
  }

  whole(): Update {
    return {
      status: this.#options.status(),
      instruments: this.#instruments,
      seconds: group(this.#seconds),
      activity: [...this.#activity.values()],
      arrived: this.#arrived,
      quality: this.#quality,
      gaps: this.#gaps,
      problem: this.#problem,
    };
  }

  async #pollSlow(): Promise<Partial<Update>> {
    const { queries } = this.#options;
    const started = performance.now();
    this.#tables = await queries.tables();
    this.#instruments = await loadInstruments(queries, this.#tables);
    const changes: { -readonly [K in keyof Update]?: Update[K] } = {};
    const text = JSON.stringify(this.#instruments);
    if (text !== this.#instrumentsSent) changes.instruments = this.#instruments;
    this.#instrumentsSent = text;
    const arrived = await this.#countArrived();
    if (JSON.stringify(arrived) !== JSON.stringify(this.#arrived)) changes.arrived = arrived;
    this.#arrived = arrived;
    if (JSON.stringify(this.#gaps) !== JSON.stringify(this.#gapsSent)) changes.gaps = this.#gaps;
    this.#gapsSent = this.#gaps;
    if (this.#tables.has("gold.gold_quality")) {
      const quality = await queries.quality();
      if (JSON.stringify(quality) !== JSON.stringify(this.#quality)) changes.quality = quality;
      this.#quality = quality;
    }
    if (this.#tables.has("bronze.ticks")) {
      changes.activity = await this.#pollActivity();
    }
    const ended = performance.now();
    this.#slowAt = ended + Math.max(SLOW_MS, (ended - started) * DUTY);
    return changes;
  }

  async #countArrived(): Promise<Arrived> {
    const { queries, deadLetters, gaps } = this.#options;
    if (performance.now() - this.#deadLettersAt >= DEAD_LETTERS_MS) {
      this.#deadLettersAt = performance.now();
      // The page does not wait for a log; what can't be counted there is not known.
      const note = (count: number | null) => this.#deadLetters = count;
      deadLetters().then(note, () => note(null));
      // Who can't read the ledger shows what it said last.
      gaps().then((now) => this.#gaps = now, () => {});
    }
    const rows = BRONZE.every((name) => this.#tables.has(name)) ? await queries.arrived() : {};
    const modelled = this.#tables.has("gold.gold_kpi");
    return { rows, modelled, deadLetters: this.#deadLetters };
  }

  async #pollActivity(): Promise<Activity[]> {
    const { queries } = this.#options;
    const known = Math.max(0, ...this.#activity.keys());
    const latest = await queries.latest();
    this.#ingestedMs = Math.max(0, ...latest.map((l) => l.ingestedMs));
    if (this.#ingestedMs === 0) return [];
    // Two seconds back: the last one was not over, and a commit may come a little late.
    const since = Math.max(this.#ingestedMs / 1000 - ACTIVITY_SECONDS, known - 2);
    const news = await queries.activity(Math.floor(since) * 1000);
    for (const activity of news) this.#activity.set(activity[0], activity);
    const oldest = Math.max(...this.#activity.keys()) - ACTIVITY_SECONDS;
    for (const second of this.#activity.keys()) {
      if (second < oldest) this.#activity.delete(second);
    }
    return news;
  }

  async #pollSeconds(): Promise<Partial<Update>> {
    if (this.#ingestedMs === 0) return {};
    const newest = new Map<string, number>();
    for (const { source, bar } of this.#seconds) {
      newest.set(source, Math.max(newest.get(source) ?? 0, bar[0]));
    }
    const since = Math.min(...newest.values()) * 1000 - 6000;
    const from = Number.isFinite(since) ? since : await this.#eventSinceMs();
    const before = this.#seconds;
    const modelled = this.#tables.has("gold.gold_kpi");
    const { queries } = this.#options;
    this.#seconds = await queries.seconds(this.#ingestedMs - 5000, from, modelled);
    this.#ingestedMs = Math.max(this.#ingestedMs, ...this.#seconds.map((s) => toMs(s.ingested)));
    const sent = new Map<string, string>();
    const changed = this.#seconds.filter(({ source, symbol, bar }) => {
      const key = JSON.stringify([source, symbol, bar[0]]);
      const text = JSON.stringify(bar);
      sent.set(key, text);
      return this.#sent.get(key) !== text;
    });
    this.#sent = sent;
    const news = [...changed, ...emptied(before, this.#seconds)];
    return news.length > 0 ? { seconds: group(news) } : {};
  }

  async #eventSinceMs(): Promise<number> {
    return Math.min(...(await this.#options.queries.latest()).map((l) => l.eventMs)) - 6000;
  }
}

/** Seconds that lost their last trade to a cancel or a correction, as bars without a trade. */
function emptied(before: readonly LiveSecond[], now: readonly LiveSecond[]): LiveSecond[] {
  const keyOf = ({ source, symbol, bar }: LiveSecond) => JSON.stringify([source, symbol, bar[0]]);
  const left = new Set(now.map(keyOf));
  const since = new Map<string, number>();
  for (const { source, bar } of now) {
    since.set(source, Math.min(since.get(source) ?? Infinity, bar[0]));
  }
  return before
    // What lies before was not asked for again.
    .filter((one) => !left.has(keyOf(one)) && one.bar[0] >= (since.get(one.source) ?? Infinity))
    .map((one) => ({ ...one, bar: [one.bar[0], 0, 0, 0, 0, null, 0] }));
}

function group(seconds: readonly LiveSecond[]): SymbolSeconds[] {
  const groups = Map.groupBy(seconds, (s) => JSON.stringify([s.source, s.symbol]));
  return Array.from(groups.values(), (members) => ({
    source: members[0]?.source ?? "",
    symbol: members[0]?.symbol ?? "",
    bars: members.map((member) => member.bar),
  }));
}

const encoder = new TextEncoder();

function encode(update: Update): Uint8Array {
  return encoder.encode(`data: ${JSON.stringify(update)}\n\n`);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
