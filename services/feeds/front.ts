/**
 * The port that clients connect to: passes connections on, so that any of them can be cut without
 * a word, as networks do.
 * @module
 */
import { LOOPBACK } from "../kit/ports.ts";

/** A port in front of another one. */
export class Front implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #target: number;
  /** By the port from which the connection is passed on. */
  readonly #pairs = new Map<number, readonly [Deno.TcpConn, Deno.TcpConn]>();
  readonly #running: Promise<void>;
  readonly #pipes = new Set<Promise<unknown>>();

  constructor(port: number, target: number) {
    this.#target = target;
    this.#listener = Deno.listen({ hostname: LOOPBACK, port });
    this.#running = this.#serve();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Ends the connection that came in through that port. */
  cut(port: number): void {
    for (const conn of this.#pairs.get(port) ?? []) closeQuietly(conn);
  }

  /** Ends all. */
  cutAll(): void {
    for (const port of [...this.#pairs.keys()]) this.cut(port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#running;
    this.cutAll();
    await Promise.all(this.#pipes);
  }

  async #serve(): Promise<void> {
    for await (const outer of this.#listener) {
      const pipe = this.#pass(outer).finally(() => this.#pipes.delete(pipe));
      this.#pipes.add(pipe);
    }
  }

  async #pass(outer: Deno.TcpConn): Promise<void> {
    outer.setNoDelay(true);
    const inner = await Deno.connect({ hostname: LOOPBACK, port: this.#target }).catch(() => {});
    if (!inner) return closeQuietly(outer);
    inner.setNoDelay(true);
    const { port } = inner.localAddr as Deno.NetAddr;
    this.#pairs.set(port, [outer, inner]);
    await Promise.all([copy(outer, inner), copy(inner, outer)]);
    this.#pairs.delete(port);
    closeQuietly(outer);
    closeQuietly(inner);
  }
}

/** Until one of them ends; then the other is told. */
async function copy(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) break;
      for (let done = 0; done < count;) done += await to.write(buffer.subarray(done, count));
    }
    await to.closeWrite();
  } catch {
    // Cut on either side: the other one is cut too.
    closeQuietly(from);
    closeQuietly(to);
  }
}

function closeQuietly(conn: Deno.TcpConn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
