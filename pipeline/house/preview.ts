/** A topic of others as its records would be stored, or a mapping for it. Stores nothing. @module */
import { offsetAt } from "../batch.ts";
import { number } from "../console.ts";
import { Workbench } from "../decode/workbench.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { exactLine } from "../datasets/zod.ts";
import { hasCode, TickhouseError } from "../errors.ts";
import { findMapping } from "../mapping/find.ts";
import type { CheckedMapping, Mapping } from "../mapping/mapping.ts";
import { Mapper } from "../mapping/mapper.ts";
import { propose, type Question } from "../mapping/propose.ts";
import { type Block, drawn } from "../notebook/drawn.ts";
import type { SourceContext } from "../source/entry.ts";
import { accessOf } from "../source/topic/entry.ts";
import { type Sample, sampleOf } from "../source/topic/sample.ts";
import { originOf } from "../source/topic/origin.ts";

/** What to look at. */
export interface PreviewOptions {
  /** The topic of others, by its full name. */
  readonly topic: string;
  /** A mapping, or the name of one. Default: what is declared for the topic, else one is proposed. */
  readonly mapping?: string | Mapping;
  /** Messages to show. Default: 10. */
  readonly limit?: number;
}

/** What one message, or one record of its list, would become. */
export interface PreviewRow {
  /** Where it stands. */
  readonly partition: number;
  /** Of the message; records of one list share it. */
  readonly offset: number;
  /** The message, as text. */
  readonly message: string;
  /** As its record would be stored, under the names of the message format. */
  readonly record?: Readonly<Record<string, unknown>>;
  /** Why there is none: what is wrong with it, or that it is skipped or another mapping's. */
  readonly reason?: string;
}

/** What is in the topic, and what would become of it. */
export interface PreviewReport {
  /** As it was asked for. */
  readonly topic: string;
  /** How many it has. */
  readonly partitions: number;
  /** Offsets that it holds. */
  readonly offsets: number;
  /** What its messages were read by. */
  readonly mapping: Mapping;
  /** Whether the mapping is only proposed. */
  readonly proposed: boolean;
  /** Name of the built-in mapping that does the same. */
  readonly builtIn?: string;
  /** What only a person can say. */
  readonly questions: readonly Question[];
  /** Places in the messages that no column is filled from. */
  readonly unused: readonly string[];
  /** The dataset whose records the messages are as they come: without a mapping. */
  readonly fits?: string;
  /** Empty where the proposed mapping is not yet whole. */
  readonly rows: readonly PreviewRow[];
}

/** Messages that a proposal is made of. */
const SAMPLE = 300;
const SHOWN_CHARS = 300;

/** Looks at the topic. Throws `TOPIC_UNKNOWN`, `MAPPING_MISSING`, `MAPPING_INVALID`. */
export async function previewTopic(
  context: SourceContext,
  { topic, mapping, limit = 10 }: PreviewOptions,
): Promise<PreviewReport> {
  const access = accessOf(context, topic);
  const sample = await sampleOf(access, topic, Math.max(SAMPLE, limit));
  const declared = await access.mappings();
  const { datasets } = context;
  const { partitions, offsets } = sample;
  const all = { topic, partitions, offsets };
  if (mapping !== undefined || declared.some((one) => one.topic === topic)) {
    const checked = findMapping({ topic, mapping, declared, datasets });
    const { rows, unused } = await rowsOf(checked, sample, access.toLines, limit);
    const rest = { questions: [], unused, rows };
    return report({ ...all, mapping: checked.mapping, proposed: false, ...rest });
  }
  const { config } = context;
  const format = isAvro(sample) ? "avro" : "json";
  if (format === "avro" && config.registryUrl === "") {
    throw new TickhouseError("CONFIG_INVALID", "the messages are Avro, whose schemas it holds", {
      field: "TICKHOUSE_REGISTRY_URL",
      fix: "name the producers' Schema Registry, such as https://host:8081",
    });
  }
  const texts = await textsOf(sample, access.toLines(format));
  if (!texts.some((text) => /^\s*[{[]/.test(text))) {
    const what = texts.length === 0 ? "it holds no messages" : "no message of it is JSON or Avro";
    throw new TickhouseError("MAPPING_MISSING", `${what}: there is nothing to propose`, {
      field: "topic",
      value: topic,
      fix: texts.length === 0 ? "wait for some, or name a mapping" : "only these can be mapped",
    });
  }
  const fits = datasetOf(texts, datasets);
  const { mapping: bare, ...proposal } = propose(topic, texts);
  const proposed: Mapping = format === "avro" ? { ...bare, format } : bare;
  let rows: PreviewRow[] = [];
  try {
    const checked = findMapping({ topic, mapping: proposed, declared, datasets });
    rows = (await rowsOf(checked, sample, access.toLines, limit)).rows;
  } catch (error) {
    // Not yet whole: the questions say what is missing.
    if (!hasCode(error, "MAPPING_INVALID")) throw error;
  }
  const how = { mapping: proposed, proposed: true, ...proposal, ...(fits ? { fits } : {}) };
  return report({ ...all, ...how, rows });
}

type ToLines = ReturnType<typeof accessOf>["toLines"];

async function rowsOf(
  checked: CheckedMapping,
  sample: Sample,
  toLines: ToLines,
  limit: number,
): Promise<{ rows: PreviewRow[]; unused: string[] }> {
  const { mapping: { topic = "", format = "json" } } = checked;
  await using bench = await Workbench.open();
  const { session, spool } = bench;
  const origin = await originOf(sample.batches[0]?.topic ?? topic, sample.id);
  const mapper = new Mapper({ checked, toLines: toLines(format), session, spool, origin });
  const rows: PreviewRow[] = [];
  const unused = new Set<string>();
  for (const batch of sample.batches) {
    const lines = (await toLines(format)(batch.values)).lines;
    for (const { message, state, text } of await mapper.rows(batch)) {
      const isRecord = state === "good";
      rows.push({
        partition: batch.partition,
        offset: offsetAt(batch, message),
        message: new TextDecoder().decode(
          format === "avro" ? lines.at(message) : batch.values.at(message),
        ),
        ...(isRecord
          ? { record: withoutNulls(JSON.parse(text)) }
          : { reason: reasonOf(state, text) }),
      });
    }
    for (const name of mapper.unused) unused.add(name);
  }
  // Some of each partition.
  const shown = rows.map((row, i) => ({ row, i }))
    .sort((a, b) => a.row.offset - b.row.offset || a.i - b.i).slice(0, limit)
    .map(({ row }) => row);
  return { rows: shown, unused: [...unused] };
}

function reasonOf(state: string, text: string): string {
  if (state === "refused") return `refused: ${text}`;
  if (state === "elsewhere") return "for another mapping of the topic";
  return state === "empty" ? "skipped: its list is empty" : "skipped as declared";
}

async function textsOf(
  { batches }: Sample,
  toLines: ReturnType<ToLines>,
): Promise<string[]> {
  const texts: string[] = [];
  for (const { values } of batches) {
    const { lines } = await toLines(values);
    for (let i = 0; i < lines.length; i++) texts.push(new TextDecoder().decode(lines.at(i)));
  }
  return texts;
}

/** The dataset that all messages are records of. */
function datasetOf(texts: readonly string[], datasets: readonly Dataset[]): string | undefined {
  if (texts.length === 0) return undefined;
  return datasets.find((dataset) => texts.every((text) => exactLine(dataset, text)))?.name;
}

/** Confluent's wire format begins with a zero byte, which no JSON does. */
function isAvro({ batches }: Sample): boolean {
  return batches.some(({ values }) => values.bytes[0] === 0);
}

function withoutNulls(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}

function report(found: PreviewReport): PreviewReport {
  return drawn(found, () => blocks(found));
}

function blocks(found: PreviewReport): Block[] {
  const { topic, partitions, offsets, rows, mapping, proposed, builtIn, questions, unused } = found;
  const cut = (text: string) => text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text;
  const head = `topic      ${topic}: ${number(partitions)} partitions, ` +
    `${number(offsets)} offsets; nothing was stored`;
  if (found.fits !== undefined) {
    const [set] = [`TICKHOUSE_TOPICS=${found.fits}=${topic}`];
    return [
      head,
      `fits       the messages are ${found.fits} as they come: they need no mapping`,
      `           ${set} deno task stream --source none`,
    ];
  }
  const parts = rows.flatMap(({ partition, offset, message, record, reason }) => [
    `message    ${partition}/${offset} ${cut(message)}`,
    record === undefined ? `           ${reason}` : `  ${mapping.dataset.padEnd(9)}${said(record)}`,
  ]);
  const left = unused.length === 0 ? [] : [`left out   ${unused.join(", ")}`];
  const asked = questions.flatMap(({ question, key }) => [
    `question   ${question}`,
    `           ${key}`,
  ]);
  const what = builtIn === undefined
    ? "proposed   save it to a file, and let TICKHOUSE_MAPPINGS name that:"
    : `proposed   the same as --mapping ${builtIn}, to be used as it is, or saved and changed:`;
  const shown = proposed ? [what, JSON.stringify(mapping, null, 2)] : [];
  return [head, ...parts, ...left, ...shown, ...asked];
}

function said(record: Readonly<Record<string, unknown>>): string {
  return Object.entries(record).map(([name, value]) => `${name} ${value}`).join("   ");
}
