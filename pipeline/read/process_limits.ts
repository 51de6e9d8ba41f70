/**
 * Limits of a process, through Linux's C library; elsewhere nothing happens, and what
 * the engine and Deno limit remains.
 * @module
 */
import { openLibc } from "../libc.ts";

/** `setpriority`'s name for all threads of a process group. */
const PRIO_PGRP = 1;
/** The lowest priority: it gets what nobody else wants. */
const NICE = 19;
/** `open`'s name for writing. */
const O_WRONLY = 1;
/** `setrlimit`'s names. */
const RLIMIT_FSIZE = 1;
const RLIMIT_DATA = 2;
const RLIMIT_CORE = 4;

/**
 * Has a process that leads a group and a session of its own give way to everything else on the
 * machine, with all its threads.
 */
export function lowerPriority(pid: number): void {
  const libc = open();
  if (!libc) return;
  const { setpriority, open: openFile, write, close } = libc.symbols;
  setpriority(PRIO_PGRP, pid, NICE);
  // Where sessions share the processors as equals, priorities count within a session only.
  const autogroup = openFile(text(`/proc/${pid}/autogroup`), O_WRONLY);
  if (autogroup >= 0) {
    const nice = text(`${NICE}`);
    write(autogroup, nice, BigInt(nice.length - 1));
    close(autogroup);
  }
  libc.close();
}

/** As C has it: with a zero behind it. */
function text(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${value}\0`);
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
  if (Deno.build.os !== "linux") return undefined;
  return openLibc({
    setpriority: { parameters: ["i32", "u32", "i32"], result: "i32" },
    open: { parameters: ["buffer", "i32"], result: "i32" },
    write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
    setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  });
}
