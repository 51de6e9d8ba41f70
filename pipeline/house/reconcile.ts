/** The proof as a report. @module */
import type { Broker } from "../broker/broker.ts";
import { number } from "../console.ts";
import type { EndContext } from "../ends/end.ts";
import { drawn } from "../notebook/drawn.ts";
import { type Proof, reconcile } from "../reconcile/reconcile.ts";
import type { SideOf } from "../reconcile/side.ts";
import type { GapsReport } from "./gaps.ts";
import { dayBlocks, proofBlocks, records } from "./proof.ts";

/** What to compare. */
export interface ReconcileOptions {
  /** Only this dataset. Default: all that are carried. */
  readonly dataset?: string;
  /** Draw each day of event time too. Default: false. */
  readonly byDay?: boolean;
  /** Say also what was never fetched and why, by the ledger of gaps. Default: false. */
  readonly explain?: boolean;
}

/** The proof, and how much it is a proof of: `proven` is false where nothing was compared. */
export interface ReconcileReport extends Proof {
  /** Records that were compared: with none, nothing is proven. */
  readonly compared: number;
  /** Records of the log that have no checksum, of an earlier version. */
  readonly unchecked: number;
  /** What feeds did not bring, and why; left out unless it was asked for. */
  readonly gaps?: GapsReport;
}

/** Compares the datasets of the context. The report draws itself. */
export async function prove(
  { codec, datasets }: EndContext,
  broker: Broker,
  ends: readonly SideOf[],
  { byDay = false }: ReconcileOptions,
  gaps?: GapsReport,
): Promise<ReconcileReport> {
  const proof = await reconcile({ broker, codec, datasets, ends });
  const unchecked = datasets.reduce((sum, { topic }) => sum + broker.unchecked(topic), 0);
  const compared = records(proof);
  const proven = proof.proven && compared > 0;
  const report = { ...proof, proven, compared, unchecked, ...(gaps ? { gaps } : {}) };
  return drawn(report, () => [
    ...byDay ? dayBlocks(proof) : [],
    ...proofBlocks(proof),
    ...gaps ? ["", String(gaps)] : [],
  ]);
}

/** What is to be said of records without checksums; undefined if there are none. */
export function noteUnchecked({ unchecked }: ReconcileReport): string | undefined {
  if (unchecked === 0) return undefined;
  return `note       ${number(unchecked)} records of the log are of a version without checksums: ` +
    "what the sinks had not taken of them could have changed unseen";
}
