/**
 * The feeds as their tests use them: a clock that stands still, at an open market.
 * @module
 */
import { assert } from "@std/assert";
import { FeedClock } from "./clock.ts";
import { type FeedServers, type FeedServersOptions, startFeedServers } from "./feeds.ts";
import type { QuirkName } from "./quirks/list.ts";

/** A Tuesday, half an hour after New York has opened. */
export const OPEN = "2026-11-24T15:00:00Z";
/** That evening: New York has closed, and trades after hours. */
export const EVENING = "2026-11-24T22:00:00Z";
/** Wednesday morning: New York trades before hours. */
export const EARLY = "2026-11-25T13:00:00Z";

/** The feeds of a test, and their clock. */
export interface Feeds extends FeedServers {
  readonly clock: FeedClock;
}

/** Starts them at a time, with few trades. */
export function feedsAt(at: string, options: Omit<FeedServersOptions, "clock"> = {}): Feeds {
  const clock = new FeedClock({ at: Date.parse(at) });
  return Object.assign(startFeedServers({ seed: 7, ...options, clock }), { clock });
}

/** An answer, read. */
export interface Read {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Asks for a path of the feeds; redirects are not followed. */
export async function ask(feeds: FeedServers, path: string, init: RequestInit = {}): Promise<Read> {
  const response = await fetch(feeds.origin + path, { redirect: "manual", ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Asks for JSON. */
// deno-lint-ignore no-explicit-any
export async function askJson(feeds: FeedServers, path: string): Promise<any> {
  return JSON.parse((await ask(feeds, path)).text);
}

/** What a test of a quirk does: it fails unless the quirk is seen on the wire. */
export type Sees<P extends string> = Readonly<
  Record<Extract<QuirkName, `${P}.${string}`>, (name: QuirkName) => Promise<void>>
>;

/** One test a quirk. */
export function testAll(
  tests: Readonly<Record<string, (name: QuirkName) => Promise<void>>>,
): void {
  for (const [name, test] of Object.entries(tests)) {
    Deno.test(`quirk ${name} is seen on the wire`, () => test(name as QuirkName));
  }
}

/** A message of the socket. */
export interface Message {
  readonly type: string;
  readonly data?: readonly Sent[];
  readonly msg?: string;
}

/** A trade as it came. */
export interface Sent {
  readonly p: number;
  readonly s: string;
  readonly t: number;
  readonly v: number;
  readonly c: readonly string[] | null;
}

/** A client of Finnhub's socket. */
export class Client implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly raw: string[] = [];
  readonly closed: Promise<CloseEvent>;
  readonly #opened: Promise<void>;

  constructor(feeds: FeedServers, token = "key") {
    this.#socket = new WebSocket(`${feeds.variables["TICKHOUSE_FINNHUB_SOCKET"]}?token=${token}`);
    this.#socket.onmessage = ({ data }) => this.raw.push(data);
    this.#socket.onerror = () => {};
    const { promise, resolve } = Promise.withResolvers<CloseEvent>();
    this.closed = promise;
    this.#opened = new Promise((opened, failed) => {
      this.#socket.onopen = () => opened();
      this.#socket.onclose = (event) => {
        resolve(event);
        failed(new Error("closed"));
      };
    });
    this.#opened.catch(() => {});
  }

  /** Connects and subscribes. */
  static async to(feeds: FeedServers, ...symbols: string[]): Promise<Client> {
    const client = new Client(feeds);
    await client.opened();
    await client.say(...symbols.map((symbol) => ({ type: "subscribe", symbol })));
    return client;
  }

  async opened(): Promise<void> {
    await this.#opened;
  }

  /** Sends messages, and waits until the server has heard them. */
  async say(...messages: unknown[]): Promise<void> {
    for (const message of messages) this.#socket.send(JSON.stringify(message));
    const count = this.raw.length;
    // What it does not know is answered at once.
    this.#socket.send(`{"type":"?","symbol":"?"}`);
    await until(() => this.raw.slice(count).some((text) => text.includes("Invalid message")));
    this.raw.splice(this.raw.findLastIndex((text) => text.includes("Invalid message")), 1);
  }

  /** The messages that can be read. */
  messages(): Message[] {
    return this.raw.map((text) => JSON.parse(text));
  }

  /** All trades, in the order in which they came. */
  trades(): Sent[] {
    return this.messages().flatMap(({ data }) => data ?? []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.closed;
  }
}

/** Lets time pass, and waits until all that was sent has come. */
export async function pass(feeds: Feeds, client: Client, ms: number, stepMs = 1000): Promise<void> {
  await feeds.pass(ms, stepMs);
  await client.say();
}

/** Waits until it holds. */
export async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; !holds(); i++) {
    assert(i < 2000, "it never comes");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
