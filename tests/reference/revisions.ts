/** What came after a second had closed. @module */
import { type Kind, ruleOf } from "./conditions.ts";
import { type Fact, isAhead, isLive } from "./facts.ts";
import { SECOND, secondOf, type Time, type TradeRecord } from "./record.ts";
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

/** What was revised; a trade counts once for each second. */
export function revisedOf(
  data: ReferenceData,
  facts: readonly Fact[],
  closing: Closing,
): readonly Revised[] {
  const rows = new Map<string, Revised>();
  for (const fact of facts) {
    for (const [second, records] of secondsOf(fact)) {
      const late = revising(fact, second, records, closing);
      if (!late) continue;
      const { source, symbol } = fact;
      const counted = records.at(-1);
      const isThere = isLive(fact) && secondOf(fact.truth.at) === second;
      const { kind } = ruleOf(data, source, (isThere ? fact.truth : counted)?.conditions ?? null);
      const { partition, offset } = late;
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

/** The record by which a trade revises a second: that which changed it last, or brought it there. */
function revising(
  fact: Fact,
  second: Time,
  records: readonly TradeRecord[],
  closing: Closing,
): TradeRecord | undefined {
  return [fact.changes.at(-1), records[0]].find((record) =>
    record &&
    record.offset >
      closing.offset(fact.source, fact.symbol, record.partition, second + SECOND)
  );
}

/** The changes that brought a trade into each second in which it counted. */
function secondsOf(fact: Fact): ReadonlyMap<Time, TradeRecord[]> {
  return Map.groupBy(
    fact.changes.filter((record) => record.action !== "cancel"),
    (record) => secondOf(record.at),
  );
}

function keyOf(source: string, symbol: string, partition: number): string {
  return JSON.stringify([source, symbol, partition]);
}
