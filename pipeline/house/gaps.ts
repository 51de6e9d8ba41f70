/** The ledger of gaps as a report. @module */
import type { Calendar } from "../calendar/calendar.ts";
import { number } from "../console.ts";
import { findGaps, type GapsFilter, type GapsParts, openGaps } from "../gaps/gaps.ts";
import { REASONS, type SeriesGaps, slotsIn } from "../gaps/series_gaps.ts";
import { timeText } from "../history/bar.ts";
import type { OpenGaps } from "../dashboard/wire.ts";
import type { Config } from "../config/config.ts";
import type { Gap } from "../metadata/gaps.ts";
import type { MetadataStore, Series } from "../metadata/metadata.ts";
import { metadataPath } from "../metadata/open.ts";
import { exists } from "./home.ts";
import { type Block, drawn } from "../notebook/drawn.ts";

/** Which series, and how much of them is drawn. */
export interface GapsOptions extends GapsFilter {
  /** Draw also what was filled, and days without a usual session. Default: false. */
  readonly all?: boolean;
}

/** What is expected, there and missing, and why. */
export interface GapsReport {
  /** Whose it is. */
  readonly series: readonly SeriesGaps[];
  /** Gaps that a later run may fill. */
  readonly open: number;
  /** Bars that are neither there nor in a gap. */
  readonly unexplained: number;
}

/**
 * What of all providers is missing and may be filled by a later run; none where nothing was ever
 * fetched. The result draws itself, in one line.
 */
export async function openGapsOf(
  config: Config,
  metadata: () => Promise<MetadataStore>,
): Promise<Gap[]> {
  const isThere = config.metadata !== "" || exists(metadataPath(config));
  const open = isThere ? await (await metadata()).gaps.list({ state: "open" }) : [];
  return drawn(open, () => {
    if (open.length === 0) return ["gaps       none is open"];
    const series = new Set(open.map((gap) => nameOf(gap)));
    const counts = Map.groupBy(open, ({ reason }) => reason);
    const reasons = [...counts].map(([reason, { length }]) => `${number(length)} ${reason}`);
    return [
      `gaps       ${number(open.length)} open of ${number(series.size)} series ` +
      `(${reasons.join(", ")}): \`deno task gaps\``,
    ];
  });
}

/** Gaps that the page names. */
const ON_PAGE = 8;

/** The same for the page. */
export async function gapsForPage(
  config: Config,
  metadata: () => Promise<MetadataStore>,
): Promise<OpenGaps> {
  const open = await openGapsOf(config, metadata);
  const newest = open.toSorted((a, b) => b.noticedUs - a.noticedUs).slice(0, ON_PAGE);
  return {
    total: open.length,
    newest: newest.map(({ provider, symbol, interval, fromUs, toUs, reason, detail }) => ({
      ...{ provider, symbol, interval, reason, detail },
      from: fromUs / 1e6,
      to: toUs / 1e6,
    })),
  };
}

/** Gaps of a series that are drawn. */
const GAPS_SHOWN = 20;

/** Holds what was fetched against calendar and warehouse. The report draws itself. */
export async function gapsReport(parts: GapsParts, options: GapsOptions): Promise<GapsReport> {
  const series = await findGaps(parts, options);
  const report = {
    series,
    open: openGaps(series).length,
    unexplained: series.reduce((sum, one) => sum + one.unexplained.length, 0),
  };
  return drawn(report, () => blocksOf(report, parts.calendar, options.all ?? false));
}

function blocksOf(report: GapsReport, calendar: Calendar, all: boolean): Block[] {
  const { series } = report;
  if (series.length === 0) return ["nothing was fetched yet: `deno task ingest --source yahoo …`"];
  const head = ["series", "covered", "expected", "there", "missing", "open", "filled"];
  const rows = series.map((one) => [
    nameOf(one),
    one.covered
      ? `${minuteText(one.covered.fromUs)} to ${minuteText(one.covered.toUs)}`
      : "nothing",
    one.expected ?? "not known",
    one.there ?? "not known",
    one.expected === null || one.there === null ? "not known" : one.expected - one.there,
    one.gaps.filter(({ state }) => state === "open").length,
    one.filled.length,
  ]);
  return [
    { head, rows },
    ...series.flatMap((one) => detailOf(one, calendar, all)),
    verdictOf(report),
  ];
}

/** What is missing of a series, and why. */
function detailOf(one: SeriesGaps, calendar: Calendar, all: boolean): Block[] {
  const gaps = joined([...one.gaps, ...all ? one.filled : []]);
  const shown = all ? gaps : gaps.slice(0, GAPS_SHOWN);
  const more = gaps.length - shown.length;
  const rows = [
    ...shown.map((gap) => rowOf(gap, one, calendar)),
    ...one.unexplained.slice(0, GAPS_SHOWN).map((us) => [
      timeText(us, one.interval),
      "",
      1,
      "NOT EXPLAINED",
      "",
      "it is neither in the warehouse nor in the ledger",
    ]),
    ...(all ? one.explained : []).map(({ day, reason, name }) => [day, "", 0, reason, "", name]),
  ];
  if (rows.length === 0) return [];
  return [
    "",
    nameOf(one),
    { head: ["from", "to", "bars", "reason", "state", "why"], rows },
    ...(more > 0 ? [`and ${number(more)} more: --all shows them`] : []),
  ];
}

/** By time; what touches and says the same is one. */
function joined(gaps: readonly Gap[]): Gap[] {
  const rows: Gap[] = [];
  for (const gap of gaps.toSorted((a, b) => a.fromUs - b.fromUs)) {
    const last = rows.at(-1);
    const isOne = last && last.toUs >= gap.fromUs && last.reason === gap.reason &&
      last.state === gap.state && last.detail === gap.detail && last.filledBy === gap.filledBy;
    if (isOne) rows[rows.length - 1] = { ...last, toUs: Math.max(last.toUs, gap.toUs) };
    else rows.push(gap);
  }
  return rows;
}

function rowOf(gap: Gap, { interval, exchange }: SeriesGaps, calendar: Calendar): unknown[] {
  const state = gap.state === "filled" ? `filled by ${gap.filledBy}` : gap.state;
  return [
    timeText(gap.fromUs, interval),
    timeText(gap.toUs, interval),
    slotsIn(calendar, exchange, interval, gap) ?? "",
    gap.reason,
    state,
    gap.detail ?? REASONS[gap.reason],
  ];
}

/** To the minute: more is not asked of a table. */
function minuteText(us: number): string {
  return timeText(us, "1d").replace(/:\d\d(\.\d+)?Z$/, "Z");
}

function nameOf({ provider, symbol, interval }: Series): string {
  return `${provider} ${symbol} ${interval}`;
}

function verdictOf({ series, open, unexplained }: GapsReport): string {
  if (unexplained > 0) {
    return `NOT explained: ${number(unexplained)} bars are neither there nor in the ledger; ` +
      "`deno task ingest … --again` fetches them again";
  }
  const asked = series.some(({ there, expected }) => there !== null && expected !== null);
  const rest = open === 0 ? "" : `; ${number(open)} gaps are open: the next run asks again`;
  return asked
    ? `explained  every bar that is expected is there, or missing for the reason given${rest}`
    : `explained  by the ledger alone: no warehouse was asked${rest}`;
}
