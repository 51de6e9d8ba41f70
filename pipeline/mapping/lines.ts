/** Lines of messages: which DuckDB surely reads together, and how they are handed over. @module */
import { Packed } from "../batch.ts";
import { MESSAGE_BYTES_MAX } from "../datasets/dataset.ts";

const NEWLINE = 10;
const [OPEN_BRACE, CLOSE_BRACE] = [0x7b, 0x7d];
const [OPEN_BRACKET, CLOSE_BRACKET] = [0x5b, 0x5d];

/** Whether DuckDB surely reads a message a line. `inList`: messages may be lists themselves. */
export function isReadable({ bytes, ends }: Packed, inList: boolean): boolean {
  let start = 0;
  for (const end of ends) {
    let last = end - 2;
    while (last > start && isBlank(bytes[last])) last--;
    const [open, close] = [bytes[start], bytes[last]];
    const isOne = open === OPEN_BRACE && close === CLOSE_BRACE ||
      inList && open === OPEN_BRACKET && close === CLOSE_BRACKET;
    if (!isOne || end - start - 1 > MESSAGE_BYTES_MAX) return false;
    start = end;
  }
  return true;
}

/** Whether a list of names, within a shape, has one of them twice. */
export function hasTwice(shape: string): boolean {
  const parts: (string[] | null)[][] = JSON.parse(shape);
  return parts.flat().some((names) => names !== null && new Set(names).size < names.length);
}

/** Lines with a newline between them. */
export function packedLines(text: string): Packed {
  const bytes = new TextEncoder().encode(`${text}\n`);
  const ends: number[] = [];
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    ends.push(at + 1);
  }
  return new Packed(bytes, Uint32Array.from(ends));
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The line as a JSON text; empty if it is not UTF-8. */
export function quotedLine(line: Uint8Array): string {
  if (line.length > MESSAGE_BYTES_MAX) return JSON.stringify("null");
  try {
    const quoted = JSON.stringify(UTF8.decode(line));
    // What grows so much is full of control characters, and no JSON.
    return quoted.length > 2 * MESSAGE_BYTES_MAX ? '""' : quoted;
  } catch {
    return '""';
  }
}
