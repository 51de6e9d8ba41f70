import { Packed } from "../batch.ts";
import type { Codec, Decoded, Encoded } from "./codec.ts";

const OPEN_BRACE = 0x7b;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const NULL_LINE = new TextEncoder().encode("null");
const NO_FAILURES: ReadonlyMap<number, string> = new Map();

/** Messages that are JSON objects: lines and messages are the same, not even copied. */
export const jsonCodec: Codec = {
  name: "json",

  fromLines(lines: Packed): Promise<Encoded> {
    return Promise.resolve({ values: lines, failures: NO_FAILURES });
  },

  toLines(values: Packed): Promise<Decoded> {
    const lines = allLines(values) ? values : asLines(values);
    return Promise.resolve({ lines, failures: NO_FAILURES });
  },
};

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
 * A copy in which newlines within values are spaces, which between JSON tokens mean the same, and
 * blank values are `null`: the decoder passes over blank lines, which would shift the offsets.
 */
function asLines(values: Packed): Packed {
  const lines = Array.from({ length: values.length }, (_, i) => {
    const value = values.at(i);
    if (!value.some((byte) => byte > SPACE)) return NULL_LINE;
    return value.includes(NEWLINE) ? value.map((b) => b === NEWLINE ? SPACE : b) : value;
  });
  return Packed.from(lines);
}
