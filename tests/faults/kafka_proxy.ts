/**
 * Stands between Kafka's clients and its brokers, understands the frames of the protocol, and does
 * to the requests of one client what networks do.
 * @module
 */
import net from "node:net";
import { Buffer } from "node:buffer";
import { freePorts, LOOPBACK } from "services/kit/ports.ts";

/** Requests by the number that Kafka gives them. */
export const API = {
  produce: 0,
  fetch: 1,
  metadata: 3,
  joinGroup: 11,
  addPartitions: 24,
  endTransaction: 26,
} as const;

/** A request as a plan sees it. */
export interface Request {
  /** The broker it is for, from 1. */
  readonly node: number;
  readonly api: number;
  /** The whole frame: names of topics can be looked for in it. */
  readonly frame: Buffer;
}

/** What happens to a request; nothing, if undefined. */
export type Fate =
  /** The broker never sees it, and the connection breaks. */
  | "cut before"
  /** The broker did it, and the connection breaks before the answer comes. */
  | "cut after"
  /** The broker never sees it, and nothing is ever answered on this connection. */
  | "hang"
  /** It comes later, milliseconds; what follows it on the connection waits. */
  | { readonly delayMs: number }
  | undefined;

/** Decides about the requests of one client. */
export type Plan = (request: Request) => Fate | Promise<Fate>;

interface Door {
  readonly port: number;
  readonly target: number;
  readonly sockets: Set<net.Socket>;
  server: net.Server | undefined;
}

/** Ports in front of the brokers of a cluster; clients are told apart by their client id. */
export class KafkaProxy implements AsyncDisposable {
  /** By client id. */
  readonly plans = new Map<string, Plan>();
  readonly #doors = new Map<number, Door>();

  /** A port in front of the broker that will listen on `target`. */
  async add(node: number, target: number): Promise<number> {
    const [port = 0] = freePorts(1);
    this.#doors.set(node, { port, target, sockets: new Set(), server: undefined });
    await this.open(node);
    return port;
  }

  /** Takes connections for the node. */
  async open(node: number): Promise<void> {
    const door = this.#door(node);
    const server = net.createServer((client) => this.#join(client, node, door));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(door.port, LOOPBACK, resolve);
    });
    door.server = server;
  }

  /** Refuses connections for the node, as those of a dead one are, and breaks those there are. */
  async shut(node: number): Promise<void> {
    const { server, sockets } = this.#door(node);
    const closed = new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
    for (const socket of sockets) socket.destroy();
    await closed;
    this.#door(node).server = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#doors.keys()) await this.shut(node);
  }

  #door(node: number): Door {
    const door = this.#doors.get(node);
    if (!door) throw new RangeError(`no node ${node}`);
    return door;
  }

  #join(client: net.Socket, node: number, { target, sockets }: Door): void {
    const broker = net.connect(target, LOOPBACK);
    const pair = [client, broker];
    const cut = () => pair.forEach((socket) => socket.destroy());
    /** Correlation ids whose answers the client must not get. */
    const fatal = new Set<number>();
    for (const socket of pair) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on("error", cut);
      socket.on("close", () => {
        sockets.delete(socket);
        cut();
      });
    }
    let turn: Promise<void> = Promise.resolve();
    let isDeaf = false;
    const pass = async (frame: Buffer) => {
      const fate = await this.#fate(frame, node);
      if (isDeaf || client.destroyed) return;
      if (fate === "hang") isDeaf = true;
      else if (fate === "cut before") cut();
      else {
        if (fate === "cut after") fatal.add(frame.readInt32BE(8));
        if (typeof fate === "object") await new Promise((go) => setTimeout(go, fate.delayMs));
        if (!broker.destroyed) broker.write(frame);
      }
    };
    client.on("data", splitter((frame) => turn = turn.then(() => pass(frame))));
    broker.on(
      "data",
      splitter((frame) => {
        if (isDeaf || client.destroyed) return;
        if (fatal.has(frame.readInt32BE(4))) cut();
        else client.write(frame);
      }),
    );
  }

  async #fate(frame: Buffer, node: number): Promise<Fate> {
    const plan = this.plans.get(clientOf(frame));
    return await plan?.({ node, api: frame.readInt16BE(4), frame });
  }
}

/** Size (4 bytes), api (2), version (2), correlation id (4), client id (2 and text). */
function clientOf(frame: Buffer): string {
  const length = frame.length < 14 ? 0 : frame.readInt16BE(12);
  return length > 0 ? frame.toString("utf8", 14, 14 + length) : "";
}

/** Calls `take` for each frame, its four bytes of length included. */
function splitter(take: (frame: Buffer) => void): (bytes: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  return (bytes) => {
    held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
    while (held.length >= 4) {
      const end = 4 + held.readInt32BE(0);
      if (held.length < end) return;
      take(held.subarray(0, end));
      held = held.subarray(end);
    }
  };
}
