/**
 * Providers in order of preference: where one does not give a symbol, the next one is asked.
 * @module
 */
import { TickhouseError } from "../errors.ts";
import type { MetadataStore } from "../metadata/metadata.ts";
import { subtract } from "../metadata/range.ts";
import type { SeriesReport } from "../source/series.ts";
import type { Source, SourceBatch } from "../source/source.ts";

/** A source of one series. */
type Part = Source & Required<Pick<Source, "series">>;

/**
 * The feeds as one: of each symbol the first feed is read, the next one only if that failed or
 * brought less than the calendar expects. What it fills is marked so in the gaps of those before it.
 * Each record says by its column `source` who told it. Throws `OPTION_INVALID` for feeds that have no
 * series.
 */
export function failover(
  feeds: readonly Source[],
  metadata: Pick<MetadataStore, "gaps">,
  now: () => number,
): Source {
  const [first] = feeds;
  const groups = feeds.map(partsOf);
  if (!first) throw new TypeError("no feed is named");
  const symbols = groups[0]?.length ?? 0;
  const parts = Array.from({ length: symbols }, (_, symbol) => {
    const chain = groups.flatMap((group) => group[symbol] ?? []);
    return chain.map((part, i) => new Fallback(part, chain.slice(0, i), metadata, now));
  }).flat();
  const everyMs = first.group?.everyMs;
  return {
    name: feeds.map(({ name }) => name).join("+"),
    dataset: first.dataset,
    group: { parts, ...(everyMs === undefined ? {} : { everyMs }) },
    series: () => parts.filter(({ isAsked }) => isAsked).flatMap((part) => part.series()),
    read: first.read,
  };
}

function partsOf(feed: Source): readonly Part[] {
  const parts = feed.group?.parts ?? [];
  const series = parts.flatMap((part) => part.series ? [part as Part] : []);
  if (series.length > 0 && series.length === parts.length) return series;
  throw new TickhouseError("OPTION_INVALID", "only providers of history can stand in for others", {
    field: "--source",
    value: feed.name,
    fix: "name providers such as yahoo,alphavantage",
  });
}

/** A series that is read when those before it have not brought all. */
class Fallback implements Source {
  readonly name: string;
  readonly dataset: Source["dataset"];
  readonly #part: Part;
  readonly #before: readonly Part[];
  readonly #metadata: Pick<MetadataStore, "gaps">;
  readonly #now: () => number;
  /** Bars that were missing of those before it, when they were last looked at. */
  readonly #missing = new Map<Part, number>();
  /** Whether it was needed. */
  isAsked: boolean;

  constructor(
    part: Part,
    before: readonly Part[],
    metadata: Pick<MetadataStore, "gaps">,
    now: () => number,
  ) {
    this.name = part.name;
    this.dataset = part.dataset;
    this.#part = part;
    this.#before = before;
    this.#metadata = metadata;
    this.#now = now;
    this.isAsked = before.length === 0;
  }

  /** A series that failed is no failure if a later one brought all. */
  series(): readonly SeriesReport[] {
    return this.#part.series();
  }

  async *read(state: string | undefined, signal: AbortSignal): AsyncIterable<SourceBatch> {
    if (this.#before.some((part) => this.#isWhole(part))) return;
    this.isAsked = true;
    yield* this.#part.read(state, signal);
    await this.#markFilled();
  }

  /** Whether it was read without a failure, and nothing more is missing than when it was last looked at. */
  #isWhole(part: Part): boolean {
    const [report] = part.series();
    const before = this.#missing.get(part) ?? 0;
    this.#missing.set(part, report?.missing ?? 0);
    return report !== undefined && report.failure === null && report.missing === before;
  }

  /** In the gaps of those before it, what it has covered is filled. */
  async #markFilled(): Promise<void> {
    const [own] = this.#part.series();
    if (!own?.covered) return;
    const { covered, provider, symbol, interval } = own;
    const missing = (await this.#metadata.gaps.list({ provider, symbol, interval, range: covered }))
      .filter(({ state }) => state !== "filled");
    for (const [before] of this.#before.map((part) => part.series())) {
      if (!before) continue;
      for (const range of subtract(covered, missing)) {
        await this.#metadata.gaps.fill(before, range, provider, this.#now());
      }
    }
  }
}
