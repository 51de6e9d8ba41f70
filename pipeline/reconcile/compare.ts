/** What is said of sides that do not agree. @module */
import { type Contents, type Day, equalDecimals } from "./contents.ts";
import type { Side } from "./sides.ts";

/** Differences of days that are named; the rest is counted. */
const DAYS_SHOWN = 10;
const NO_DAY: Day = { rows: 0, sums: {} };

/** A side, how far it is, and the offsets it gave up as dead letters. */
export interface Taken {
  readonly side: Side;
  readonly position: number;
  readonly dead: ReadonlySet<number>;
}

/** What a side holds: before the log's beginning, where all sides have something, and in all. */
export interface Counted extends Taken {
  readonly before: Contents;
  readonly common: Contents;
  readonly whole: Contents;
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
  if (whole.rows !== whole.distinct) found.push(`${whole.rows - whole.distinct} rows twice`);
  const logHasNoGaps = earliest === start && log.whole.rows === log.position - start;
  const passed = Math.max(0, position - start);
  const missing = passed - whole.rows - countBelow(dead, start, position);
  if (logHasNoGaps && missing > 0) found.push(`${missing} of ${passed} records missing`);
  return found;
}

/** The same valid rows as in the log, wherever both hold them. */
export function compareCommon(log: Counted, sink: Counted, from: number, until: number): string[] {
  if (until <= from) return [];
  const found: string[] = [];
  const valid = log.common.rows - countBelow(sink.dead, from, until);
  if (sink.common.rows !== valid) {
    const range = `offsets ${from} up to ${until}`;
    found.push(`${sink.common.rows} rows in ${range}, the log has ${valid} that are valid`);
  }
  return [...found, ...compareAll(sink.common, log.common, "in the log")];
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
  found.push(...compareAll(theirs, mine, `in the ${one.side.name}`));
  return found.map((text) => `${other.side.name}: ${text}`);
}

/** Offsets in [from, to). */
export function countBelow(offsets: ReadonlySet<number>, from: number, to: number): number {
  return [...offsets].filter((offset) => offset >= from && offset < to).length;
}

/** Sums of all, and rows and sums of each day. */
function compareAll(found: Contents, expected: Contents, where: string): string[] {
  const days = [...new Set([...Object.keys(found.days), ...Object.keys(expected.days)])].sort();
  const wrong = days.flatMap((day) =>
    compareDay(found.days[day] ?? NO_DAY, expected.days[day] ?? NO_DAY, where)
      .map((text) => `${day}: ${text}`)
  );
  const more = wrong.length > DAYS_SHOWN ? [`and ${wrong.length - DAYS_SHOWN} more by day`] : [];
  return [
    ...compareSums(found.sums, expected.sums, where),
    ...wrong.slice(0, DAYS_SHOWN),
    ...more,
  ];
}

function compareDay(found: Day, expected: Day, where: string): string[] {
  const rows = found.rows === expected.rows
    ? []
    : [`${found.rows} rows, ${where} ${expected.rows}`];
  return [...rows, ...compareSums(found.sums, expected.sums, where)];
}

function compareSums(found: Day["sums"], expected: Day["sums"], where: string): string[] {
  const names = new Set([...Object.keys(found), ...Object.keys(expected)]);
  return [...names].flatMap((name) => {
    const [one = "0", other = "0"] = [found[name], expected[name]];
    return equalDecimals(one, other) ? [] : [`sum of ${name} is ${one}, ${where} ${other}`];
  });
}
