/**
 * All connections of Finnhub's WebSocket.
 * @module
 */
import type { World } from "../world/world.ts";
import { Sends } from "./sends.ts";
import { FinnhubSocket } from "./socket.ts";

/** How the sockets are run. */
export interface HubOptions {
  /** Milliseconds between messages. Default: 10. */
  readonly messageEveryMs?: number;
  /** Milliseconds between pings. Default: 60,000. */
  readonly pingEveryMs?: number;
}

interface Connection {
  readonly id: number;
  readonly token: string;
  readonly socket: FinnhubSocket;
}

/** Why a connection is closed: another one took its place. */
const POLICY_VIOLATION = 1008;

/** The connections, and the loop that lets them send. */
export class Hub {
  readonly sends: Sends;
  readonly #world: World;
  readonly #options: HubOptions;
  readonly #cut: (port: number) => void;
  readonly #ended = new AbortController();
  #connections: Connection[] = [];
  #connected = 0;
  #running = false;

  constructor(world: World, options: HubOptions, cut: (port: number) => void) {
    this.#world = world;
    this.#options = options;
    this.#cut = cut;
    this.sends = new Sends(world.clock);
  }

  /** Open connections: their numbers. */
  get open(): number[] {
    return this.#connections.filter(({ socket }) => socket.isOpen).map(({ id }) => id);
  }

  /** Takes a connection that came in through that port. */
  connect(request: Request, url: URL, port: number): Response {
    const { keys, quirks, requests, clock } = this.#world;
    const token = url.searchParams.get("token") ?? "";
    const answered = (status: number) =>
      requests.note({
        ...{ at: clock.now(), provider: "finnhub", key: token, path: url.pathname, query: {} },
        ...{ symbol: "", status },
      });
    const refused = quirks.take("finnhub.refuse_socket");
    const status = refused
      ? Number(refused["status"])
      : token === "" || keys.finnhub !== undefined && token !== keys.finnhub
      ? 401
      : request.headers.get("upgrade")?.toLowerCase() === "websocket"
      ? 101
      : 400;
    answered(status);
    if (status !== 101) return new Response("", { status });
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    const id = ++this.#connected;
    socket.onopen = () => {
      if (quirks.take("finnhub.one_connection")) {
        for (const one of this.#connections.filter((one) => one.token === token)) {
          one.socket.end(POLICY_VIOLATION, "another connection with this token");
        }
      }
      const { pingEveryMs = 60_000 } = this.#options;
      const cut = () => this.#cut(port);
      const made = new FinnhubSocket(this.#world, this.sends, { socket, id, cut, pingEveryMs });
      this.#connections = this.#connections.filter(({ socket }) => socket.isOpen);
      this.#connections.push({ id, token, socket: made });
      this.#run();
    };
    socket.onerror = () => {};
    return response;
  }

  /** Lets all send what is due. */
  tick(): void {
    for (const { socket } of this.#connections) socket.tick();
  }

  /** Closes all with a code, or cuts them. */
  close(code?: number): void {
    for (const { socket } of this.#connections) socket.end(code);
  }

  /** Ends the loop. */
  end(): void {
    this.#ended.abort();
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    const { signal } = this.#ended;
    while (!signal.aborted && this.open.length > 0) {
      this.tick();
      await this.#world.clock.sleep(this.#options.messageEveryMs ?? 10, signal);
    }
    this.#running = false;
  }
}
