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
  /** Those by which it changed, from the first that is no cancel on. Empty if nothing counts. */
  readonly changes: readonly TradeRecord[];
  /** What it says: the version that counts, or would if nothing had taken it back. */
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

/**
 * Whether the time of a record lies too far ahead of its arrival, which is not after it was written.
 * A cancel needs no time.
 */
export function isAhead(record: TradeRecord): boolean {
  const arrived = Math.min(record.received ?? record.ingested, record.ingested);
  return record.action !== "cancel" && record.at > arrived + AHEAD_SECONDS * SECOND;
}

function factOf(records: readonly TradeRecord[]): Fact {
  const versions = versionsOf(records);
  const counting = versions.filter(({ record }) => !isAhead(record));
  const changes = counting.filter((version, i) =>
    counting.slice(0, i).every((earlier) => !stands(earlier, version))
  ).map(({ record }) => record);
  const truth = highest(versions);
  const said = highest(versions.filter(({ record }) => !isCancel(record))) ?? truth;
  if (!said) throw new Error("a trade without records");
  const { source, symbol, id } = said;
  const first = changes.findIndex((record) => !isCancel(record));
  return {
    ...{ source, symbol, id, records, truth: said },
    changes: first < 0 ? [] : changes.slice(first),
    isCancelled: isCancel(truth),
    isSetAside: counting.length === 0,
  };
}

/** A version, and what it stands by. */
interface Version {
  readonly record: TradeRecord;
  /** How many withdrawals had come: of what came before the last one nothing counts. */
  readonly era: number;
  /** The sequence that it stands by; -1 without one, -2 if it is set aside. */
  readonly rank: bigint;
}

/**
 * The versions by where they came first, or came first as what counts. One without a sequence stands
 * with the highest before it.
 */
function versionsOf(records: readonly TradeRecord[]): Version[] {
  const firsts = new Map<string, { readonly record: TradeRecord; readonly era: number }>();
  let era = 0;
  for (const record of records) {
    if (isWithdrawal(record)) era++;
    const key = JSON.stringify([era, isWithdrawal(record), valuesOf(record)]);
    const known = firsts.get(key);
    if (known && (!isAhead(known.record) || isAhead(record))) continue;
    // Behind what came since.
    firsts.delete(key);
    firsts.set(key, { record, era });
  }
  const highest = new Map<number, bigint>();
  return [...firsts.values()].map(({ record, era }) => {
    if (isAhead(record)) return { record, era, rank: -2n };
    if (isWithdrawal(record)) return { record, era, rank: -1n };
    const before = highest.get(era) ?? -1n;
    const rank = record.sequence ?? before;
    highest.set(era, rank > before ? rank : before);
    return { record, era, rank };
  });
}

/** Whether a version stands against a later one. */
function stands(version: Version, later: Version): boolean {
  return version.era > later.era || (version.era === later.era && version.rank > later.rank);
}

/** That which counts of these; of equal ones that which came last. */
function highest(versions: readonly Version[]): TradeRecord | undefined {
  return versions.reduce<Version | undefined>(
    (best, version) => best && stands(best, version) ? best : version,
    undefined,
  )?.record;
}

function isCancel(record: TradeRecord | undefined): boolean {
  return record?.action === "cancel";
}

/** A withdrawal is a cancel whose origin says so. */
function isWithdrawal(record: TradeRecord): boolean {
  return record.origin === "#withdrawn";
}

/** Records with equal values are one version; an action of null is as new. */
function valuesOf(r: TradeRecord): readonly (string | null)[] {
  const values = [r.price, r.size, r.at, r.side, r.sequence, r.signed, r.conditions, r.venue];
  return [...values, r.currency, r.action ?? "new"].map((v) => v === null ? null : String(v));
}

function byArrival(a: TradeRecord, b: TradeRecord): number {
  return a.ingested - b.ingested || a.partition - b.partition || a.offset - b.offset;
}
