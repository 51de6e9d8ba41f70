/**
 * What librdkafka's clients need of the operating system.
 * @module
 */
import { TickhouseError } from "../errors.ts";
import { openLibc } from "../libc.ts";
import { cString } from "./rdkafka_library.ts";

const SYMBOLS = {
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  pwritev: { parameters: ["i32", "buffer", "i32", "i64"], result: "isize" },
  pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
} as const satisfies Deno.ForeignLibraryInterface;

type System = Deno.StaticForeignLibraryInterface<typeof SYMBOLS>;

let opened: System | undefined;

function system(): System {
  opened ??= openLibc(SYMBOLS)?.symbols;
  if (opened) return opened;
  throw new TickhouseError("KAFKA_SYSTEM", "librdkafka needs Linux with the C library glibc", {
    mend: "use TICKHOUSE_KAFKA_CLIENT=platformatic",
  });
}

const CLOSE_ON_EXEC = 0o2000000;
const NON_BLOCKING = 0o4000;
const MEMFD_CLOSE_ON_EXEC = 1;
const POLL_IN = 1;
/** Milliseconds after which the waiting thread looks again. */
const POLL_MS = 60_000;

/** What is written to the descriptor to wake. */
export const WAKE: Uint8Array<ArrayBuffer> = new Uint8Array(new BigUint64Array([1n]).buffer);

/** Calls back on the event loop when another thread writes `WAKE` to the descriptor. */
export class Alarm implements AsyncDisposable {
  /** Never full, and never blocks a writer. */
  readonly fd: number;
  readonly #ring: () => void;
  readonly #running: Promise<void>;
  #isClosed = false;

  constructor(ring: () => void) {
    this.fd = mustBeFile(system().eventfd(0, CLOSE_ON_EXEC | NON_BLOCKING));
    this.#ring = ring;
    this.#running = this.#run();
  }

  /** Rings at the next turn of the event loop. */
  set(): void {
    system().write(this.fd, WAKE, 8n);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.set();
    await this.#running;
    system().close(this.fd);
  }

  async #run(): Promise<void> {
    const { poll, read } = system();
    const asked = new Uint8Array(new Int32Array([this.fd, POLL_IN]).buffer);
    const count = new Uint8Array(8);
    while (!this.#isClosed) {
      await poll(asked, 1n, POLL_MS);
      read(this.fd, count, 8n);
      if (!this.#isClosed) this.#ring();
    }
  }
}

/** Pieces that one system call takes. */
const PIECES = 1024;
/** Bytes that are kept for the next time. */
const KEPT_BYTES = 8 * 2 ** 20;

/**
 * Copies bytes that lie scattered in foreign memory into one buffer, 1,024 pieces a system call: the
 * kernel writes them one behind the other into a file in memory. (process_vm_readv, made for
 * this, takes thirty times as long.)
 */
export class Gatherer implements Disposable {
  readonly #fd: number;
  /** Address and length of each piece, as two halves each. */
  readonly #pieces = new Uint32Array(4 * PIECES);
  readonly #bytes = new Uint8Array(this.#pieces.buffer);
  #count = 0;
  #waiting = 0;
  #written = 0;

  constructor() {
    this.#fd = mustBeFile(system().memfd_create(cString("tickhouse"), MEMFD_CLOSE_ON_EXEC));
  }

  /** Bytes added since the last `finish`. */
  get length(): number {
    return this.#written + this.#waiting;
  }

  /** Adds the bytes at an address, given as its lower and upper 32 bits. */
  add(low: number, high: number, length: number): void {
    const at = 4 * this.#count;
    this.#pieces[at] = low;
    this.#pieces[at + 1] = high;
    this.#pieces[at + 2] = length;
    this.#waiting += length;
    if (++this.#count === PIECES) this.#flush();
  }

  /** Fills `into`, which has room for `length` bytes, with what was added; starts anew. */
  finish(into: Uint8Array<ArrayBuffer>): void {
    try {
      this.#flush();
      const read = system().pread(this.#fd, into, BigInt(this.#written), 0n);
      if (read !== BigInt(this.#written)) throw fault("read back");
      if (this.#written > KEPT_BYTES) system().ftruncate(this.#fd, 0n);
    } finally {
      this.reset();
    }
  }

  /** Forgets what was added. */
  reset(): void {
    this.#count = 0;
    this.#waiting = 0;
    this.#written = 0;
  }

  [Symbol.dispose](): void {
    system().close(this.#fd);
  }

  #flush(): void {
    if (this.#count === 0) return;
    const expected = BigInt(this.#waiting);
    const written = system().pwritev(this.#fd, this.#bytes, this.#count, BigInt(this.#written));
    if (written !== expected) throw fault("gather");
    this.#written += this.#waiting;
    this.#waiting = 0;
    this.#count = 0;
  }
}

function mustBeFile(fd: number): number {
  if (fd >= 0) return fd;
  throw new TickhouseError("KAFKA_SYSTEM", "the system refuses one more file descriptor", {
    mend: "raise the limit of open files (ulimit -n)",
  });
}

function fault(what: string): TickhouseError {
  return new TickhouseError("KAFKA_SYSTEM", `could not ${what} the records of librdkafka`, {
    kind: "transient",
    mend: "see how much memory is left",
  });
}
