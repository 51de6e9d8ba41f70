/** The wires between a client and the stand-ins, as tests in virtual time need them. @module */
import { setImmediate } from "node:timers";
import type { Clock } from "../../clock.ts";
import type { ProviderClient } from "../../provider/client.ts";
import type { Socket } from "./link.ts";

const PROBE = JSON.stringify({ type: "?", symbol: "?" });
/** What the server answers to it, at once. */
const ECHO = "Invalid message";

/** Makes connections and clients, and knows when all that was sent has come. */
export class Wire {
  readonly #sockets = new Set<Line>();
  /** Requests on their way, and those of them that wait for the clock. */
  #asking = 0;
  #waiting = 0;

  /** A client whose requests are waited for. */
  client(clock: Clock, make: (clock: Clock) => ProviderClient): ProviderClient {
    const client = make({
      now: () => clock.now(),
      sleep: async (ms, signal) => {
        this.#waiting++;
        await clock.sleep(ms, signal);
        this.#waiting--;
      },
    });
    const get = client.get.bind(client);
    client.get = async (request) => {
      this.#asking++;
      try {
        return await get(request);
      } finally {
        this.#asking--;
      }
    };
    return client;
  }

  /** Makes a connection. */
  readonly connect = (url: string): Socket => {
    const line = new Line(url, () => this.#sockets.delete(line));
    this.#sockets.add(line);
    return line;
  };

  /**
   * Returns when both sides have heard all that was sent until now, and no request is on its way.
   */
  async settled(): Promise<void> {
    for (let calm = 0; calm < 2;) {
      await Promise.all([...this.#sockets].map((line) => line.settled()));
      calm = this.#asking === this.#waiting ? calm + 1 : 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
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
