/**
 * Limits that a process sets itself, through the C library, where it has them; elsewhere nothing
 * happens, and what the engine and Deno limit remains.
 * @module
 */

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
  using libc = openLibc();
  libc?.setpriority(PRIO_PGRP, 0, NICE);
}

/** Bytes of data in memory, and of each file written, beyond which the system refuses. */
export function limitProcess({ dataMax, fileMax }: { dataMax: number; fileMax: number }): void {
  using libc = openLibc();
  const set = (name: number, limit: number) =>
    libc?.setrlimit(name, new BigUint64Array([BigInt(limit), BigInt(limit)]));
  set(RLIMIT_DATA, dataMax);
  set(RLIMIT_FSIZE, fileMax);
  // What ends it may be megabytes of somebody's data.
  set(RLIMIT_CORE, 0);
}

interface Libc extends Disposable {
  setpriority(which: number, who: number, priority: number): number;
  setrlimit(name: number, limits: BufferSource): number;
}

function openLibc(): Libc | undefined {
  if (Deno.build.os !== "linux" && Deno.build.os !== "darwin") return undefined;
  const names = Deno.build.os === "darwin" ? ["libSystem.dylib"] : ["libc.so.6", "libc.so"];
  for (const name of names) {
    try {
      const library = Deno.dlopen(name, {
        setpriority: { parameters: ["i32", "u32", "i32"], result: "i32" },
        setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
      });
      return { ...library.symbols, [Symbol.dispose]: () => library.close() };
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      // Not by this name.
    }
  }
  return undefined;
}
