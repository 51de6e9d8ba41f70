/** How far each dataset is at each end. @module */
import type { Broker } from "../broker/broker.ts";
import { number } from "../console.ts";
import { type Dataset, deadLetterTopic } from "../datasets/dataset.ts";
import { countLetters } from "../dead/letters.ts";
import { tableError } from "../duckdb/engine/errors.ts";
import type { End } from "../ends/end.ts";
import type { Config } from "../config/config.ts";
import { type Block, drawn } from "../notebook/drawn.ts";
import type { Reader } from "../read/reader.ts";
import { countFindings, describeFindings, type FindingCount } from "./quality.ts";
import { type Taken, takenBy, type Waiting, waitingFor } from "./waiting.ts";

/** How far one dataset is, in records over all partitions. */
export interface DatasetStatus {
  /** Name of the dataset. */
  readonly dataset: string;
  /** Appended to the log since its beginning. */
  readonly log: number;
  /** Taken by each end, by its name; null where it is not known. */
  readonly ends: Readonly<Record<string, number | null>>;
  /** Dead letters, each once, however many ends gave it up; those that were replayed too. */
  readonly dead: number;
  /** What the quality rules mark in it, by rule; null where the models have not been built. */
  readonly marked: readonly FindingCount[] | null;
  /** Latest event time in the warehouse. */
  readonly latest: string | null;
  /** Ends that take nothing though records wait for them. */
  readonly stalled: readonly Waiting[];
}

/** What is looked at. */
export interface StatusOptions {
  readonly config: Config;
  readonly datasets: readonly Dataset[];
  readonly ends: readonly End[];
  /** Null if there is no log yet. */
  readonly broker: Broker | null;
  /** Null if there is no warehouse that can be read. */
  readonly reader: Pick<Reader, "query"> | null;
}

const NOTHING = "nothing yet: start `deno task demo`";

/** Counts positions and dead letters, reads no rows. The result draws itself. */
export async function statusOf(options: StatusOptions): Promise<DatasetStatus[]> {
  const { datasets, ends, broker } = options;
  const found: DatasetStatus[] = [];
  const marked = await countFindings(options.reader);
  for (const dataset of broker ? datasets : []) {
    const one = broker && await datasetStatus(options, broker, dataset, marked);
    if (one) found.push(one);
  }
  return drawn(found, () => blocksOf(found, ends));
}

/** The letters of a log, and how many records of it they were counted in. */
interface Counted {
  readonly records: number;
  readonly letters: number;
}

const counted = new WeakMap<Broker, Map<string, Counted>>();

/** Dead letters of all these datasets, each once; they are read again only where some came. */
export async function deadLettersOf(
  broker: Broker,
  datasets: readonly Dataset[],
): Promise<number> {
  const known = counted.get(broker) ?? new Map<string, Counted>();
  counted.set(broker, known);
  let sum = 0;
  for (const dataset of datasets) {
    const dead = deadLetterTopic(dataset.topic);
    const records = await appended(broker, dead, (await broker.topic(dead))?.partitions ?? 0);
    const before = known.get(dead);
    const letters = before?.records === records
      ? before.letters
      : records === 0
      ? 0
      : await countLetters(broker, dataset);
    known.set(dead, { records, letters });
    sum += letters;
  }
  return sum;
}

async function datasetStatus(
  { config, ends, reader }: StatusOptions,
  broker: Broker,
  dataset: Dataset,
  marked: readonly FindingCount[] | null,
): Promise<DatasetStatus | undefined> {
  const topic = await broker.topic(dataset.topic);
  if (!topic) return undefined;
  const { partitions } = topic;
  const taken = await Promise.all(
    ends.map(({ name }) => takenBy(broker, name, dataset.topic, partitions)),
  );
  const stalled = await Promise.all(ends.map((end, i) => {
    const one = taken[i];
    const isWanted = config.sinks.includes(end.name);
    return isWanted && one ? waitingFor(broker, one, end.waitMs(config)) : undefined;
  }));
  return {
    dataset: dataset.name,
    log: await appended(broker, dataset.topic, partitions),
    ends: Object.fromEntries(taken.map((one) => [one.sink, sum(one)])),
    stalled: stalled.filter((one) => one !== undefined),
    dead: await countLetters(broker, dataset),
    marked: marked && marked.filter((one) => one.dataset === dataset.name),
    latest: await latest(reader, dataset.name, dataset.eventTime),
  };
}

/** An end that nobody streams into has no column, unless it is one of the first two. */
function blocksOf(found: readonly DatasetStatus[], ends: readonly End[]): Block[] {
  if (found.length === 0) return [NOTHING];
  const shown = ends.map(({ name }) => name).filter((name, i) =>
    i < 2 || found.some((row) => (row.ends[name] ?? null) !== null)
  );
  const count = (value: number | null | undefined) => value == null ? null : number(value);
  const rows = found.map((row) => [
    row.dataset,
    count(row.log),
    ...shown.map((name) => count(row.ends[name])),
    count(row.dead),
    row.latest,
  ]);
  const head = ["dataset", "log", ...shown, "dead letters", "latest event"];
  return [
    { head, rows },
    ...found.flatMap((row) => describeFindings(row.dataset, row.marked ?? []) ?? []),
    ...found.flatMap((row) => row.stalled).map(describe),
  ];
}

function describe({ sink, topic, records, oldestMs }: Waiting): string {
  const age = oldestMs < 120_000
    ? `${number(oldestMs / 1000)} s`
    : `${number(oldestMs / 60_000)} min`;
  return `error  ${sink} takes nothing of ${topic}: ${number(records)} records wait, the oldest ` +
    `for ${age}; is a stream running that has this sink?`;
}

async function appended(broker: Broker, topic: string, partitions: number): Promise<number> {
  let sum = 0;
  for (let p = 0; p < partitions; p++) sum += (await broker.offsets(topic, p)).next;
  return sum;
}

function sum({ positions }: Taken): number | null {
  return positions && positions.reduce((total, offset) => total + offset, 0);
}

async function latest(
  reader: Pick<Reader, "query"> | null,
  dataset: string,
  column: string,
): Promise<string | null> {
  try {
    const found = await reader?.query(`SELECT max(${column})::VARCHAR FROM bronze.${dataset}`);
    const value = found?.rows[0]?.[0];
    return typeof value === "string" ? value : null;
  } catch (error) {
    throw tableError(error);
  }
}
