/**
 * The connection to Finnhub's WebSocket: made again whenever it ends, watched while it stands.
 * @module
 */
import type { Clock } from "../../clock.ts";
import type { GapReason } from "../../metadata/gaps.ts";
import { ProviderError } from "../../provider/errors.ts";
import { keyEraser } from "../../provider/keyed.ts";
import { redacted } from "../../shown.ts";
import { FINNHUB } from "./client.ts";

/** A WebSocket, as far as it is used. */
export interface Socket {
  readonly readyState: number;
  send(data: string): void;
  close(): void;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  onerror: ((event: Event) => void) | null;
}

/** How a connection ended. */
export interface LinkEnd {
  readonly reason: Extract<GapReason, "disconnected" | "stalled">;
  readonly detail: string;
}

/** What a link is told of, and asked. */
export interface LinkEvents {
  /** All symbols were subscribed to, at a time by the clock. */
  readonly subscribed: (nowMs: number) => void;
  /** A message came; `***` stands where it has the key. */
  readonly heard: (text: string) => void;
  /** The connection is gone. */
  readonly lost: (end: LinkEnd) => void;
  /** Why the connection is to be given up, though it stands; looked at each few seconds. */
  readonly fault: (nowMs: number) => LinkEnd | undefined;
  readonly note: (text: string) => void;
}

/** How a link is run. */
export interface LinkOptions {
  readonly url: string;
  readonly key: string;
  readonly symbols: readonly string[];
  readonly clock: Clock;
  readonly random: () => number;
  /** Milliseconds in which something is heard of a connection that stands, a ping at least. */
  readonly heartbeatMs: number;
  readonly connect: (url: string) => Socket;
}

/** Milliseconds of the first wait; it doubles with each connection in a row that does not last. */
const WAIT_MS = 250;
const WAIT_MAX_MS = 30_000;
/** Who is closed by another connection of its key waits long: else both would do so forever. */
const CONFLICT_WAIT_MS = 60_000;
const CONFLICT_WAIT_MAX_MS = 900_000;
const REFUSED_WAIT_MS = 60_000;
/** A connection that stood for so long was a good one. */
const LASTING_MS = 30_000;
/** Milliseconds in which a connection must be made. */
const OPEN_MS = 20_000;
/**
 * Closed by the server since its rules were not kept: the next connection of a key closes the last.
 */
const POLICY_VIOLATION = 1008;

/** Keeps a connection, for as long as it is wanted. */
export class Link {
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  readonly #erase: (text: string) => string;
  #heardMs = 0;
  #stoodOnce = false;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#events = events;
    this.#erase = keyEraser(options.key);
  }

  /**
   * Connects and subscribes, again and again. Throws `PROVIDER_ACCESS` if the key is refused at
   * once.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    let [short, conflicts] = [0, 0];
    while (!signal.aborted) {
      const beganMs = clock.now();
      const end = await this.#connection(signal);
      if (signal.aborted) return;
      this.#events.lost(end);
      const lasted = end.subscribed && clock.now() - beganMs >= LASTING_MS;
      short = lasted ? 0 : short + 1;
      conflicts = end.kind === "conflict" ? conflicts + 1 : 0;
      const waitMs = end.kind === "conflict"
        ? Math.min(CONFLICT_WAIT_MAX_MS, CONFLICT_WAIT_MS * 2 ** (conflicts - 1))
        : end.kind === "refused"
        ? REFUSED_WAIT_MS
        : Math.min(WAIT_MAX_MS, WAIT_MS * 2 ** Math.min(short, 10));
      this.#events.note(`${end.detail}; connecting again in ${Math.ceil(waitMs / 1000)} s`);
      await clock.sleep(waitMs * (0.5 + random() / 2), signal);
    }
  }

  async #connection(signal: AbortSignal): Promise<Ended> {
    const { url, key, connect, clock, symbols } = this.#options;
    const ended = Promise.withResolvers<Ended>();
    const opened = Promise.withResolvers<void>();
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    const address = new URL(url);
    address.searchParams.set("token", key);
    const socket = connect(`${address}`);
    let subscribed = false;
    const end = (kind: Ended["kind"], of: LinkEnd) => {
      ended.resolve({ kind, subscribed, ...of });
      over.abort();
    };
    const disconnected = (detail: string): LinkEnd => ({ reason: "disconnected", detail });
    let failure = "";
    socket.onerror = (event) => {
      failure = this.#erase(redacted("message" in event ? String(event.message) : ""));
    };
    socket.onopen = () => opened.resolve();
    socket.onclose = ({ code, reason }) => {
      const status = /status code: (\d+)/.exec(failure)?.[1];
      if (!subscribed && (status === "401" || status === "403")) this.#refused(status, ended, over);
      else if (!subscribed && status !== undefined) {
        end("refused", disconnected(`Finnhub's WebSocket refuses the connection with ${status}`));
      } else if (code === POLICY_VIOLATION || /another|already/i.test(reason)) {
        end("conflict", disconnected(conflictText(reason)));
      } else end("closed", disconnected(closedText(code, reason, failure)));
    };
    socket.onmessage = ({ data }) => {
      this.#heardMs = clock.now();
      if (!over.signal.aborted) {
        this.#events.heard(typeof data === "string" ? this.#erase(data) : "");
      }
    };
    signal.addEventListener("abort", over.abort.bind(over), { once: true, signal: over.signal });
    try {
      clock.sleep(OPEN_MS, both).then(() => {
        if (!subscribed && !both.aborted) end("closed", disconnected("Finnhub does not answer"));
      });
      await Promise.race([opened.promise, ended.promise, abortOf(both)]);
      if (both.aborted) return signal.aborted ? STOPPED : await ended.promise;
      for (const symbol of symbols) socket.send(subscription(symbol));
      subscribed = this.#stoodOnce = true;
      this.#heardMs = clock.now();
      this.#events.subscribed(this.#heardMs);
      await this.#watch(socket, end, both);
      return signal.aborted ? STOPPED : await ended.promise;
    } finally {
      over.abort();
      socket.onmessage = socket.onopen = null;
      if (socket.readyState <= WebSocket.OPEN) socket.close();
    }
  }

  /** Looks at a connection that falls silent, and gives it up. */
  async #watch(
    socket: Socket,
    end: (kind: Ended["kind"], of: LinkEnd) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, heartbeatMs, symbols } = this.#options;
    let askedMs = 0;
    while (!signal.aborted) {
      // Half a heartbeat late is a stall, told within two.
      await clock.sleep(heartbeatMs / 8, signal);
      if (signal.aborted) return;
      const now = clock.now();
      const quietMs = now - this.#heardMs;
      if (quietMs >= 1.5 * heartbeatMs) {
        const seconds = Math.round(quietMs / 1000);
        const detail = `nothing was heard for ${seconds} s, not even a ping`;
        return end("closed", { reason: "stalled", detail });
      }
      if (quietMs >= heartbeatMs && askedMs < this.#heardMs) {
        askedMs = now;
        // What stands takes it; what is cut somewhere on the way may notice now.
        for (const symbol of symbols) socket.send(subscription(symbol));
      }
      const fault = this.#events.fault(now);
      if (fault) return end("closed", fault);
    }
  }

  /** The key may be wrong, or the server for a while. */
  #refused(status: string, ended: PromiseWithResolvers<Ended>, over: AbortController): void {
    const detail = `Finnhub's WebSocket refuses the key with ${status}`;
    if (this.#stoodOnce) {
      ended.resolve({ kind: "refused", subscribed: false, reason: "disconnected", detail });
    } else {
      ended.reject(
        new ProviderError("PROVIDER_ACCESS", detail, {
          field: FINNHUB,
          reason: "no_access",
          fix: "see that TICKHOUSE_FINNHUB_KEY is a key that finnhub.io/dashboard shows",
        }),
      );
      ended.promise.catch(() => {}); // Whoever awaits it throws it.
    }
    over.abort();
  }
}

/** How a connection ended. */
interface Ended extends LinkEnd {
  readonly kind: "closed" | "conflict" | "refused";
  readonly subscribed: boolean;
}

const STOPPED: Ended = { kind: "closed", subscribed: false, reason: "disconnected", detail: "" };

function subscription(symbol: string): string {
  return JSON.stringify({ type: "subscribe", symbol });
}

function conflictText(reason: string): string {
  const said = reason === "" ? "" : ` (${reason})`;
  return `Finnhub closed the connection, as it does when another one uses the same key${said}: ` +
    "end the other program, or give this one a key of its own";
}

function closedText(code: number, reason: string, failure: string): string {
  const why = [reason, failure].filter((part) => part !== "").join(", ");
  return `the connection to Finnhub ended with code ${code}${why === "" ? "" : ` (${why})`}`;
}

function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
