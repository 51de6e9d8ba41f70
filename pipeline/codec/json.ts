import { Packed } from "../batch.ts";
import type { Codec, Decoded } from "./codec.ts";

const OPEN_BRACE = 0x7b;
const NULL_LINE = new TextEncoder().encode("null");
const NO_FAILURES: ReadonlyMap<number, string> = new Map();

/** Messages that are JSON objects: the lines are the messages themselves, not even copied. */
export const jsonCodec: Codec = {
  name: "json",

  encode(rows: readonly Record<string, unknown>[]): Promise<Packed> {
    return Promise.resolve(Packed.from(rows.map((row) => JSON.stringify(row))));
  },

  toLines(values: Packed): Promise<Decoded> {
    const lines = allObjects(values) ? values : withoutBlanks(values);
    return Promise.resolve({ lines, failures: NO_FAILURES });
  },
};

/** Whether each value starts like an object; then none is blank and each is at least one line. */
function allObjects({ bytes, ends }: Packed): boolean {
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    if (bytes[start] !== OPEN_BRACE) return false;
    start = ends[i] ?? 0;
  }
  return true;
}

/** The decoder passes over blank lines, which would shift the offsets behind them. */
function withoutBlanks(values: Packed): Packed {
  const lines = Array.from({ length: values.length }, (_, i) => {
    const value = values.at(i);
    return value.some((byte) => byte > 0x20) ? value : NULL_LINE;
  });
  return Packed.from(lines);
}
