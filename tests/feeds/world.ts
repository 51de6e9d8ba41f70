/**
 * Days of stand-in trading that go wrong in seeded ways, read into a log in virtual time.
 * @module
 */
import { join } from "node:path";
import { FeedClock } from "services/feeds/clock.ts";
import { type FeedServers, startFeedServers } from "services/feeds/feeds.ts";
import { FEED_INSTRUMENTS } from "services/feeds/market/instruments.ts";
import type { Broker } from "tickhouse/broker/broker.ts";
import { openCalendar } from "tickhouse/calendar/open.ts";
import type { Calendar } from "tickhouse/calendar/calendar.ts";
import { parseConfig } from "tickhouse/config/config.ts";
import { ticks } from "tickhouse/datasets/ticks.ts";
import { openBroker } from "tickhouse/house/adapters.ts";
import type { MetadataStore } from "tickhouse/metadata/metadata.ts";
import { openMetadata } from "tickhouse/metadata/open.ts";
import { finnhubClient } from "tickhouse/source/finnhub/client.ts";
import { Trades, type TradesOptions } from "tickhouse/source/finnhub/trades.ts";
import type { RefusedRecord } from "tickhouse/source/source.ts";
import { ingest } from "tickhouse/stream/ingest.ts";
import { Random } from "tickhouse/source/simulator/random.ts";
import { Wire } from "tickhouse/source/finnhub/wire_fixture.ts";

/** What is read. */
export const SYMBOLS: readonly string[] = ["AAPL", "IBM", "BINANCE:BTCUSDT"];
/** Milliseconds between pings. */
export const HEARTBEAT_MS = 60_000;
const MINUTE_MS = 60_000;
const STEP_MS = 20_000;
const DAY_MS = 86_400_000;
/** A Monday. */
const FIRST = Date.UTC(2026, 0, 5);
const SEEDS = new URL("../../models/seeds", import.meta.url).pathname;

/** A stall that began while the connection stood. */
export interface Stall {
  readonly atMs: number;
}

/** The world of a seed: servers, log and ledger in a folder. */
export class FeedWorld implements AsyncDisposable {
  readonly clock: FeedClock;
  readonly feeds: FeedServers;
  readonly broker: Broker;
  readonly metadata: MetadataStore;
  readonly wire = new Wire();
  /** What was told, in words. */
  readonly notes: string[] = [];
  readonly stalls: Stall[] = [];
  /** What became dead letters. */
  readonly refused: RefusedRecord[] = [];
  /** When reading was ended, milliseconds since 1970. */
  readonly ends: number[] = [];
  /** When it was subscribed first, microseconds since 1970. */
  firstUs = Infinity;
  readonly home: string;
  readonly #calendar: Calendar;
  readonly #folder: string;
  readonly #random: Random;
  readonly #more: Partial<TradesOptions>;
  #reading: { readonly stop: AbortController; readonly done: Promise<unknown> } | undefined;

  private constructor(
    folder: string,
    seed: number,
    parts: { readonly broker: Broker; readonly metadata: MetadataStore },
    more: Partial<TradesOptions>,
  ) {
    this.#folder = folder;
    this.home = join(folder, "home");
    this.#random = Random.seeded(seed);
    this.#more = more;
    this.broker = parts.broker;
    this.metadata = parts.metadata;
    this.#calendar = openCalendar(SEEDS);
    this.clock = new FeedClock({ at: FIRST });
    const instruments = FEED_INSTRUMENTS.filter(({ finnhub }) => SYMBOLS.includes(finnhub))
      .map((one) => ({ ...one, rate: one.finnhub === "AAPL" ? 0.03 : 0.01 }));
    this.feeds = startFeedServers({
      ...{ clock: this.clock, seed, instruments, pingEveryMs: HEARTBEAT_MS },
      // What happens between steps is sent with the step.
      messageEveryMs: DAY_MS * 1000,
    });
  }

  static async open(
    folder: string,
    seed: number,
    more: Partial<TradesOptions> = {},
  ): Promise<FeedWorld> {
    const config = parseConfig({ TICKHOUSE_HOME: join(folder, "home") });
    Deno.mkdirSync(config.home, { recursive: true });
    const broker = await openBroker(config);
    return new FeedWorld(folder, seed, { broker, metadata: await openMetadata(config) }, more);
  }

  /** Begins to read, where it ended. */
  begin(): void {
    this.firstUs = Math.min(this.firstUs, this.clock.now() * 1000);
    const { feeds, clock, metadata, wire } = this;
    const config = parseConfig({ ...feeds.variables, TICKHOUSE_HOME: this.home });
    const source = new Trades({
      symbols: SYMBOLS,
      key: config.finnhubKey,
      socketUrl: config.finnhubSocket,
      client: wire.client(
        clock,
        (clock) => finnhubClient(config, { paces: join(this.#folder, "paces"), clock }),
      ),
      dataset: ticks,
      calendar: this.#calendar,
      heartbeatMs: HEARTBEAT_MS,
      random: () => this.#random.next(),
      connect: wire.connect,
      onNote: (text) => this.notes.push(text),
      ...{ metadata, clock },
      ...this.#more,
    });
    const stop = new AbortController();
    const done = ingest({
      ...{ source, clock, broker: this.broker, signal: stop.signal },
      onBatch: ({ refused }) => this.refused.push(...refused),
    });
    done.catch(() => {}); // `end` throws it.
    this.#reading = { stop, done };
  }

  /** Ends the reading, as a program is ended. */
  async end(): Promise<void> {
    this.ends.push(this.clock.now());
    this.#reading?.stop.abort();
    await this.#reading?.done;
    this.#reading = undefined;
  }

  /** Lets time pass, all being heard. */
  async pass(ms: number, stepMs = STEP_MS): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      await this.wire.settled();
      this.clock.advance(Math.min(left, stepMs));
      this.feeds.tick();
      await this.wire.settled();
    }
  }

  /** A day with what goes wrong on it; `plan`: whether the key has ticks. Default: on most days. */
  async day(index: number, plan?: "without ticks"): Promise<void> {
    const { feeds, clock } = this;
    const random = this.#random;
    const openMs = FIRST + index * DAY_MS + 14 * 60 * MINUTE_MS;
    const fromMs = openMs + random.below(180) * MINUTE_MS;
    if (fromMs > clock.now()) clock.advance(fromMs - clock.now());
    feeds.calm();
    feeds.quirk("finnhub.one_connection");
    this.#spoilAlways();
    if (plan || random.next() < 0.2) feeds.quirk("finnhub.no_access");
    this.begin();
    await this.pass(2 * MINUTE_MS);
    for (let i = random.below(3); i >= 0; i--) {
      await this.#goWrong();
      await this.pass(3 * MINUTE_MS);
      await this.pass(random.below(12) * MINUTE_MS, MINUTE_MS);
      for (const name of OF_REST) feeds.calm(name);
    }
    feeds.calm();
    feeds.quirk("finnhub.one_connection");
    await this.pass(6 * MINUTE_MS, MINUTE_MS);
    await this.end();
  }

  /** What goes wrong all day long. */
  #spoilAlways(): void {
    const random = this.#random;
    const maybe = (name: string, probability: number, parameters = {}) => {
      if (random.next() < 0.6) this.feeds.quirk(name, { probability, parameters });
    };
    maybe("finnhub.repeat", 0.3);
    maybe("finnhub.repeat_within", 0.05);
    maybe("finnhub.out_of_order", 0.2);
    maybe("finnhub.late", 0.1);
    maybe("finnhub.bad_element", 0.02);
    maybe("finnhub.replay", 0.5, { seconds: 60 });
    maybe("finnhub.lying_replay", 0.5, { seconds: 90 });
  }

  async #goWrong(): Promise<void> {
    const { feeds } = this;
    const random = this.#random;
    const next = { next: 1 };
    switch (random.below(11)) {
      case 0:
        return feeds.quirk("finnhub.cut", next);
      case 1:
        return feeds.quirk("finnhub.close", next);
      case 2:
      case 3:
        this.stalls.push({ atMs: this.clock.now() });
        return feeds.quirk("finnhub.stall", {
          ...next,
          parameters: { for_ms: random.below(2) * 1_200_000 },
        });
      case 4:
        return feeds.quirk("finnhub.only_pings", {
          ...next,
          parameters: { for_ms: 400_000 + random.below(600_000) },
        });
      case 5:
        return feeds.quirk("finnhub.bad_message", { next: 1 + random.below(3) });
      case 6:
        feeds.quirk("finnhub.refuse_socket", { next: 1 + random.below(4) });
        return feeds.cutAll();
      case 7:
        return await this.#rival();
      case 8:
        await this.end();
        await this.pass(random.below(10) * MINUTE_MS);
        return this.begin();
      case 9:
        feeds.quirk(OF_REST[random.below(OF_REST.length)] ?? "", { probability: 0.7 });
        return feeds.cutAll();
      default:
        feeds.quirk("finnhub.error_message", next);
    }
  }

  /** Another program uses the same key for a while. */
  async #rival(): Promise<void> {
    const { variables } = this.feeds;
    const token = variables["TICKHOUSE_FINNHUB_KEY"];
    const socket = new WebSocket(`${variables["TICKHOUSE_FINNHUB_SOCKET"]}?token=${token}`);
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.onerror = () => {};
    await new Promise((resolve) => {
      socket.onopen = resolve;
      closed.then(resolve);
    });
    await this.pass(this.#random.below(3) * MINUTE_MS);
    socket.close();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    this.clock[Symbol.dispose]();
    await this.feeds[Symbol.asyncDispose]();
    await this.metadata[Symbol.asyncDispose]();
    await this.broker[Symbol.asyncDispose]();
  }
}

/** What goes wrong with requests. */
const OF_REST = [
  ...["finnhub.limit_text", "finnhub.limit_json", "http.bad_gateway", "http.truncated", "http.cut"],
];
