/** A CSV file as bytes: what identifies it, and its physical lines in windows of bounded size. @module */
import { createReadStream, type ReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { messageOf, TickhouseError } from "../../errors.ts";
import { sha256 } from "../../sha256.ts";

const NEWLINE = 10;
const IDENTITY_BYTES = 1 << 20;
const READ_BYTES = 1 << 18;
/** A line of market data is some hundred bytes: beyond this the file is not CSV. */
const LINE_BYTES_MAX = 1 << 20;

/** What tells a file from another one of the same name. */
export interface FileIdentity {
  /** Of the first MiB, hexadecimal. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** A place between two lines, in the uncompressed text. */
export interface Place {
  /** Physical lines before it. */
  readonly line: number;
  /** Bytes before it. */
  readonly byte: number;
}

/** Neighbouring lines; line `i` ends just before `ends[i]` and includes its line break. */
export interface Window {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: readonly number[];
  /** True if no line follows. */
  readonly last: boolean;
}

/** Size and hash of the file; throws `FILE_UNREADABLE` for what is missing or no file. */
export async function identify(path: string): Promise<FileIdentity> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw unreadable(path, "it is not a file");
    using file = await Deno.open(path);
    const head = new Uint8Array(Math.min(size, IDENTITY_BYTES));
    for (let at = 0; at < head.length;) {
      const count = await file.read(head.subarray(at));
      if (count === null) break;
      at += count;
    }
    return { sha256: await sha256(head), size };
  } catch (cause) {
    if (cause instanceof TickhouseError) throw cause;
    const what = cause instanceof Deno.errors.NotFound ? "there is no such file" : messageOf(cause);
    throw unreadable(path, what, cause);
  }
}

/** Reads the lines of a file, plain or gzip by its content, in memory bounded by the window. */
export class CsvLines implements AsyncDisposable {
  readonly #path: string;
  readonly #file: ReadStream;
  readonly #startByte: number;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #buffer = new Uint8Array(READ_BYTES);
  #from = 0;
  #to = 0;
  #ended = false;
  #skip: number;

  private constructor(path: string, gzipped: boolean, startByte: number) {
    this.#path = path;
    this.#startByte = gzipped ? 0 : startByte;
    this.#skip = gzipped ? startByte : 0;
    this.#file = createReadStream(path, { start: this.#startByte, highWaterMark: READ_BYTES });
    // Node's gunzip reads files of several gzip members, the web's DecompressionStream does not.
    const bytes = gzipped
      ? pipeline(this.#file, createGunzip({ chunkSize: READ_BYTES }), () => {})
      : this.#file;
    this.#chunks = bytes[Symbol.asyncIterator]();
  }

  /** Opens the file behind the first `startByte` bytes of its uncompressed text. */
  static async open(path: string, startByte = 0): Promise<CsvLines> {
    using file = await Deno.open(path);
    const magic = new Uint8Array(2);
    await file.read(magic);
    return new CsvLines(path, magic[0] === 0x1f && magic[1] === 0x8b, startByte);
  }

  /** Bytes of the file read so far, compressed if it is. */
  get bytesRead(): number {
    return this.#startByte + this.#file.bytesRead;
  }

  /** The next lines, at most `count`, without moving on. The bytes are valid until the next call. */
  async peek(count: number): Promise<Window> {
    const ends: number[] = [];
    let at = this.#from;
    while (ends.length < count) {
      const newline = this.#buffer.subarray(0, this.#to).indexOf(NEWLINE, at);
      if (newline >= 0) {
        ends.push((at = newline + 1) - this.#from);
        continue;
      }
      if (this.#to - at > LINE_BYTES_MAX) throw this.#lineTooLong();
      if (this.#ended) {
        if (at < this.#to) ends.push((at = this.#to) - this.#from);
        break;
      }
      at -= this.#from;
      await this.#fill();
      at += this.#from;
    }
    const bytes = this.#buffer.subarray(this.#from, at);
    return { bytes, ends, last: this.#ended && at === this.#to };
  }

  /** Moves on by that many bytes. */
  consume(bytes: number): void {
    this.#from += bytes;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#file.destroy();
    return Promise.resolve();
  }

  async #fill(): Promise<void> {
    const chunk = await this.#next();
    if (!chunk) {
      this.#ended = true;
      return;
    }
    const skipped = Math.min(this.#skip, chunk.length);
    this.#skip -= skipped;
    const fresh = skipped === 0 ? chunk : chunk.subarray(skipped);
    const kept = this.#to - this.#from;
    if (this.#to + fresh.length > this.#buffer.length) {
      const room = Math.max(2 * (kept + fresh.length), READ_BYTES);
      const buffer = room > this.#buffer.length ? new Uint8Array(room) : this.#buffer;
      buffer.set(this.#buffer.subarray(this.#from, this.#to));
      this.#buffer = buffer;
      [this.#from, this.#to] = [0, kept];
    }
    this.#buffer.set(fresh, this.#to);
    this.#to += fresh.length;
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      const { value, done } = await this.#chunks.next();
      return done ? undefined : value;
    } catch (cause) {
      throw new TickhouseError("CSV_DAMAGED", `the file can't be unpacked: ${messageOf(cause)}`, {
        field: "file",
        value: this.#path,
        fix: "fetch or copy it again: it is cut short or damaged",
        cause,
      });
    }
  }

  #lineTooLong(): TickhouseError {
    return new TickhouseError("CSV_LINE_TOO_LONG", `a line has more than ${LINE_BYTES_MAX} bytes`, {
      field: "file",
      value: this.#path,
      fix: "name a CSV file whose rows end in line breaks",
    });
  }
}

function unreadable(path: string, what: string, cause?: unknown): TickhouseError {
  return new TickhouseError("FILE_UNREADABLE", what, {
    field: "file",
    value: path,
    fix: "name a CSV file, plain or gzip, that can be read",
    cause,
  });
}
