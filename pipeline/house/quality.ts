/** What the quality rules of the models find, as a report. @module */
import type { Broker } from "../broker/broker.ts";
import { number } from "../console.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { type DeadReason, listLetters } from "../dead/list.ts";
import { TickhouseError } from "../errors.ts";
import { type Block, drawn } from "../notebook/drawn.ts";
import type { Reader } from "../read/reader.ts";
import type { Bind, Result } from "../sql/session.ts";
import { hasTable } from "./has_table.ts";

/** Which findings, and how many of them one by one. */
export interface QualityOptions {
  /** Only of this dataset. */
  readonly dataset?: string;
  /** Only of this feed. */
  readonly source?: string;
  /** Only of this instrument, as the feed names it. */
  readonly symbol?: string;
  /** Only of this rule, such as `jump`. */
  readonly rule?: string;
  /** Findings that are listed one by one, the latest. Default: 20. */
  readonly limit?: number;
}

/** How many findings a rule has. */
export interface FindingCount {
  /** The rule, such as `jump`. */
  readonly rule: string;
  /** `marked`: what was refused is a dead letter. */
  readonly severity: string;
  /** What it is about. */
  readonly dataset: string;
  /** Findings. */
  readonly count: number;
}

/** A row of `gold_quality`. */
export interface QualityFinding extends Omit<FindingCount, "count"> {
  /** The feed. */
  readonly source: string;
  /** The instrument as the feed names it. */
  readonly symbol: string;
  /** Length of the candle; null where a quote itself is meant. */
  readonly interval: string | null;
  /** Start of the candle, or time of the quote, UTC. */
  readonly time: string;
  /** What was found, in the unit of the rule's limit. */
  readonly value: number | null;
  /** The limit of the rule; null where it has none. */
  readonly limit: number | null;
  /** What was found, as a sentence. */
  readonly detail: string;
  /** When the first record of it was written, UTC. */
  readonly firstSeen: string | null;
}

/** What the rules find, and what was refused. */
export interface QualityReport {
  /** All that match, by rule and dataset; null where the models have not been built. */
  readonly counts: readonly FindingCount[] | null;
  /** The latest of them. */
  readonly findings: readonly QualityFinding[];
  /** Bars of two sources that differ beyond the tolerance; null where that was not asked. */
  readonly differences: number | null;
  /** Dead letters by reason, of the datasets that are meant. */
  readonly refused: readonly DeadReason[];
}

/** What is looked at. */
export interface QualityParts {
  /** Null if there is no warehouse. */
  readonly reader: Pick<Reader, "query"> | null;
  /** Null if there is no log. */
  readonly broker: Broker | null;
  readonly datasets: readonly Dataset[];
}

const QUALITY = "gold.gold_quality";
const LIMIT = 20;
const LIMIT_MAX = 100_000;
const REASONS_SHOWN = 10;
const REASON_CHARS = 100;

/** Counts findings and lists the latest. Throws `OPTION_INVALID`. The report draws itself. */
export async function qualityReport(
  { reader, broker, datasets }: QualityParts,
  options: QualityOptions = {},
): Promise<QualityReport> {
  const { limit = LIMIT } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new TickhouseError("OPTION_INVALID", "is no number of findings", {
      field: "limit",
      value: limit,
      fix: `use a whole number from 1 to ${LIMIT_MAX}`,
    });
  }
  const meant = datasets.filter(({ name }) => (options.dataset ?? name) === name);
  const report = {
    counts: await countFindings(reader, options),
    findings: await latestFindings(reader, options, limit),
    differences: await countDifferences(reader, options),
    refused: broker ? (await listLetters(broker, meant, {}, 1)).reasons : [],
  };
  return drawn(report, () => blocksOf(report));
}

/** How many findings there are by rule and dataset; null where the models have not been built. */
export async function countFindings(
  reader: Pick<Reader, "query"> | null,
  options: QualityOptions = {},
): Promise<FindingCount[] | null> {
  const { where, binds } = conditions(options);
  const found = await asked(
    reader,
    QUALITY,
    `select rule, severity, dataset, count(*) from gold.gold_quality ${where}
group by rule, severity, dataset order by count(*) desc, rule, dataset`,
    binds,
  );
  return found && found.rows.map(([rule, severity, dataset, count]) => ({
    rule: String(rule),
    severity: String(severity),
    dataset: String(dataset),
    count: Number(count),
  }));
}

async function latestFindings(
  reader: Pick<Reader, "query"> | null,
  options: QualityOptions,
  limit: number,
): Promise<QualityFinding[]> {
  const { where, binds } = conditions(options);
  const found = await asked(
    reader,
    QUALITY,
    `select rule, severity, dataset, source, symbol, bar_interval, cast(event_time as varchar),
  value, cast(limit_value as double), detail, cast(first_seen as varchar)
from gold.gold_quality ${where}
order by event_time desc, rule, source, symbol, bar_interval limit ${limit}`,
    binds,
  );
  return (found?.rows ?? []).map((row) => ({
    rule: String(row[0]),
    severity: String(row[1]),
    dataset: String(row[2]),
    source: String(row[3]),
    symbol: String(row[4]),
    interval: row[5] === null ? null : String(row[5]),
    time: String(row[6]),
    value: row[7] === null ? null : Number(row[7]),
    limit: row[8] === null ? null : Number(row[8]),
    detail: String(row[9]),
    firstSeen: row[10] === null ? null : String(row[10]),
  }));
}

/** Asked of bars only, and not where a rule is meant that is none of two sources. */
async function countDifferences(
  reader: Pick<Reader, "query"> | null,
  { dataset = "bars", source, symbol, rule = "differs" }: QualityOptions,
): Promise<number | null> {
  if (dataset !== "bars" || rule !== "differs") return null;
  const parts = [
    ...source === undefined ? [] : ["(source = ? or other_source = ?)"],
    ...symbol === undefined ? [] : ["(symbol = ? or other_symbol = ?)"],
  ];
  const binds = [source, source, symbol, symbol].filter((bind) => bind !== undefined);
  const where = parts.length > 0 ? `where ${parts.join(" and ")}` : "";
  const found = await asked(
    reader,
    "gold.gold_source_differences",
    `select count(*) from gold.gold_source_differences ${where}`,
    binds,
  );
  return found && Number(found.rows[0]?.[0] ?? 0);
}

/** Null where there is no such table yet. */
async function asked(
  reader: Pick<Reader, "query"> | null,
  table: string,
  sql: string,
  binds: readonly Bind[],
): Promise<Result | null> {
  if (!reader || !await hasTable(reader, table)) return null;
  return await reader.query(sql, binds);
}

function conditions(
  { dataset, source, symbol, rule }: QualityOptions,
): { readonly where: string; readonly binds: readonly Bind[] } {
  const given = Object.entries({ dataset, source, symbol, rule })
    .flatMap(([name, value]) => value === undefined ? [] : [[name, value] as const]);
  if (given.length === 0) return { where: "", binds: [] };
  return {
    where: `where ${given.map(([name]) => `${name} = ?`).join(" and ")}`,
    binds: given.map(([, value]) => value),
  };
}

function blocksOf({ counts, findings, differences, refused }: QualityReport): Block[] {
  return [
    ...countBlocks(counts),
    ...findings.length === 0 ? [] : [
      {
        head: ["time", "source", "symbol", "interval", "rule", "what"],
        rows: findings.map((one) => [
          one.time,
          one.source,
          one.symbol,
          one.interval,
          one.rule,
          one.detail,
        ]),
      },
    ],
    ...moreBlocks(counts, findings),
    ...differences
      ? [
        `differ     ${number(differences)} bars of two sources, beyond the tolerance: ` +
        '`deno task query "from gold.gold_source_differences"`',
      ]
      : [],
    ...refusedBlocks(refused),
  ];
}

function countBlocks(counts: QualityReport["counts"]): Block[] {
  if (counts === null) return ["unknown    the models have not been built: `deno task transform`"];
  if (counts.length === 0) return ["nothing marked"];
  return [{
    head: ["rule", "severity", "dataset", "findings"],
    rows: counts.map((one) => [one.rule, one.severity, one.dataset, number(one.count)]),
  }];
}

function moreBlocks(counts: QualityReport["counts"], findings: readonly unknown[]): Block[] {
  const all = (counts ?? []).reduce((sum, { count }) => sum + count, 0);
  if (all === findings.length) return [];
  return [`the latest ${number(findings.length)} of ${number(all)}: --limit for more`];
}

function refusedBlocks(refused: readonly DeadReason[]): Block[] {
  if (refused.length === 0) return [];
  const more = refused.length - REASONS_SHOWN;
  const short = (text: string) =>
    text.length <= REASON_CHARS ? text : `${text.slice(0, REASON_CHARS - 1).toWellFormed()}…`;
  return [
    {
      head: ["refused", "topic", "reason"],
      rows: refused.slice(0, REASONS_SHOWN).map((one) => [
        number(one.count),
        one.topics.join(", "),
        short(one.reason),
      ]),
    },
    ...more > 0 ? [`and ${number(more)} more reasons: \`deno task dead\` has them`] : [],
  ];
}

/** A line on the findings of a dataset; undefined if there are none. */
export function describeFindings(
  dataset: string,
  found: readonly FindingCount[],
): string | undefined {
  if (found.length === 0) return undefined;
  const texts = found.map(({ count, rule }) => `${number(count)} ${rule}`);
  return `marked  ${dataset}: ${texts.join(", ")}; \`deno task quality\` lists them`;
}
