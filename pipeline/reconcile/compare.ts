/** What is said of sides that do not agree. @module */
import { type Contents, type Day, equalDecimals, NO_DAY } from "./contents.ts";
import { describeLost, isLost } from "../stream/standing.ts";
import { firstDifference } from "./narrow.ts";
import type { Side } from "./side.ts";

/** Differences of days that are named; the rest is counted. */
const DAYS_SHOWN = 10;

/** Offsets of a partition. */
interface Range {
  readonly partition: number;
  readonly from: number;
  readonly until: number;
}

/** What a side holds of a range. */
interface Held {
  readonly side: Side;
  readonly held: Contents;
}

/** A side, and how far it is. */
export interface Stand {
  readonly side: Side;
  readonly position: number;
  /** How far it was when the log last noted that; 0 if it never did. */
  readonly noted: number;
}

/** The same, and the offsets it gave up as dead letters. */
export interface Taken extends Stand {
  readonly dead: ReadonlySet<number>;
}

/** What a side holds: before the log's beginning, where all sides have something, and in all. */
export interface Counted extends Taken {
  readonly before: Contents;
  readonly common: Contents;
  readonly whole: Contents;
}

/** What it had taken, it still has: the log notes how far each sink is. */
export function checkRemoved(
  { side, position, noted }: Stand,
  { topic, partition, earliest }: { topic: string; partition: number; earliest: number },
): string[] {
  const standing = { sink: side.name, topic, partition, position, taken: noted };
  return isLost(standing) ? [describeLost(standing, { earliest })] : [];
}

/** Each offset at most once; and where the log still holds the first one compared, none missing. */
export function checkWhole(
  log: Counted,
  sink: Counted,
  { start, earliest, next }: { start: number; earliest: number; next: number },
): string[] {
  const { position, whole, dead } = sink;
  const found: string[] = [];
  if (position > next) found.push(`stands at ${position}, beyond the log's end ${next}`);
  // One at 0 may never have come to this log.
  if (position > 0 && position < earliest) {
    found.push(`stands at ${position}, and the log has dropped what follows, up to ${earliest}`);
  }
  if (whole.rows !== whole.distinct) found.push(`${whole.rows - whole.distinct} rows twice`);
  const logHasNoGaps = earliest === start && log.whole.rows === log.position - start;
  const passed = Math.max(0, position - start);
  const missing = passed - whole.rows - countBelow(dead, start, position);
  if (logHasNoGaps && missing > 0) found.push(`${missing} of ${passed} records missing`);
  return found;
}

/** The same valid rows as in the log, wherever both hold them. */
export async function compareCommon(
  log: Counted,
  sink: Counted,
  { partition, from, until }: Range,
): Promise<string[]> {
  if (until <= from) return [];
  const found: string[] = [];
  const valid = log.common.rows - countBelow(sink.dead, from, until);
  if (sink.common.rows !== valid) {
    const range = `offsets ${from} up to ${until}`;
    found.push(`${sink.common.rows} rows in ${range}, the log has ${valid} that are valid`);
  }
  const [mine, theirs] = [
    { side: log.side, held: log.common },
    { side: sink.side, held: sink.common },
  ];
  return [...found, ...await compareAll(mine, theirs, { partition, from, until }, "in the log")];
}

/** What the log no longer holds, from where each sink has its first row: the sinks agree. */
export async function compareBefore(
  partition: number,
  sinks: readonly Counted[],
  earliest: number,
): Promise<string[]> {
  const [one, ...others] = sinks.filter((sink) => sink.before.first !== null);
  const found: string[] = [];
  for (const other of others) {
    if (one) found.push(...await compareTwo(partition, one, other, earliest));
  }
  return found;
}

async function compareTwo(
  partition: number,
  one: Counted,
  other: Counted,
  earliest: number,
): Promise<string[]> {
  const from = Math.max(one.before.first ?? 0, other.before.first ?? 0);
  const until = Math.min(earliest, one.position, other.position);
  if (from >= until) return [];
  const within = async ({ side, before, position }: Counted) =>
    before.first === from && Math.min(earliest, position) === until
      ? before
      : await side.contents(partition, from, until);
  const [mine, theirs] = [await within(one), await within(other)];
  const range = `offsets ${from} up to ${until}`;
  const found = mine.rows === theirs.rows
    ? []
    : [`${theirs.rows} rows in ${range}, the ${one.side.name} has ${mine.rows}`];
  found.push(
    ...await compareAll(
      { side: one.side, held: mine },
      { side: other.side, held: theirs },
      { partition, from, until },
      `in the ${one.side.name}`,
    ),
  );
  return found.map((text) => `${other.side.name}: ${text}`);
}

/** Offsets in [from, to). */
export function countBelow(offsets: ReadonlySet<number>, from: number, to: number): number {
  return [...offsets].filter((offset) => offset >= from && offset < to).length;
}

/** Ends, sums and hash of all, and rows, sums and hash of each day. */
async function compareAll(
  { side: one, held: expected }: Held,
  { side: other, held: found }: Held,
  { partition, from, until }: Range,
  where: string,
): Promise<string[]> {
  const days = [...new Set([...Object.keys(found.days), ...Object.keys(expected.days)])].sort();
  const wrong = days.flatMap((day) =>
    compareDay(found.days[day] ?? NO_DAY, expected.days[day] ?? NO_DAY, where)
      .map((text) => `${day}: ${text}`)
  );
  const more = wrong.length > DAYS_SHOWN ? [`and ${wrong.length - DAYS_SHOWN} more by day`] : [];
  const differ = compareHash(found, expected, where);
  if (differ.length > 0) {
    const at = await firstDifference(one, other, partition, from, until);
    differ.push(`${differ.pop()}; first at offset ${at}`);
  }
  return [
    ...compareEnds(found, expected, where),
    ...compareSums(found.sums, expected.sums, where),
    ...differ,
    ...wrong.slice(0, DAYS_SHOWN),
    ...more,
  ];
}

/** The first and the last valid row; a log's own ends may be records that are none. */
function compareEnds(found: Contents, expected: Contents, where: string): string[] {
  const [mine, theirs] = [endsOf(found), endsOf(expected)];
  return (["first", "last"] as const).flatMap((end) =>
    mine[end] === theirs[end]
      ? []
      : [`the ${end} row is ${nameOf(mine[end])}, ${where} ${nameOf(theirs[end])}`]
  );
}

function endsOf({ days }: Contents): { first: number | undefined; last: number | undefined } {
  const offsets = Object.values(days).flatMap(({ first, last }) => [first, last])
    .filter((offset) => offset !== null);
  if (offsets.length === 0) return { first: undefined, last: undefined };
  return { first: Math.min(...offsets), last: Math.max(...offsets) };
}

function nameOf(offset: number | undefined): string {
  return offset === undefined ? "none" : `at offset ${offset}`;
}

/** Where rows or sums differ, so does the hash: then it says nothing more. */
function compareDay(found: Day, expected: Day, where: string): string[] {
  const rows = found.rows === expected.rows
    ? []
    : [`${found.rows} rows, ${where} ${expected.rows}`];
  const counts = [...rows, ...compareSums(found.sums, expected.sums, where)];
  return counts.length > 0 ? counts : compareHash(found, expected, where);
}

function compareHash(found: Day, expected: Day, where: string): string[] {
  if (found.hash === expected.hash) return [];
  return [`contents differ: hash ${found.hash}, ${where} ${expected.hash}`];
}

function compareSums(found: Day["sums"], expected: Day["sums"], where: string): string[] {
  const names = new Set([...Object.keys(found), ...Object.keys(expected)]);
  return [...names].flatMap((name) => {
    const [one = "0", other = "0"] = [found[name], expected[name]];
    return equalDecimals(one, other) ? [] : [`sum of ${name} is ${one}, ${where} ${other}`];
  });
}
