/** As much of ZMTP 3.0 over TCP as talking to a Jupyter kernel takes: NULL security, DEALER and SUB. @module */

/** Frames of one message. */
export type Frames = Uint8Array<ArrayBuffer>[];

const MORE = 1;
const LONG = 2;
const COMMAND = 4;
const GREETING_BYTES = 64;
const encoder = new TextEncoder();

/** One connected socket. */
export class ZmtpSocket implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #reader: ReadableStreamBYOBReader;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    this.#reader = connection.readable.getReader({ mode: "byob" });
  }

  /** Connects and shakes hands. A SUB socket subscribes to everything. */
  static async connect(port: number, type: "DEALER" | "SUB"): Promise<ZmtpSocket> {
    const socket = new ZmtpSocket(await Deno.connect({ hostname: "127.0.0.1", port }));
    const greeting = new Uint8Array(GREETING_BYTES);
    greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0]);
    greeting.set(encoder.encode("NULL"), 12);
    await socket.#write(greeting);
    const theirs = await socket.#read(GREETING_BYTES);
    if (theirs?.[0] !== 0xff || (theirs[10] ?? 0) < 3) throw new Error("the peer is not ZMTP 3");
    await socket.#write(frame(
      COMMAND,
      concat([
        text("READY"),
        text("Socket-Type"),
        uint32(type.length),
        encoder.encode(type),
        text("Identity"),
        uint32(0),
      ]),
    ));
    await socket.#readFrame(); // their READY
    if (type === "SUB") await socket.send([new Uint8Array([1])]);
    return socket;
  }

  /** Sends one message. */
  async send(frames: Frames): Promise<void> {
    const last = frames.length - 1;
    await this.#write(concat(frames.map((body, i) => frame(i < last ? MORE : 0, body))));
  }

  /** The next message; undefined when the peer has closed. */
  async receive(): Promise<Frames | undefined> {
    const frames: Frames = [];
    while (true) {
      const next = await this.#readFrame();
      if (!next) return undefined;
      if (next.flags & COMMAND) continue;
      frames.push(next.body);
      if (!(next.flags & MORE)) return frames;
    }
  }

  [Symbol.dispose](): void {
    try {
      this.#connection.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  async #readFrame() {
    const flags = (await this.#read(1))?.[0];
    if (flags === undefined) return undefined;
    const long = (flags & LONG) !== 0;
    const header = await this.#read(long ? 8 : 1);
    if (!header) return undefined;
    const size = long ? Number(new DataView(header.buffer).getBigUint64(0)) : header[0] ?? 0;
    const body = size === 0 ? new Uint8Array(0) : await this.#read(size);
    return body && { flags, body };
  }

  async #read(count: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const { value } = await this.#reader.read(new Uint8Array(count), { min: count });
      return value?.length === count ? value : undefined;
    } catch (error) {
      const closed = [
        Deno.errors.ConnectionReset,
        Deno.errors.BadResource,
        Deno.errors.Interrupted,
      ];
      if (closed.some((type) => error instanceof type)) return undefined;
      throw error;
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }
}

function frame(flags: number, body: Uint8Array): Uint8Array<ArrayBuffer> {
  if (body.length < 256) return concat([new Uint8Array([flags, body.length]), body]);
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, BigInt(body.length));
  return concat([new Uint8Array([flags | LONG]), size, body]);
}

function text(name: string): Uint8Array {
  return concat([new Uint8Array([name.length]), encoder.encode(name)]);
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
