/**
 * How fast a provider is asked, by all processes of this machine together.
 * @module
 */
import { join } from "node:path";
import { type Clock, systemClock } from "../clock.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import { isDiskFull } from "../disk.ts";

/** What a provider allows: no more than so many requests in any such span. */
export interface Limit {
  readonly requests: number;
  readonly seconds: number;
}

/** What the file says. */
interface Standing {
  /** By limit: when the bucket is full again, milliseconds since 1970. */
  readonly full: Readonly<Record<string, number>>;
  /** Nobody asks before, since the provider said so; milliseconds since 1970. */
  readonly pausedUntil: number;
}

/** Where a pace is kept, and by what it goes. */
export interface PaceOptions {
  /** Folder of the machine's paces; it is made. */
  readonly folder: string;
  /** One pace for all who say the same name: provider and key. */
  readonly name: string;
  readonly limits: readonly Limit[];
  readonly clock?: Clock;
}

/** Share of a limit that may be asked at once; the rest comes drop by drop. */
const BURST = 0.25;
const PAUSE_MAX_MS = 25 * 3_600_000;
const NOTHING: Standing = { full: {}, pausedUntil: 0 };

/**
 * Token buckets in a file that the processes of a machine take turns to write. A bucket holds a
 * quarter of the limit and is filled with the rest in the span: so in no span, wherever it begins,
 * is more asked than the limit says.
 */
export class Pace {
  readonly #path: string;
  readonly #folder: string;
  readonly #limits: readonly Limit[];
  readonly #clock: Clock;

  constructor({ folder, name, limits, clock = systemClock }: PaceOptions) {
    this.#folder = folder;
    this.#path = join(folder, `${name}.json`);
    this.#limits = limits;
    this.#clock = clock;
  }

  /**
   * Returns when the next request may go out; throws the signal's reason when that aborts first, and
   * `Paused` if the provider wants to be left alone for longer than `pauseMaxMs` from now.
   */
  async take(signal?: AbortSignal, pauseMaxMs = Infinity): Promise<void> {
    let due = 0;
    await this.#turn((standing, now) => {
      const paused = pausedUntil(standing, now);
      // It is said below.
      if (paused - now > pauseMaxMs) return standing;
      const buckets = this.#limits.map((limit) => ({ limit, ...sizesOf(limit) }));
      const full = (limit: Limit, spanMs: number) => {
        const at = standing.full[nameOf(limit)] ?? 0;
        // What lies further ahead than any queue was written by another clock.
        return at > now + QUEUE_MAX_SPANS * spanMs ? now : at;
      };
      due = Math.max(
        now,
        paused,
        ...buckets.map(({ limit, spanMs, burstMs }) => full(limit, spanMs) - burstMs),
      );
      return {
        ...standing,
        full: Object.fromEntries(buckets.map(({ limit, spanMs, stepMs }) => [
          nameOf(limit),
          Math.max(full(limit, spanMs), due) + stepMs,
        ])),
      };
    });
    // A pause that began while this waited counts too.
    for (;;) {
      const now = this.#clock.now();
      const paused = pausedUntil(await this.#standing(), now);
      if (paused - now > pauseMaxMs) throw new Paused(paused);
      const until = Math.max(due, paused);
      if (until <= now) break;
      await this.#clock.sleep(until - now, signal);
      signal?.throwIfAborted();
    }
    signal?.throwIfAborted();
  }

  /** Nobody asks for so long: the provider has said that it was too much. */
  async pause(ms: number): Promise<void> {
    await this.#turn((standing, now) => ({
      ...standing,
      pausedUntil: Math.max(standing.pausedUntil, now + Math.min(ms, PAUSE_MAX_MS)),
    }));
  }

  async #standing(): Promise<Standing> {
    try {
      return parsed(await Deno.readTextFile(this.#path));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return NOTHING;
      throw this.#unwritable(error);
    }
  }

  async #turn(change: (standing: Standing, now: number) => Standing): Promise<void> {
    try {
      await Deno.mkdir(this.#folder, { recursive: true });
      using file = await Deno.open(this.#path, { create: true, read: true, write: true });
      // The lock goes with the process that holds it.
      await file.lock(true);
      const text = await textOf(file);
      const next = change(parsed(text), this.#clock.now());
      await file.truncate(0);
      await file.seek(0, Deno.SeekMode.Start);
      const bytes = new TextEncoder().encode(JSON.stringify(next));
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    } catch (error) {
      throw this.#unwritable(error);
    }
  }

  #unwritable(cause: unknown): TickhouseError {
    const full = isDiskFull(cause);
    return new TickhouseError(full ? "DISK_FULL" : "FILE_WRITE", messageOf(cause), {
      field: "file",
      value: this.#path,
      fix: full ? "free space on the disk" : "let this user write there, or set TICKHOUSE_CACHE",
      cause,
    });
  }
}

/** The provider wants to be left alone for longer than anybody waits. */
export class Paused extends Error {
  /** When it may be asked again, milliseconds since 1970. */
  readonly untilMs: number;

  constructor(untilMs: number) {
    super(`left alone until ${new Date(untilMs).toISOString()}`);
    this.untilMs = untilMs;
  }
}

/** Spans that a queue of requests reaches ahead at the most. */
const QUEUE_MAX_SPANS = 60;

/** A pause of more than a day was written by another clock. */
function pausedUntil({ pausedUntil }: Standing, now: number): number {
  return pausedUntil > now + PAUSE_MAX_MS ? now : pausedUntil;
}

function sizesOf({ requests, seconds }: Limit) {
  const burst = Math.max(1, Math.floor(requests * BURST));
  const spanMs = seconds * 1000;
  // One request a span leaves nothing to be filled up with meanwhile.
  const stepMs = spanMs / Math.max(1, requests - burst);
  return { spanMs, stepMs, burstMs: (burst - 1) * stepMs };
}

function nameOf({ requests, seconds }: Limit): string {
  return `${requests}/${seconds}`;
}

/** What is damaged counts as nothing: a burst is the worst that comes of it. */
function parsed(text: string): Standing {
  try {
    const { full, pausedUntil } = JSON.parse(text) as Partial<Standing>;
    const times = Object.entries(full ?? {}).filter(([, at]) => Number.isFinite(at));
    return {
      full: Object.fromEntries(times),
      pausedUntil: Number.isFinite(pausedUntil) ? pausedUntil ?? 0 : 0,
    };
  } catch {
    return NOTHING;
  }
}

async function textOf(file: Deno.FsFile): Promise<string> {
  const bytes = new Uint8Array((await file.stat()).size);
  let read = 0;
  for (let count; (count = await file.read(bytes.subarray(read))) && read < bytes.length;) {
    read += count;
  }
  return new TextDecoder().decode(bytes.subarray(0, read));
}
