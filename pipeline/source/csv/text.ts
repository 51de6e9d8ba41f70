/** How a file holds its text: packing, encoding and line ends, and the text as UTF-8 bytes. @module */
import { createReadStream, type ReadStream } from "node:fs";
import { pipeline, type Readable } from "node:stream";
import { crc32, createGunzip, createInflateRaw, createZstdDecompress } from "node:zlib";
import { messageOf, TickhouseError } from "../../errors.ts";
import { bytesAt, onlyEntry, type ZipEntry } from "./zip.ts";

/** How a file holds its text. */
export interface TextForm {
  readonly packing: "plain" | "gzip" | "zip" | "zstd";
  /** As the WHATWG names it. */
  readonly encoding: string;
  /** Whether the encoding was told, marked, or concluded from the bytes. */
  readonly encodingBy: "told" | "mark" | "bytes";
  /** What ends a line; CR alone is that of old Macs, and of Excel's "CSV (Macintosh)". */
  readonly lineEnd: "LF" | "CR";
  /** Of the archive, for zip. */
  readonly entry?: ZipEntry;
}

const READ_BYTES = 1 << 18;
const HEAD_BYTES = 1 << 16;
const CR = 13;
const LF = 10;

/**
 * Finds out how the file holds its text, from its first bytes. Throws `FILE_UNREADABLE`,
 * `CSV_PACKED`, `CSV_NOT_TEXT`, and `OPTION_INVALID` for an encoding that is none.
 */
export async function formOf(path: string, told?: string): Promise<TextForm> {
  const magic = await headOf(path);
  const packing = packingOf(magic, path);
  const entry = packing === "zip" ? await onlyEntry(path) : undefined;
  const raw: TextForm = {
    ...{ packing, encoding: "utf-8", encodingBy: "bytes", lineEnd: "LF" },
    ...(entry ? { entry } : {}),
  };
  const head = packing === "plain" ? magic : await unpackedHead(path, raw);
  const found = told === undefined ? encodingOf(head) : [checkedEncoding(told), "told"] as const;
  const [encoding, encodingBy] = found;
  const text = new TextDecoder(encoding).decode(head);
  const other = otherThanCsv(text);
  if (other) throw new TickhouseError("CSV_NOT_TEXT", ...notCsv(path, ...other));
  if (!/[\n\r]/.test(text) && text.includes("\0")) {
    throw new TickhouseError("CSV_NOT_TEXT", "it holds bytes that are no text", {
      field: "file",
      value: path,
      fix: "save it as CSV, in UTF-8",
    });
  }
  const lineEnd = !text.includes("\n") && text.includes("\r") ? "CR" : "LF";
  return { ...raw, encoding, encodingBy, lineEnd };
}

/** The text of a file from a byte of its UTF-8 on. */
export class TextStream implements AsyncDisposable {
  readonly #path: string;
  readonly #file: ReadStream;
  readonly #startByte: number;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #decoder: TextDecoder | undefined;
  readonly #cr: boolean;
  readonly #crcMeant: number | undefined;
  #crc = 0;
  #skip: number;

  constructor(path: string, form: TextForm, startByte = 0) {
    const { packing, encoding, lineEnd, entry } = form;
    // Where the bytes of the text are those of the file, it can begin in the middle.
    const direct = packing === "plain" && encoding === "utf-8";
    this.#path = path;
    this.#startByte = direct ? startByte : 0;
    this.#skip = direct ? 0 : startByte;
    this.#decoder = encoding === "utf-8" ? undefined : new TextDecoder(encoding);
    this.#cr = lineEnd === "CR";
    this.#crcMeant = entry?.crc;
    const range = entry
      ? { start: entry.start, end: entry.start + entry.size - 1 }
      : { start: this.#startByte };
    this.#file = createReadStream(path, { ...range, highWaterMark: READ_BYTES });
    this.#chunks = unpacked(this.#file, form)[Symbol.asyncIterator]();
  }

  /** Bytes of the file read so far, packed if it is. */
  get bytesRead(): number {
    return this.#startByte + this.#file.bytesRead;
  }

  /** The next bytes; undefined at the end. Throws `CSV_DAMAGED`. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = await this.#read();
      if (!chunk) return undefined;
      const text = this.#asUtf8(chunk);
      const skipped = Math.min(this.#skip, text.length);
      this.#skip -= skipped;
      if (skipped < text.length) return text.subarray(skipped);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#file.destroy();
    return Promise.resolve();
  }

  #asUtf8(chunk: Uint8Array): Uint8Array {
    const text = this.#decoder
      ? new TextEncoder().encode(this.#decoder.decode(chunk, { stream: true }))
      : chunk;
    if (!this.#cr) return text;
    return text.map((byte) => byte === CR ? LF : byte);
  }

  async #read(): Promise<Uint8Array | undefined> {
    try {
      const { value, done } = await this.#chunks.next();
      if (this.#crcMeant !== undefined && !done) this.#crc = crc32(value, this.#crc);
      const isWhole = !done || this.#crcMeant === undefined || this.#crc === this.#crcMeant;
      if (!isWhole) throw new Error("its checksum is another");
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
}

function unpacked(file: ReadStream, { packing, entry }: TextForm): Readable {
  const options = { chunkSize: READ_BYTES };
  switch (packing) {
    case "plain":
      return file;
    case "gzip":
      // Node's gunzip reads files of several gzip members, the web's DecompressionStream does not.
      return pipeline(file, createGunzip(options), () => {});
    case "zstd":
      return pipeline(file, createZstdDecompress(options), () => {});
    case "zip":
      return entry?.deflated ? pipeline(file, createInflateRaw(options), () => {}) : file;
  }
}

/** What a file is that is no CSV, and what to do with it; undefined if it may be. */
function otherThanCsv(text: string): readonly [string, string] | undefined {
  const start = text.slice(0, 200).trimStart();
  if (start.startsWith("PAR1")) {
    return ["it is a Parquet file", "write it as CSV: COPY (FROM 'file') TO 'file.csv' in DuckDB"];
  }
  if (/^<(!doctype|html|\?xml)/i.test(start)) {
    return ["it is a web page: the download failed", "fetch it again, and look at it in a browser"];
  }
  return /^[[{]\s*["{[\]}]/.test(start)
    ? [`it is JSON: ${start.split("\n")[0]?.slice(0, 80)}`, "fetch it as CSV, or convert it"]
    : undefined;
}

function notCsv(path: string, what: string, fix: string) {
  return [what, { field: "file", value: path, fix }] as const;
}

async function headOf(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  return await bytesAt(file, 0, HEAD_BYTES);
}

async function unpackedHead(path: string, form: TextForm): Promise<Uint8Array> {
  await using stream = new TextStream(path, form);
  return await stream.next() ?? new Uint8Array();
}

function packingOf(head: Uint8Array, path: string): TextForm["packing"] {
  const begins = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
  if (begins(0x1f, 0x8b)) return "gzip";
  if (begins(0x28, 0xb5, 0x2f, 0xfd)) return "zstd";
  const unpack = (name: string, command: string) =>
    new TickhouseError("CSV_PACKED", `it is packed by ${name}, which is not read here`, {
      field: "file",
      value: path,
      fix: `unpack it first: ${command}`,
    });
  if (begins(0x42, 0x5a, 0x68)) throw unpack("bzip2", "bunzip2 -k FILE");
  if (begins(0xfd, 0x37, 0x7a, 0x58, 0x5a)) throw unpack("xz", "unxz -k FILE");
  if (begins(0x37, 0x7a, 0xbc, 0xaf)) throw unpack("7-Zip", "7z x FILE");
  if (!begins(0x50, 0x4b, 0x03, 0x04)) return "plain";
  const names = new TextDecoder("latin1").decode(head);
  if (!names.includes("[Content_Types].xml") && !names.includes("xl/")) return "zip";
  throw new TickhouseError("CSV_NOT_TEXT", "it is a workbook of a spreadsheet", {
    field: "file",
    value: path,
    fix: "save the sheet as CSV",
  });
}

function encodingOf(head: Uint8Array): readonly [string, "mark" | "bytes"] {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return ["utf-8", "mark"];
  if (head[0] === 0xff && head[1] === 0xfe) return ["utf-16le", "mark"];
  if (head[0] === 0xfe && head[1] === 0xff) return ["utf-16be", "mark"];
  const zeros = [0, 0];
  for (let i = 0; i < head.length; i++) if (head[i] === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (odd > head.length / 4 && even === 0) return ["utf-16le", "bytes"];
  if (even > head.length / 4 && odd === 0) return ["utf-16be", "bytes"];
  try {
    // Streaming, since the head may end in the middle of a character.
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return ["utf-8", "bytes"];
  } catch {
    return ["windows-1252", "bytes"];
  }
}

function checkedEncoding(told: string): string {
  try {
    return new TextDecoder(told).encoding;
  } catch (cause) {
    throw new TickhouseError("OPTION_INVALID", "there is no such encoding", {
      field: "encoding",
      value: told,
      fix: "use such as utf-8, utf-16le, windows-1252 or iso-8859-15",
      cause,
    });
  }
}
