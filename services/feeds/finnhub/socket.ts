/**
 * Finnhub's WebSocket: trades of subscribed symbols, as they happen.
 * @module
 */
import type { FeedInstrument } from "../market/instruments.ts";
import { type Happened, placeOf, scaled, tradesOf, type World } from "../world/world.ts";
import type { Sends } from "./sends.ts";

/** A trade that waits for its turn. */
interface Queued {
  readonly atMs: number;
  readonly line: string;
  readonly note: (() => void) | undefined;
  /** Milliseconds after which it is sent again, each from the time before. */
  again?: readonly number[];
}

const SECOND_MS = 1000;
const MESSAGE_MAX = 100;
const SYMBOLS_MAX = 50;
const SYMBOL_MAX = 100;
/** Text that a client did not take: beyond it the server lets the client go. */
const BUFFERED_MAX = 64 * 1024 * 1024;

/** One connection. */
export class FinnhubSocket {
  readonly #world: World;
  readonly #sends: Sends;
  readonly #socket: WebSocket;
  readonly #id: number;
  readonly #cut: () => void;
  readonly #pingEveryMs: number;
  readonly #subscribed = new Map<string, FeedInstrument | undefined>();
  #queue: Queued[] = [];
  #cursorMs: number;
  #pingMs: number;
  #judgedMs: number;
  #stalledUntilMs = 0;
  #pingsUntilMs = 0;

  constructor(
    world: World,
    sends: Sends,
    { socket, id, cut, pingEveryMs }: {
      readonly socket: WebSocket;
      readonly id: number;
      /** Ends the connection without a word. */
      readonly cut: () => void;
      readonly pingEveryMs: number;
    },
  ) {
    this.#world = world;
    this.#sends = sends;
    this.#socket = socket;
    this.#id = id;
    this.#cut = cut;
    this.#pingEveryMs = pingEveryMs;
    this.#cursorMs = this.#pingMs = world.clock.now();
    this.#judgedMs = -Infinity;
    socket.onmessage = ({ data }) => this.#hear(data);
  }

  /** Whether it may still send. */
  get isOpen(): boolean {
    return this.#socket.readyState <= WebSocket.OPEN;
  }

  /** Closes it with a close frame, or cuts it. */
  end(code?: number, reason = ""): void {
    if (code === undefined) this.#cut();
    else if (this.isOpen) this.#socket.close(code, reason);
  }

  /** Sends what happened since the last time. */
  tick(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const now = this.#world.clock.now();
    this.#judge(now);
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const from = this.#cursorMs;
    this.#cursorMs = now;
    if (now < this.#stalledUntilMs) {
      this.#queue = [];
      return;
    }
    if (now >= this.#pingsUntilMs) {
      for (const [symbol, instrument] of this.#subscribed) {
        if (instrument) this.#enqueue(symbol, instrument, from, now);
      }
      this.#flush(now);
    } else this.#queue = [];
    for (; this.#pingMs + this.#pingEveryMs <= now; this.#pingMs += this.#pingEveryMs) {
      this.#say({ type: "ping" });
    }
    if (this.#socket.bufferedAmount > BUFFERED_MAX) this.#cut();
  }

  /** Once a second: whether the connection falls silent or ends. */
  #judge(now: number): void {
    if (now - this.#judgedMs < SECOND_MS) return;
    this.#judgedMs = now;
    const { quirks } = this.#world;
    const until = (forMs: unknown) => Number(forMs) > 0 ? now + Number(forMs) : Infinity;
    const stall = quirks.take("finnhub.stall");
    if (stall) this.#stalledUntilMs = until(stall["for_ms"]);
    const pings = quirks.take("finnhub.only_pings");
    if (pings) this.#pingsUntilMs = until(pings["for_ms"]);
    const said = quirks.take("finnhub.error_message");
    if (said) this.#say({ msg: said["msg"], type: "error" });
    if (quirks.take("finnhub.cut")) this.#cut();
    const close = quirks.take("finnhub.close");
    if (close) this.end(Number(close["code"]), "");
  }

  #hear(data: unknown): void {
    let message: { type?: unknown; symbol?: unknown } | null;
    try {
      message = JSON.parse(String(data));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return this.#say({ msg: "Invalid message", type: "error" });
    }
    const { type, symbol } = message ?? {};
    if (typeof symbol !== "string" || symbol.length > SYMBOL_MAX) {
      return this.#say({ msg: "Invalid symbol", type: "error" });
    }
    if (type === "unsubscribe") {
      if (!this.#world.quirks.take("finnhub.ignore_unsubscribe", { symbol })) {
        this.#subscribed.delete(symbol);
      }
    } else if (type === "subscribe") this.#subscribe(symbol);
    else this.#say({ msg: "Invalid message", type: "error" });
  }

  #subscribe(symbol: string): void {
    if (this.#subscribed.size >= SYMBOLS_MAX && !this.#subscribed.has(symbol)) {
      return this.#say({ msg: "Subscribing to too many symbols", type: "error" });
    }
    if (this.#subscribed.has(symbol)) return;
    this.tick();
    const { market, quirks } = this.#world;
    // An unknown symbol is subscribed to, and nothing ever comes.
    const instrument = market.instruments.find(({ finnhub }) => finnhub === symbol);
    this.#subscribed.set(symbol, instrument);
    if (!instrument) return;
    const replay = quirks.take("finnhub.replay", { symbol });
    const lying = quirks.take("finnhub.lying_replay", { symbol });
    const seconds = Number((replay ?? lying)?.["seconds"] ?? 0);
    if (seconds === 0) return;
    const from = this.#cursorMs - seconds * SECOND_MS;
    for (const trade of tradesOf(this.#world, instrument, from, this.#cursorMs)) {
      const lie = lying ? trade.price + 1 + trade.timeMs % 5 : trade.price;
      this.#put(instrument, { ...trade, price: lie }, this.#cursorMs, lying !== undefined);
    }
  }

  #enqueue(symbol: string, instrument: FeedInstrument, from: number, to: number): void {
    const { quirks } = this.#world;
    for (const trade of tradesOf(this.#world, instrument, from, to)) {
      const { timeMs } = trade;
      const chance = (salt: number) => ({ symbol, place: placeOf(symbol, timeMs, salt) });
      const within = (happening: Readonly<Record<string, unknown>>, salt: number) =>
        1 + placeOf(symbol, timeMs, salt) % Math.max(1, Number(happening["within_ms"]));
      const unordered = quirks.take("finnhub.out_of_order", chance(2));
      const at = timeMs + trade.lateMs + (unordered ? within(unordered, 3) : 0);
      const queued = this.#put(instrument, trade, at);
      if (quirks.take("finnhub.repeat_within", chance(4))) this.#put(instrument, trade, at);
      const repeat = quirks.take("finnhub.repeat", chance(5));
      if (!repeat) continue;
      const more = 1 + placeOf(symbol, timeMs, 6) % Math.max(1, Number(repeat["times"]) - 1);
      queued.again = Array.from({ length: more }, (_, i) => within(repeat, 7 + i));
    }
  }

  #put(instrument: FeedInstrument, trade: Happened, atMs: number, lie = false): Queued {
    const { digits, sizeDigits, finnhub } = instrument;
    const { quirks } = this.#world;
    const seconds = quirks.take("finnhub.trade_time_s", { symbol: finnhub });
    const line = JSON.stringify({
      c: trade.conditions ?? null,
      p: scaled(trade.price, digits),
      s: finnhub,
      t: seconds ? Math.floor(trade.timeMs / 1000) : trade.timeMs,
      v: scaled(trade.size, sizeDigits),
    });
    const note = () => this.#sends.note(instrument.symbol, trade, this.#id, lie);
    const queued: Queued = { atMs, line, note };
    this.#queue.push(queued);
    if (quirks.take("finnhub.bad_element", { symbol: finnhub })) {
      const bad = `{"c":null,"p":"n/a","s":${JSON.stringify(finnhub)},"t":null,"v":{}}`;
      this.#queue.push({ atMs, line: bad, note: undefined });
    }
    return queued;
  }

  #flush(now: number): void {
    if (this.#queue.length === 0) return;
    const due = this.#queue.filter(({ atMs }) => atMs <= now).sort((a, b) => a.atMs - b.atMs);
    this.#queue = this.#queue.filter(({ atMs }) => atMs > now);
    for (let i = 0; i < due.length; i += MESSAGE_MAX) {
      const some = due.slice(i, i + MESSAGE_MAX);
      const message = `{"data":[${some.map(({ line }) => line).join()}],"type":"trade"}`;
      if (this.#world.quirks.take("finnhub.bad_message")) {
        this.#socket.send(message.slice(0, message.length / 2));
        continue;
      }
      this.#socket.send(message);
      for (const { note } of some) note?.();
      for (const one of some) this.#repeat(one, now);
    }
  }

  #repeat({ line, note, again: [first, ...rest] = [] }: Queued, now: number): void {
    if (first !== undefined) this.#queue.push({ atMs: now + first, line, note, again: rest });
  }

  #say(message: unknown): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
