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
  const counting = ranked(records.filter((record) => !isAhead(record)));
  const changes = counting.filter(({ rank }, i) =>
    counting.slice(0, i).every((earlier) => earlier.rank <= rank)
  ).map(({ record }) => record);
  const says = (of: readonly Ranked[]) => highest(of.filter(({ record }) => !isCancel(record)));
  // Of what is set aside the latest version is kept; of a cancel of nothing, the cancel.
  const versions = ranked(records).map(({ record }) => ({ record, rank: 0n }));
  const truth = says(counting) ?? says(versions) ?? highest(counting);
  if (!truth) throw new Error("a trade without records");
  const { source, symbol, id } = truth;
  const first = changes.findIndex((record) => !isCancel(record));
  return {
    ...{ source, symbol, id, records, truth },
    changes: first < 0 ? [] : changes.slice(first),
    isCancelled: isCancel(highest(counting)),
    isSetAside: counting.length === 0,
  };
}

/** A version, where it first came, and the sequence that it stands by. */
interface Ranked {
  readonly record: TradeRecord;
  readonly rank: bigint;
}

/** Versions in the order of arrival; one without a sequence stands with the highest before it. */
function ranked(records: readonly TradeRecord[]): Ranked[] {
  const known = new Set<string>();
  let highest = -1n;
  return records.flatMap((record) => {
    const version = versionOf(record);
    if (known.has(version)) return [];
    known.add(version);
    const { sequence } = record;
    if (sequence !== null && sequence > highest) highest = sequence;
    return [{ record, rank: sequence ?? highest }];
  });
}

/** That of the highest rank; of equal ones that which came last. */
function highest(versions: readonly Ranked[]): TradeRecord | undefined {
  return versions.reduce<Ranked | undefined>(
    (best, version) => best && best.rank > version.rank ? best : version,
    undefined,
  )?.record;
}

function isCancel(record: TradeRecord | undefined): boolean {
  return record?.action === "cancel";
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
