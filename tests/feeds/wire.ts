/** The wires between a client and the stand-ins, as tests in virtual time need them. @module */
import { setImmediate } from "node:timers";
import type { Socket } from "tickhouse/source/finnhub/link.ts";

const PROBE = JSON.stringify({ type: "?", symbol: "?" });
/** What the server answers to it, at once. */
const ECHO = "Invalid message";

/** Requests of this process that are on their way, while anybody counts them. */
const requests = { asking: 0, counting: 0, fetch: globalThis.fetch };

async function counted(...args: Parameters<typeof fetch>): Promise<Response> {
  requests.asking++;
  try {
    return await requests.fetch(...args);
  } finally {
    requests.asking--;
  }
}

/** Makes connections, and knows when all that was sent has come. */
export class Wire implements Disposable {
  readonly #sockets = new Set<Line>();

  constructor() {
    if (requests.counting++ === 0) {
      requests.fetch = globalThis.fetch;
      globalThis.fetch = counted;
    }
  }

  /** Makes a connection. */
  readonly connect = (url: string): Socket => {
    const line = new Line(url, () => this.#sockets.delete(line));
    this.#sockets.add(line);
    return line;
  };

  /** Returns when both sides have heard all that was sent until now, and no request is on its way. */
  async settled(): Promise<void> {
    for (let calm = 0; calm < 2;) {
      await Promise.all([...this.#sockets].map((line) => line.settled()));
      calm = requests.asking === 0 ? calm + 1 : 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  [Symbol.dispose](): void {
    if (--requests.counting === 0) globalThis.fetch = requests.fetch;
  }
}

/** A WebSocket that can tell when all was heard. */
class Line implements Socket {
  readonly #socket: WebSocket;
  readonly #opened = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #echo = Promise.withResolvers<void>();
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  onerror: Socket["onerror"] = null;

  constructor(url: string, gone: () => void) {
    this.#socket = new WebSocket(url);
    this.#socket.onopen = (event) => {
      this.onopen?.(event);
      this.#opened.resolve();
    };
    this.#socket.onmessage = (event) => {
      if (String(event.data).includes(ECHO)) this.#echo.resolve();
      else this.onmessage?.(event);
    };
    this.#socket.onerror = (event) => this.onerror?.(event);
    this.#socket.onclose = (event) => {
      this.onclose?.(event);
      this.#opened.resolve();
      this.#closed.resolve();
      gone();
    };
  }

  get readyState(): number {
    return this.#socket.readyState;
  }

  send(data: string): void {
    this.#socket.send(data);
  }

  close(): void {
    this.#socket.close();
  }

  async settled(): Promise<void> {
    await this.#opened.promise;
    await Promise.resolve();
    if (this.#socket.readyState !== WebSocket.OPEN) return await this.#closed.promise;
    this.#echo = Promise.withResolvers();
    this.#socket.send(PROBE);
    await Promise.race([this.#echo.promise, this.#closed.promise]);
  }
}
