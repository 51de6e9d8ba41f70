/** Trades of one time in files that are newest first: they happened in the opposite order. @module */
import { cleanCell } from "./cell.ts";
import type { Records } from "./records.ts";

/** The order in which records are taken. */
export interface Turned {
  /** Index of the record that is taken in each place. */
  readonly order: Uint32Array;
  /** The records up to the last group, whose end may lie beyond the window. */
  readonly whole: number;
}

/** Turns each group of neighbours with one time around; `timeCell` is the index of their time. */
export function turned({ cells }: Records, timeCell: number): Turned {
  const timeOf = (index: number) => {
    const row = cells[index];
    return typeof row === "object" ? cleanCell(row[timeCell] ?? "") : undefined;
  };
  const order = new Uint32Array(cells.length);
  let from = 0;
  for (let end = 1; end <= cells.length; end++) {
    if (end < cells.length && timeOf(end) === timeOf(from)) continue;
    for (let i = from; i < end; i++) order[i] = end - 1 - (i - from);
    if (end === cells.length) return { order, whole: from };
    from = end;
  }
  return { order, whole: 0 };
}

/** The first so many records. */
export function firstOf({ cells, firstLine, nextLine }: Records, count: number): Records {
  return {
    cells: cells.slice(0, count),
    firstLine: firstLine.slice(0, count),
    nextLine: nextLine.slice(0, count),
  };
}
