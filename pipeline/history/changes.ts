/** What an answer says otherwise than those before it. @module */
import type { Range } from "../metadata/range.ts";
import { isSame, type TimedBar } from "./bar.ts";
import type { Step } from "./plan.ts";
import type { Reading } from "./reading.ts";

/** A bar as it goes into the log. */
export interface ChangedBar extends TimedBar {
  /** Whether the provider has taken it back. */
  readonly isCancelled?: true;
}

/** What is new. */
export interface Changes {
  /** Ascending. */
  readonly rows: readonly ChangedBar[];
  readonly added: number;
  /** New versions of bars that could not change any more. */
  readonly revised: number;
  readonly cancelled: number;
}

/**
 * What is new in the reading against the last bars of those before it: bars that were not there, that
 * are over now, or differ by more than digits; and bars that could still change and are gone.
 * `missing` is what was not there of what is told again.
 */
export function changesOf(
  tail: readonly TimedBar[],
  { bars, settledUs }: Reading,
  kind: Step["kind"] = "later",
  missing: readonly Range[] = [],
): Changes {
  // What is told again counts again, also behind a withdrawal.
  const before = new Map(
    kind === "again" || kind === "gap" ? [] : tail.map((bar) => [bar.openUs, bar]),
  );
  const rows: ChangedBar[] = [];
  let fresh = 0;
  let revised = 0;
  for (const bar of bars) {
    const earlier = before.get(bar.openUs);
    if (!earlier) fresh++;
    else {
      before.delete(bar.openUs);
      if (isSame(earlier, bar)) continue;
      if (!earlier.provisional) revised++;
    }
    rows.push(bar);
  }
  // Those that are left are not there any more.
  const gone = [...before.values()].filter(({ openUs, provisional }) =>
    provisional && openUs < settledUs
  ).map((bar): ChangedBar => ({ ...bar, isCancelled: true }));
  if (gone.length > 0) {
    rows.push(...gone);
    rows.sort((a, b) => a.openUs - b.openUs);
  }
  // What is covered was there, though nobody remembers what it said, but for what was missing.
  const there = kind === "again" ? fresh - bars.filter(isIn(missing)).length : 0;
  return { rows, added: fresh - there, revised: revised + there, cancelled: gone.length };
}

function isIn(ranges: readonly Range[]): (bar: TimedBar) => boolean {
  return ({ openUs }) => ranges.some(({ fromUs, toUs }) => openUs >= fromUs && openUs < toUs);
}
