/** What came after a second had closed. @module */
import { type Kind, ruleOf } from "./conditions.ts";
import { type Fact, isAhead } from "./facts.ts";
import { SECOND, secondOf, type Time } from "./record.ts";
import type { ReferenceData } from "./reference_data.ts";

/** What a partition brought to a second after it had closed. */
export interface Revised {
  readonly source: string;
  readonly symbol: string;
  readonly second: Time;
  readonly kind: Kind;
  readonly partition: number;
  trades: number;
  /** Offset of the newest of these records. */
  newest: number;
}

/** When candles were closed: by the first record, by offset, of a second at or behind their end. */
export class Closing {
  readonly #firsts = new Map<string, Map<Time, number>>();

  /** Every record closes what lies before its time, but for a cancel, which needs no time. */
  constructor(facts: readonly Fact[]) {
    for (const record of facts.flatMap((fact) => fact.records)) {
      if (record.action === "cancel" || isAhead(record)) continue;
      const key = keyOf(record.source, record.symbol, record.partition);
      const firsts = this.#firsts.get(key) ?? new Map<Time, number>();
      this.#firsts.set(key, firsts);
      const second = secondOf(record.at);
      firsts.set(second, Math.min(firsts.get(second) ?? Infinity, record.offset));
    }
  }

  /** The offset that closed what ends at a time, in a partition; none if it is open. */
  offset(source: string, symbol: string, partition: number, end: Time): number {
    const firsts = this.#firsts.get(keyOf(source, symbol, partition)) ?? new Map<Time, number>();
    return Math.min(...[...firsts].filter(([second]) => second >= end).map(([, o]) => o));
  }
}

/** What was revised; a trade counts once for each second that it is in, or has counted in. */
export function revisedOf(
  data: ReferenceData,
  facts: readonly Fact[],
  closing: Closing,
): readonly Revised[] {
  const rows = new Map<string, Revised>();
  for (const { source, symbol, truth, changes } of facts) {
    // A corrected trade counts by its newest record.
    const newest = changes.at(-1);
    if (!newest) continue;
    const { partition, offset } = newest;
    const seconds = new Set(
      changes.filter(({ action }) => action !== "cancel").map(({ at }) => secondOf(at)),
    );
    for (const second of seconds) {
      if (offset <= closing.offset(source, symbol, partition, second + SECOND)) continue;
      const { kind } = ruleOf(data, source, truth.conditions);
      const key = JSON.stringify([source, symbol, second, kind, partition]);
      const row = rows.get(key) ??
        { source, symbol, second, kind, partition, trades: 0, newest: offset };
      row.trades++;
      row.newest = Math.max(row.newest, offset);
      rows.set(key, row);
    }
  }
  return [...rows.values()];
}

function keyOf(source: string, symbol: string, partition: number): string {
  return JSON.stringify([source, symbol, partition]);
}
