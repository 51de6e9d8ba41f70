/**
 * Who of this process has a database's file. The system's locks hold between processes only: two
 * databases of one process would write one file at once, and ruin it.
 * @module
 */
import { basename, dirname, join, resolve } from "node:path";

/** Those that have a file; as often as it is in there. Writing is shared with nobody. */
const writing = new Map<string, number>();
const reading = new Map<string, number>();

/** A file that is taken until it is disposed of. */
export interface Hold extends Disposable {
  /** The file, whatever names lead to it. */
  readonly file: string;
}

/** Takes the file to write or read; undefined if this process has it already in another way. */
export function take(path: string, readOnly: boolean): Hold | undefined {
  const file = fileOf(path);
  const mine = readOnly ? reading : writing;
  if (writing.has(file) || (!readOnly && reading.has(file))) return undefined;
  mine.set(file, (mine.get(file) ?? 0) + 1);
  let isHeld = true;
  return {
    file,
    [Symbol.dispose]: () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (mine.get(file) ?? 0) - 1;
      if (left > 0) mine.set(file, left);
      else mine.delete(file);
    },
  };
}

function fileOf(path: string): string {
  const whole = resolve(path);
  try {
    return join(Deno.realPathSync(dirname(whole)), basename(whole));
  } catch {
    // Without its folder nothing will open it.
    return whole;
  }
}
