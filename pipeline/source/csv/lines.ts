/** The physical lines of a CSV file, in windows of bounded size. @module */
import { TickhouseError } from "../../errors.ts";
import { type TextForm, TextStream } from "./text.ts";

const NEWLINE = 10;
const READ_BYTES = 1 << 18;
/** A line of market data is some hundred bytes: beyond this the file is not CSV. */
const LINE_BYTES_MAX = 1 << 20;

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

/** Reads the lines of a file's text, in memory bounded by the window. */
export class CsvLines implements AsyncDisposable {
  readonly #path: string;
  readonly #text: TextStream;
  #buffer = new Uint8Array(READ_BYTES);
  #from = 0;
  #to = 0;
  #ended = false;

  /** Opens the file behind the first `startByte` bytes of its text. */
  constructor(path: string, form: TextForm, startByte = 0) {
    this.#path = path;
    this.#text = new TextStream(path, form, startByte);
  }

  /** Bytes of the file read so far, packed if it is. */
  get bytesRead(): number {
    return this.#text.bytesRead;
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
    return this.#text[Symbol.asyncDispose]();
  }

  async #fill(): Promise<void> {
    const fresh = await this.#text.next();
    if (!fresh) {
      this.#ended = true;
      return;
    }
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

  #lineTooLong(): TickhouseError {
    return new TickhouseError("CSV_LINE_TOO_LONG", `a line has more than ${LINE_BYTES_MAX} bytes`, {
      field: "file",
      value: this.#path,
      fix: "name a CSV file whose rows end in line breaks",
    });
  }
}
