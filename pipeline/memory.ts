/**
 * Gives memory back to the system. DuckDB and the network allocate through the C library, whose
 * allocator keeps what is freed in pieces: a process that streams for weeks would creep upwards.
 * @module
 */
import { openLibc } from "./libc.ts";

/** Milliseconds between two hand-backs. */
const EVERY_MS = 2_000;
/** `mallopt`'s name for the size from which a piece is given back as soon as it is freed. */
const M_MMAP_THRESHOLD = -3;
/** Bytes. By default it grows with the pieces freed, up to 32 MiB: batches would be kept. */
const MMAP_BYTES = 4 * 2 ** 20;

/** Hands free memory back every two seconds, where the C library is glibc; elsewhere does nothing. */
export class MemoryKeeper implements Disposable {
  readonly #libc = openLibc({
    mallopt: { parameters: ["i32", "i32"], result: "i32" },
    // On a thread of its own: it walks all free memory.
    malloc_trim: { parameters: ["usize"], result: "i32", nonblocking: true },
  });
  readonly #timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    const libc = this.#libc;
    if (!libc) return;
    libc.symbols.mallopt(M_MMAP_THRESHOLD, MMAP_BYTES);
    this.#timer = setInterval(() => void libc.symbols.malloc_trim(0n), EVERY_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#libc?.close();
  }
}
