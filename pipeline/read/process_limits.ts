/**
 * Limits that a process sets itself, through Linux's C library; elsewhere nothing happens, and what
 * the engine and Deno limit remains.
 * @module
 */
import { openLibc } from "../libc.ts";

/** `setpriority`'s name for all threads of a process group. */
const PRIO_PGRP = 1;
/** The lowest priority: it gets what nobody else wants. */
const NICE = 19;
/** `setrlimit`'s names. */
const RLIMIT_FSIZE = 1;
const RLIMIT_DATA = 2;
const RLIMIT_CORE = 4;

/** Gives way to everything else on the machine. The process must lead a group of its own. */
export function lowerPriority(): void {
  const libc = open();
  libc?.symbols.setpriority(PRIO_PGRP, 0, NICE);
  libc?.close();
}

/** Bytes of data in memory, and of each file written, beyond which the system refuses. */
export function limitProcess({ dataMax, fileMax }: { dataMax: number; fileMax: number }): void {
  const libc = open();
  const set = (name: number, limit: number) =>
    libc?.symbols.setrlimit(name, new BigUint64Array([BigInt(limit), BigInt(limit)]));
  set(RLIMIT_DATA, dataMax);
  set(RLIMIT_FSIZE, fileMax);
  // What ends it may be megabytes of somebody's data.
  set(RLIMIT_CORE, 0);
  libc?.close();
}

function open() {
  return openLibc({
    setpriority: { parameters: ["i32", "u32", "i32"], result: "i32" },
    setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  });
}
