/** Dead letters as reports. @module */
import type { Broker } from "../broker/broker.ts";
import { number } from "../console.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { exportLetters } from "../dead/export.ts";
import type { DeadFilter } from "../dead/filter.ts";
import { type DeadList, type DeadRecord, listLetters } from "../dead/list.ts";
import { type Replay, replayLetters } from "../dead/replay.ts";
import { TickhouseError } from "../errors.ts";
import { type Block, drawn } from "../notebook/drawn.ts";
import type { RunReport } from "./run_report.ts";

/** What to list. */
export interface DeadOptions extends DeadFilter {
  /** Letters that are listed one by one, the latest. Default: 20. */
  readonly limit?: number;
}

/** What to export, and where. */
export interface DeadExportOptions extends DeadFilter {
  /** The file to write, of JSON lines; it must not be there. */
  readonly to: string;
}

/** What to append again. */
export interface DeadReplayOptions extends DeadFilter {
  /** Leave it to a stream, also of another process, to take what is appended. Default: false. */
  readonly logOnly?: boolean;
  /** Build the models as well. Default: true. */
  readonly models?: boolean;
}

/** What was written. */
export interface DeadExport {
  /** Letters in the file. */
  readonly count: number;
  /** The file. */
  readonly to: string;
}

/** What was appended again, and what came of it. */
export interface DeadReplay extends Replay {
  /** What the ends took; null where that was left to a stream. */
  readonly run: RunReport | null;
  /** Of what the ends took now, dead letters: what was refused again is among them. */
  readonly refused: number;
}

const LIMIT = 20;
const LIMIT_MAX = 100_000;
/** Reasons in a table; JSON has all. */
const REASONS_SHOWN = 20;
/** Characters of a reason in a table. */
const REASON_CHARS = 100;

/** Lists them. Throws `OPTION_INVALID`. The report draws itself. */
export async function listDead(
  broker: Broker | null,
  datasets: readonly Dataset[],
  { limit = LIMIT, ...filter }: DeadOptions,
): Promise<DeadList> {
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new TickhouseError("OPTION_INVALID", "is no number of letters", {
      field: "limit",
      value: limit,
      fix: `use a whole number from 1 to ${LIMIT_MAX}`,
    });
  }
  const nothing = { count: 0, replayed: 0, rows: 0, reasons: [], letters: [] };
  const list = broker ? await listLetters(broker, datasets, filter, limit) : nothing;
  return drawn(list, () => listBlocks(list));
}

/** Writes them into a file. The report draws itself. */
export async function exportDead(
  broker: Broker | null,
  datasets: readonly Dataset[],
  { to, ...filter }: DeadExportOptions,
): Promise<DeadExport> {
  const found = broker ? await listLetters(broker, datasets, filter, 1) : undefined;
  // No file is made of nothing.
  const count = broker && found && found.count > 0
    ? await exportLetters(broker, datasets, filter, to)
    : 0;
  return drawn({ count, to }, () => [
    count === 0 ? NOTHING : `exported   ${number(count)} dead letters into ${to}`,
  ]);
}

/** Appends them again, and lets `drain` take them into the ends. The report draws itself. */
export async function replayDead(
  broker: Broker | null,
  datasets: readonly Dataset[],
  { reason, topic }: DeadReplayOptions,
): Promise<Replay> {
  if (!broker) return { matched: 0, appended: 0, before: 0, rows: 0, impossible: [] };
  return await replayLetters(broker, datasets, {
    ...(reason === undefined ? {} : { reason }),
    ...(topic === undefined ? {} : { topic }),
  });
}

/** The replay with what the ends took. The report draws itself. */
export function replayReport(replay: Replay, run: RunReport | null): DeadReplay {
  const refused = Math.max(0, ...(run?.ends ?? []).map(({ dead }) => dead));
  const report = { ...replay, run, refused };
  return drawn(report, () => replayBlocks(report));
}

/** Whether all that matches was appended, and nothing of it refused again. */
export function isReplayGood({ appended, before, impossible, refused, run }: DeadReplay): boolean {
  const isTaken = run === null || run.proven;
  return appended + before > 0 && impossible.length === 0 && refused === 0 && isTaken;
}

const NOTHING = "no dead letters match";

function listBlocks(list: DeadList): Block[] {
  const { count, replayed, rows, reasons, letters } = list;
  if (count === 0) return ["no dead letters"];
  const more = reasons.length - REASONS_SHOWN;
  const messages = count - rows;
  const again = replayed > 0 ? `, ${number(replayed)} of them replayed` : "";
  return [
    `${number(count)} dead letters, each counted once, whoever gave it up${again}`,
    {
      head: ["letters", "topic", "reason"],
      rows: reasons.slice(0, REASONS_SHOWN).map((one) => [
        number(one.count),
        one.topics.join(", "),
        short(one.count === 1 ? one.example : one.reason),
      ]),
    },
    ...(more > 0 ? [`and ${number(more)} more reasons: --json has all`] : []),
    {
      head: ["from", "time", "tries", "state", "reason"],
      rows: letters.map((one) => [
        fromOf(one),
        one.time,
        one.tries,
        one.replayed ? "replayed" : "",
        short(one.reason),
      ]),
    },
    ...(letters.length < count ? [`the latest ${number(letters.length)}: --limit for more`] : []),
    ...(messages > replayed
      ? ["messages   after a fix `deno task dead replay` appends them again, each once"]
      : []),
    ...(rows > 0
      ? ["rows       of files: correct the file, then `deno task ingest --file … --again`"]
      : []),
  ];
}

function fromOf({ topic, partition, offset, source, line }: DeadRecord): string {
  return source === null ? `${topic}/${partition}/${offset}` : `${source} ${line ?? ""}`;
}

function short(reason: string): string {
  const { length } = reason;
  return length <= REASON_CHARS ? reason : `${reason.slice(0, REASON_CHARS - 1).toWellFormed()}…`;
}

function replayBlocks(report: DeadReplay): Block[] {
  const { matched, appended, before, rows, impossible, run, refused } = report;
  if (matched === 0) return [NOTHING];
  return [
    `replayed   ${number(appended)} dead letters were appended again` +
    (before > 0 ? `, ${number(before)} were before` : ""),
    ...(rows > 0
      ? [
        `left       ${number(rows)} rows of files, which are no messages: correct the file, then ` +
        "`deno task ingest --file … --again`",
      ]
      : []),
    ...impossible.map(({ place, reason }) => `left       ${place}: ${reason}`),
    ...(run ? [String(run)] : []),
    ...(refused > 0
      ? [`again      ${number(refused)} were refused, and are dead letters of their own now`]
      : []),
    ...(!run && appended > 0
      ? ["waiting    in the log: a running stream takes them, or `deno task stream --source none`"]
      : []),
  ];
}
