/** What a file, a feed or a symbol brought, taken back. @module */
import { basename, dirname, join, resolve } from "node:path";
import type { Broker, Cursor } from "../broker/broker.ts";
import type { Codec } from "../codec/codec.ts";
import { number } from "../console.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { bronzeTable } from "../datasets/tables.ts";
import { tableError } from "../duckdb/engine/errors.ts";
import { TickhouseError } from "../errors.ts";
import { type Block, drawn } from "../notebook/drawn.ts";
import type { Reader } from "../read/reader.ts";
import { fileCursor, originOf, WITHDRAWN_STATE } from "../source/origin.ts";
import { Appender } from "../withdraw/append.ts";
import { conditionOf, type Criteria, demandCondition } from "../withdraw/criteria.ts";
import { countContested, type FoundFacts, type Search, searchFacts } from "../withdraw/search.ts";
import { assertTaken } from "../withdraw/standing.ts";
import { type RestoredFact, Summary, type WithdrawnSymbol } from "../withdraw/summary.ts";
import type { RunReport } from "./run_report.ts";

/** What to take back: the records that have all of what is named. */
export interface WithdrawOptions {
  /** The file that they were read from; it need not be there any more. */
  readonly file?: string;
  /** The feed that they came from: their column `source`. */
  readonly source?: string;
  /** Only this dataset. */
  readonly dataset?: string;
  /** The instrument: their symbol, or index. */
  readonly symbol?: string;
  /** Take them back. Default: false, which only tells what that would do. */
  readonly apply?: boolean;
  /** Build the models as well. Default: true. */
  readonly models?: boolean;
}

/** What is taken back, or would be. */
export interface WithdrawReport {
  /** Whether it was taken back, or only looked at. */
  readonly applied: boolean;
  /** Facts whose latest record is taken back. */
  readonly facts: number;
  /** By dataset and symbol. */
  readonly symbols: readonly WithdrawnSymbol[];
  /** Some of the facts whose earlier value comes back. */
  readonly examples: readonly RestoredFact[];
  /** Facts that were brought too, but that others say, corrected or took back: they stay. */
  readonly shadowed: number;
  /** Files of the same name, by their `origin`, where nothing is of the file that was named. */
  readonly similar: readonly string[];
  /** What the ends took; null if nothing was appended, or that was left to a stream that runs. */
  readonly run: RunReport | null;
  /** Facts that still count after all was taken: they came in between. */
  readonly left: number;
  /**
   * Facts that another record came to while they were taken back: what counts of them now may not be
   * the latest. Looked at by hand.
   */
  readonly contested: number;
}

/** What a withdrawal works with. */
export interface WithdrawParts {
  readonly broker: Broker;
  readonly codec: Codec;
  readonly datasets: readonly Dataset[];
  readonly reader: Pick<Reader, "query">;
  /** How far a record may be ahead of its arrival, by dataset, as the models have it. */
  readonly ahead: ReadonlyMap<string, number>;
}

/** What is searched. */
type SearchParts = Pick<WithdrawParts, "datasets" | "reader" | "ahead">;

/** What was found, and with `apply` appended to the log. */
export interface Withdrawn extends Omit<WithdrawReport, "run" | keyof Aftermath> {
  /** Where the log of each dataset ended before. */
  readonly ends: readonly { readonly dataset: Dataset; readonly from: readonly number[] }[];
}

/** What is found after all was taken. */
export type Aftermath = Pick<WithdrawReport, "left" | "contested">;

/** Symbols in a table; JSON has all. */
const SYMBOLS_SHOWN = 50;

/** Throws `OPTION_INVALID` if nothing is named. */
export function checkWithdraw({ file, source, dataset, symbol }: WithdrawOptions): void {
  const given = [file, source, dataset, symbol].filter((value) => value !== undefined);
  if (given.length > 0 && !given.includes("")) return;
  throw new TickhouseError("OPTION_INVALID", "nothing is named that is to be taken back", {
    field: "withdraw",
    fix: "name a file, a source, a dataset or a symbol; several narrow it down",
  });
}

/**
 * Finds the facts, and with `apply` appends what takes them back. Throws `WAREHOUSE_BEHIND` unless
 * the warehouse has taken all of the log.
 */
export async function withdrawFacts(
  { broker, codec, ...parts }: WithdrawParts,
  options: WithdrawOptions,
): Promise<Withdrawn> {
  const { apply = false } = options;
  const path = options.file === undefined ? undefined : await realPathOf(options.file);
  const searches = await searchesOf(parts, options, path);
  const ends = [];
  for (const { dataset } of searches) {
    ends.push({ dataset, from: await assertTaken(broker, parts.reader, dataset) });
  }
  const appender = new Appender(broker, codec, apply ? await cursorOf(broker, path) : undefined);
  const summary = new Summary();
  let [facts, shadowed] = [0, 0];
  for (const search of searches) {
    const { dataset } = search;
    for await (const page of pagesOf(search)) {
      facts += page.facts.length;
      shadowed += page.shadowed;
      summary.add(dataset, page.facts);
      if (apply) await appender.add(dataset, page.facts);
    }
  }
  if (apply) await appender.end();
  const { symbols, examples } = summary;
  const similar = facts === 0 && path !== undefined ? await similarTo(path, searches) : [];
  const applied = apply && facts > 0;
  return { applied, facts, symbols, examples, shadowed, similar, ends };
}

/** Looks again after the ends have taken what was appended. */
export async function lookAgain(
  parts: SearchParts,
  options: WithdrawOptions,
  { ends }: Withdrawn,
): Promise<Aftermath> {
  const path = options.file === undefined ? undefined : await realPathOf(options.file);
  let [left, contested] = [0, 0];
  for (const search of await searchesOf(parts, options, path)) {
    for await (const { facts } of pagesOf(search)) left += facts.length;
  }
  for (const { dataset, from } of ends) {
    contested += await countContested({ reader: parts.reader, dataset }, from);
  }
  return { left, contested };
}

async function searchesOf(
  { datasets, reader, ahead }: SearchParts,
  { source, symbol, dataset: named }: WithdrawOptions,
  path: string | undefined,
): Promise<Search[]> {
  const criteria: Criteria = {
    ...(path === undefined ? {} : { origin: await originOf(path) }),
    ...(source === undefined ? {} : { source }),
    ...(symbol === undefined ? {} : { symbol }),
  };
  return datasets.flatMap((dataset) => {
    const condition = named === undefined
      ? conditionOf(dataset, criteria)
      : demandCondition(dataset, criteria);
    const aheadSeconds = ahead.get(dataset.name);
    return condition ? [{ reader, dataset, condition, aheadSeconds }] : [];
  });
}

/** The report, which draws itself. */
export function withdrawReport(
  { ends: _, ...found }: Withdrawn,
  run: RunReport | null,
  aftermath: Aftermath,
): WithdrawReport {
  const report = { ...found, run, ...aftermath };
  return drawn(report, () => blocksOf(report));
}

/** Whether something was found, and all of it taken back, if that was asked for. */
export function isWithdrawalGood(
  { facts, left, contested, run }: WithdrawReport,
): boolean {
  return facts > 0 && left + contested === 0 && (run === null || run.proven);
}

async function* pagesOf(search: Search): AsyncGenerator<FoundFacts> {
  try {
    yield* searchFacts(search);
  } catch (error) {
    throw tableError(error);
  }
}

/** Takes the file over from an ingest that still reads it. */
async function cursorOf(broker: Broker, path: string | undefined): Promise<Cursor | undefined> {
  if (path === undefined) return undefined;
  const source = fileCursor(path);
  await broker.cursor(source);
  return { source, state: WITHDRAWN_STATE };
}

/** With links followed, as far as it is there and may be looked at. */
async function realPathOf(path: string): Promise<string> {
  const whole = resolve(path);
  try {
    return await Deno.realPath(whole);
  } catch (error) {
    if (!isAway(error)) throw error;
  }
  try {
    return join(await Deno.realPath(dirname(whole)), basename(whole));
  } catch (error) {
    if (!isAway(error)) throw error;
    return whole;
  }
}

function isAway(error: unknown): boolean {
  return [Deno.errors.NotFound, Deno.errors.NotCapable, Deno.errors.PermissionDenied]
    .some((kind) => error instanceof kind);
}

/** Origins of files of that name. */
async function similarTo(
  path: string,
  searches: readonly Search[],
): Promise<string[]> {
  const own = await originOf(path);
  const name = own.slice(0, own.lastIndexOf("#") + 1);
  const found = new Set<string>();
  for (const { reader, dataset } of searches) {
    const { rows } = await reader.query(
      `SELECT DISTINCT origin FROM ${bronzeTable(dataset)} WHERE starts_with(origin, ?)`,
      [name],
    );
    for (const [origin] of rows) found.add(String(origin));
  }
  found.delete(own);
  return [...found].sort();
}

function blocksOf(report: WithdrawReport): Block[] {
  const {
    applied,
    facts,
    symbols,
    examples,
    shadowed,
    similar,
    run,
    left,
    contested,
  } = report;
  const stay = [
    ...(shadowed > 0
      ? [
        `stay       ${
          number(shadowed)
        } facts that something else says too, or corrected or took back`,
      ]
      : []),
  ];
  if (facts === 0) {
    return [
      "nothing to take back: no fact counts that was brought so",
      ...stay,
      ...similar.map((origin) => `similar    ${origin} is another file of this name`),
    ];
  }
  const restored = symbols.reduce((sum, one) => sum + one.restored, 0);
  const more = symbols.length - SYMBOLS_SHOWN;
  const counts = `${number(facts)} facts: an earlier value of ${number(restored)} counts again, ` +
    `${number(facts - restored)} are gone`;
  return [
    {
      head: ["dataset", "symbol", "rows", "first", "last", "earlier values", "of"],
      rows: symbols.slice(0, SYMBOLS_SHOWN).map((one) => [
        ...[one.dataset, one.symbol, number(one.rows), one.first, one.last],
        ...[number(one.restored), one.restoredFrom.join(", ")],
      ]),
    },
    ...(more > 0 ? [`and ${number(more)} more symbols: --json has all`] : []),
    ...examples.map(describeExample),
    `${applied ? "withdrawn " : "would take back"} ${counts}`,
    ...stay,
    ...(applied ? [] : ["nothing was changed: --yes does it"]),
    ...(run ? [String(run)] : []),
    ...(applied && !run
      ? ["waiting    in the log: a running stream takes it, or `deno task stream --source none`"]
      : []),
    ...(left > 0
      ? [`left       ${number(left)} facts that came in between: look again, and withdraw again`]
      : []),
    ...(contested > 0
      ? [
        `contested  ${number(contested)} facts got another record meanwhile, which may be what ` +
        "should count: look at them, and send it again",
      ]
      : []),
  ];
}

function describeExample({ dataset, key, now, then }: RestoredFact): string {
  const changes = Object.keys(now).map((name) =>
    `${name} ${now[name] ?? "null"} → ${then[name] ?? "null"}`
  );
  const fact = Object.values(key).join(" ");
  return `back       ${dataset} ${fact}: ${changes.join(", ") || "the same values"}`;
}
