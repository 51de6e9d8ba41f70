/** Records of one trade, and what they come to. @module */
import { type TradeRecord } from "./record.ts";
import { SECOND } from "./record.ts";

/** How far the time of a record may lie ahead of its arrival. */
const AHEAD_SECONDS = 3600;

/** A trade. */
export interface Fact {
  readonly source: string;
  readonly symbol: string;
  readonly id: string;
  /** All of its records in the order of their arrival. */
  readonly records: readonly TradeRecord[];
  /** Those by which it changed, the first included. Empty if nothing that counts came. */
  readonly changes: readonly TradeRecord[];
  /** The record that counts, if only as one that is set aside. */
  readonly truth: TradeRecord;
  readonly isCancelled: boolean;
  readonly isSetAside: boolean;
}

/** Whether it counts in gold. */
export function isLive(fact: Fact): boolean {
  return !fact.isCancelled && !fact.isSetAside;
}

/** The trades that the records tell of. */
export function factsOf(records: readonly TradeRecord[]): readonly Fact[] {
  const byKey = Map.groupBy(records, (r) => JSON.stringify([r.source, r.symbol, r.id]));
  return [...byKey.values()].map((own) => factOf([...own].sort(byArrival)));
}

/** Whether the time of a record lies too far ahead of its arrival. A cancel needs no time. */
export function isAhead(record: TradeRecord): boolean {
  const arrived = record.received ?? record.ingested;
  return record.action !== "cancel" && record.at > arrived + AHEAD_SECONDS * SECOND;
}

function factOf(records: readonly TradeRecord[]): Fact {
  const counting = records.filter((record) => !isAhead(record));
  const changes = changesOf(counting);
  const truth = changes.at(-1) ?? changesOf(records).at(-1);
  if (!truth) throw new Error("a trade without records");
  const { source, symbol, id } = truth;
  return {
    ...{ source, symbol, id, records, changes, truth },
    isCancelled: truth.action === "cancel",
    isSetAside: counting.length === 0,
  };
}

/** The records that became the truth when they came, in the order of their arrival. */
function changesOf(records: readonly TradeRecord[]): TradeRecord[] {
  const known = new Set<string>();
  const changes: TradeRecord[] = [];
  for (const record of records) {
    const version = versionOf(record);
    if (known.has(version)) continue;
    known.add(version);
    const truth = changes.at(-1);
    if (!truth || (record.sequence ?? -1n) >= (truth.sequence ?? -1n)) changes.push(record);
  }
  return changes;
}

/** Records with equal values are one version; null is as new. */
function versionOf(r: TradeRecord): string {
  const action = r.action ?? "new";
  const values = [r.price, r.size, r.at, r.side, r.sequence, r.signed, r.conditions, r.venue];
  return JSON.stringify([...values, r.currency, action].map((v) => v === null ? null : String(v)));
}

function byArrival(a: TradeRecord, b: TradeRecord): number {
  return a.ingested - b.ingested || a.partition - b.partition || a.offset - b.offset;
}
