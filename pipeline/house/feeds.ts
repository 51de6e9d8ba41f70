/** Which feed a verb reads, and whether it can. @module */
import { systemClock } from "../clock.ts";
import { type Route, routeNamed } from "../config/routes.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { EndContext } from "../ends/end.ts";
import { TickhouseError } from "../errors.ts";
import { readMappings } from "../mapping/find.ts";
import type {
  SourceContext,
  SourceEntry,
  SourceOptions,
  SourceSpec,
  TopicAccess,
} from "../source/entry.ts";
import type { Source } from "../source/source.ts";
import type { IngestProgress } from "../stream/ingest.ts";
import { linesOf, openDatasets, openTopics, ownTopics } from "./adapters.ts";
import type { HouseParts } from "./house.ts";
import type { RunOptions } from "./run.ts";

/** A feed to stream: by its name, opened by a function such as `simulator()`, or as it is. */
export type Feed = string | SourceSpec | Source;

/** What to stream. */
export interface StreamOptions extends RunOptions, SourceOptions {
  /**
   * The feed; null or "none" to stream what others put into the log. Default: the route's, else simulated
   * ticks.
   */
  readonly source?: Feed | null;
  /** What the run is called in `runs()`. Default: "stream". */
  readonly verb?: string;
}

/** What to ingest: a file, or the history that a provider has of `symbols`. */
export interface IngestOptions extends Omit<SourceOptions, "limit" | "history"> {
  /** A feed that reads files or fetches history, by its name. Default: "csv". */
  readonly source?: string;
  /** Build the models as well. Default: true. */
  readonly models?: boolean;
  /** Told of each batch that is read. */
  readonly onProgress?: (progress: IngestProgress) => void;
  /** Told when nothing more is read. */
  readonly onDrain?: () => void;
  /** Aborting it stops reading; what was read is drained. */
  readonly signal?: AbortSignal;
}

/** Finds the feed, and returns what opens it; null and "none" are for none. Throws `OPTION_INVALID`. */
export function feedOf(parts: HouseParts, options: StreamOptions): () => Promise<Source | null> {
  const route = routeOf(parts);
  const source = options.source === undefined ? route?.source ?? "simulator" : options.source;
  checkLimit(options.limit);
  if (source === null || source === "none") return () => Promise.resolve(null);
  if (typeof source === "function") {
    return async () => assertSource(await source(contextOf(parts)));
  }
  if (typeof source !== "string") {
    assertSource(source);
    return () => Promise.resolve(source);
  }
  const several = source.includes(",") ? providersOf(parts, source) : undefined;
  if (several) {
    const spec = inOrder(parts, several, options);
    return async () => await spec(contextOf(parts));
  }
  const entry = parts.sources.find(({ name }) => name === source);
  if (!entry) throw unknownFeed(source, parts.sources);
  const file = options.file ?? route?.file;
  const spec = entry.open({ ...options, ...(file === undefined ? {} : { file }) });
  return async () => await spec(contextOf(parts, entry));
}

/** What opens the file, by a feed that reads files, or the history. Throws `OPTION_INVALID`. */
export function fileOf(parts: HouseParts, options: IngestOptions): SourceSpec {
  const { source = "csv", file } = options;
  const providers = providersOf(parts, source);
  if (providers) return inOrder(parts, providers, { ...options, history: true });
  const readers = parts.sources.filter(({ readsFile }) => readsFile);
  const entry = readers.find(({ name }) => name === source);
  if (entry && file === undefined) {
    throw new TickhouseError("OPTION_INVALID", "which file?", {
      field: "--file",
      fix: "name one, or a provider and symbols: --source yahoo --symbols AAPL",
    });
  }
  if (entry) {
    const spec = entry.open(options);
    // Who looks only hears nothing of what was concluded: it is in what is shown.
    return ({ onNote }) => spec({ ...contextOf(parts, entry), onNote });
  }
  const known = parts.sources.filter(({ readsFile, readsHistory }) => readsFile || readsHistory);
  throw new TickhouseError("OPTION_INVALID", "there is no such source of files or history", {
    field: "--source",
    value: source,
    fix: `use ${known.map(({ name }) => name).join(", ")}`,
  });
}

/** Providers of history, in order of preference; undefined unless all that are named are such. */
function providersOf({ sources }: HouseParts, names: string): SourceEntry[] | undefined {
  const found = names.split(",").map((name) =>
    sources.find((entry) => entry.name === name.trim() && entry.readsHistory)
  );
  const known = found.filter((entry) => entry !== undefined);
  return known.length === found.length ? known : undefined;
}

/** The first provider, and the others where it does not give a symbol. */
function inOrder(
  parts: HouseParts,
  entries: readonly SourceEntry[],
  options: SourceOptions,
): SourceSpec {
  const specs = entries.map((entry) => ({ entry, spec: entry.open(options) }));
  return async ({ onNote }) => {
    const feeds: Source[] = [];
    for (const { entry, spec } of specs) {
      feeds.push(await spec({ ...contextOf(parts, entry), onNote }));
    }
    const [only] = feeds;
    if (only && feeds.length === 1) return only;
    const { failover } = await import("../history/failover.ts");
    const nowUs = () => Math.floor(systemClock.now() * 1000);
    return failover(feeds, await parts.providers.metadata(), nowUs);
  };
}

/** The dataset of the feed, as it is carried. Throws `OPTION_INVALID` for one that is not. */
export function assertCarried(
  source: Source,
  { config, datasets }: Pick<EndContext, "config" | "datasets">,
): Dataset {
  const found = datasets.find(({ name }) => name === source.dataset.name);
  if (found) return found;
  const carried = datasets.map(({ name }) => name).join(", ");
  const { route } = config;
  const what = route ? `the route ${route} does not carry it` : "this house does not know it";
  throw new TickhouseError("OPTION_INVALID", what, {
    field: "dataset",
    value: source.dataset.name,
    fix: route
      ? `feed it ${carried}, or leave the route out`
      : `declare it in open({ datasets }), or feed it ${carried}`,
  });
}

/** No feed counts to less than one, and none to a half. */
function checkLimit(limit: number | undefined): void {
  if (limit === undefined || Number.isInteger(limit) && limit > 0) return;
  throw new TickhouseError("OPTION_INVALID", "is no number of records", {
    field: "limit",
    value: limit,
    fix: "use a whole number above 0, or leave it out to read all",
  });
}

/** What is written without types may hand in anything. */
function assertSource(source: Source): Source {
  const isOne = typeof source === "object" && source !== null &&
    typeof source.read === "function" && typeof source.dataset?.name === "string";
  if (isOne) return source;
  throw new TickhouseError("OPTION_INVALID", "is no feed", {
    field: "source",
    value: Deno.inspect(source, { depth: 0 }),
    fix: 'give the name of one, such as "simulator", or what opens it, such as simulator()',
  });
}

function routeOf({ config }: HouseParts): Route | undefined {
  return config.route ? routeNamed(config.route) : undefined;
}

/** What a feed is opened with. */
export function contextOf(parts: HouseParts, entry?: SourceEntry): SourceContext {
  const { config, datasets, onNote } = parts;
  const settings = parts.settings.get(entry?.name ?? "") ?? {};
  const { providers } = parts;
  return { config, datasets, onNote, settings, topics: topicsOf(parts), providers };
}

/** How a feed reads the topics of others. */
export function topicsOf({ config, datasets, mappings, onNote }: HouseParts): TopicAccess {
  return {
    open: () => openTopics(config, onNote),
    own: ownTopics(config, openDatasets(config, [], datasets)),
    mappings: async () => [...mappings, ...await readMappings(config.mappings)],
    toLines: (format) => linesOf(config, format),
  };
}

function unknownFeed(name: string, known: readonly SourceEntry[]): TickhouseError {
  return new TickhouseError("OPTION_INVALID", "there is no such feed", {
    field: "--source",
    value: name,
    fix: `use ${known.map((entry) => entry.name).join(", ")} or none`,
  });
}
