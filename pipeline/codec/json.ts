import { Packed } from "../batch.ts";
import type { Codec, Decoded, Encoded } from "./codec.ts";

const OPEN_BRACE = 0x7b;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NULL_LINE = new TextEncoder().encode("null");
const NO_FAILURES: ReadonlyMap<number, string> = new Map();

/** Messages that are JSON objects: lines and messages are the same, not even copied. */
export const jsonCodec: Codec = {
  name: "json",

  fromLines(lines: Packed): Promise<Encoded> {
    return Promise.resolve({ values: lines, failures: NO_FAILURES });
  },

  toLines: toJsonLines,
};

/** Messages of JSON, a line each. */
export function toJsonLines(values: Packed): Promise<Decoded> {
  if (allLines(values)) return Promise.resolve({ lines: values, failures: NO_FAILURES });
  return Promise.resolve(asLines(values));
}

/** Whether each value starts like an object and has no newline within: then it is one line. */
function allLines({ bytes, ends }: Packed): boolean {
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i] ?? 0;
    if (bytes[start] !== OPEN_BRACE || bytes.indexOf(NEWLINE, start) !== end - 1) return false;
    start = end;
  }
  return true;
}

/**
 * A copy in which newlines between JSON tokens are spaces, which mean the same there. Blank values
 * are `null`: the decoder passes over blank lines, which would shift the offsets. So are values
 * with a newline within a text, which JSON does not allow and a space would alter.
 */
function asLines(values: Packed): Decoded {
  const failures = new Map<number, string>();
  const lines = Array.from({ length: values.length }, (_, i) => {
    const value = values.at(i);
    const failure = !value.some((byte) => byte > SPACE)
      ? "the message is empty: must be a JSON object"
      : breaksText(value)
      ? "the message is not JSON: a text in it holds a line break, to be written as \\n"
      : undefined;
    if (failure) failures.set(i, failure);
    if (failure) return NULL_LINE;
    return value.includes(NEWLINE) ? value.map((b) => b === NEWLINE ? SPACE : b) : value;
  });
  return { lines: Packed.from(lines), failures };
}

/** Whether a newline is inside quotes. */
function breaksText(value: Uint8Array): boolean {
  if (!value.includes(NEWLINE)) return false;
  let quoted = false;
  for (let i = 0; i < value.length; i++) {
    const byte = value[i];
    if (byte === QUOTE) quoted = !quoted;
    else if (!quoted) continue;
    else if (byte === BACKSLASH) i++;
    else if (byte === NEWLINE) return true;
  }
  return false;
}
