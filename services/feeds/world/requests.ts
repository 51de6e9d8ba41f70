/**
 * What was asked for: so that a test can say how many requests were made.
 * @module
 */

/** A request as it came and how it was answered. */
export interface SeenRequest {
  /** Milliseconds since 1970, by the feeds' clock. */
  readonly at: number;
  readonly provider: string;
  /** Empty: none was given. */
  readonly key: string;
  readonly path: string;
  /** Without the key. */
  readonly query: Readonly<Record<string, string>>;
  readonly symbol: string;
  readonly status: number;
}

/** Requests of one key to one path. */
export interface RequestCount {
  readonly provider: string;
  readonly key: string;
  readonly path: string;
  readonly status: number;
  readonly count: number;
}

const SEEN_MAX = 10_000;
const CUT = 200;

/** All requests since the start, or since `clear`. */
export class Requests {
  readonly #counts = new Map<string, { seen: SeenRequest; count: number }>();
  #seen: SeenRequest[] = [];

  /** Notes one. */
  note(request: SeenRequest): void {
    const cut = {
      ...request,
      path: request.path.slice(0, CUT),
      symbol: request.symbol.slice(0, CUT),
    };
    const { provider, key, path, status } = cut;
    const name = JSON.stringify([provider, key, path, status]);
    const known = this.#counts.get(name) ?? { seen: cut, count: 0 };
    known.count++;
    this.#counts.set(name, known);
    this.#seen.push(cut);
    if (this.#seen.length > SEEN_MAX) this.#seen = this.#seen.slice(SEEN_MAX / 2);
  }

  /** How many there were, by provider, key, path and status. */
  counts(): RequestCount[] {
    return [...this.#counts.values()].map(({ seen: { provider, key, path, status }, count }) => (
      { provider, key, path, status, count }
    ));
  }

  /** The latest ones. */
  seen(): readonly SeenRequest[] {
    return this.#seen;
  }

  /** Counts from 0 again. */
  clear(): void {
    this.#counts.clear();
    this.#seen = [];
  }
}
