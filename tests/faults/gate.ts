import net from "node:net";
import { freePorts, LOOPBACK } from "services/kit/ports.ts";

/** A port in front of a server. While shut, it refuses connections; those there are break. */
export class Gate implements AsyncDisposable {
  readonly #port: number;
  readonly #target: number;
  readonly #sockets = new Set<net.Socket>();
  #server: net.Server | undefined;

  private constructor(port: number, target: number) {
    this.#port = port;
    this.#target = target;
  }

  /** An open one in front of the server at `target`. */
  static async before(target: string): Promise<Gate> {
    const [port = 0] = freePorts(1);
    const gate = new Gate(port, Number(new URL(target).port));
    await gate.open();
    return gate;
  }

  /** The address by which the server is reached through the gate. */
  through(url: string): string {
    return url.replace(/:\d+/, `:${this.#port}`);
  }

  /** Lets connections in. */
  async open(): Promise<void> {
    const server = net.createServer((client) => this.#join(client));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, LOOPBACK, resolve);
    });
    this.#server = server;
  }

  /** Refuses connections and breaks those there are. */
  async shut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve) ?? resolve(undefined));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    this.#server = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shut();
  }

  #join(client: net.Socket): void {
    const server = net.connect(this.#target, LOOPBACK);
    for (const [socket, other] of [[client, server], [server, client]] as const) {
      this.#sockets.add(socket);
      socket.pipe(other);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
