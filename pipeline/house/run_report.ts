/** What a stream says at its end. @module */
import type { DeliveryCounts } from "../broker/broker.ts";
import { number } from "../console.ts";
import { type Block, drawn } from "../notebook/drawn.ts";
import type { Proof } from "../reconcile/reconcile.ts";
import type { EndReport, JourneyReport } from "./journey.ts";
import { proofBlocks, records, waiting } from "./proof.ts";

/** What a run did, and whether it is proven. */
export interface RunReport extends JourneyReport {
  /** Of the client of a broker elsewhere. */
  readonly deliveries?: DeliveryCounts;
  /** What was compared, from where the run began. */
  readonly proof: Proof;
  /** Whether all that was read was taken, and is at each end exactly once. */
  readonly proven: boolean;
}

/** Whether all that was read was taken, and is there exactly once. */
export function isProven(report: JourneyReport, proof: Proof): boolean {
  return proof.proven && leftIn(report).length === 0;
}

/** The report, which draws itself. */
export function runReport(report: RunReport): RunReport {
  return drawn(report, () => runBlocks(report));
}

/** What was read, stored, loaded, left and proven, a line each. */
function runBlocks(report: RunReport): Block[] {
  const { read, ends, proof, deliveries: sent } = report;
  const untaken = leftIn(report);
  const dead = Math.max(0, ...ends.map((end) => end.dead));
  const left = waiting(proof);
  const where = whereOf(ends);
  const compared = number(records(proof));
  return [
    `read       ${number(read.accepted)} records, ${number(read.refused)} refused` +
    (read.skipped ? `, ${number(read.skipped)} messages skipped as declared` : ""),
    ...(sent ? [`sent       ${delivered(sent)}`] : []),
    ...ends.map(describeTaken),
    ...(dead > 0 ? [`dead       ${number(dead)} records, kept with their reasons`] : []),
    ...untaken.map((text) => `NOT proven ${text}: start again to go on`),
    ...proof.proven && untaken.length > 0
      ? [`compared   ${compared} records that were taken: each exactly once in ${where}`]
      : proof.proven
      ? [`proven     ${compared} records of this run, each exactly once in ${where}`]
      : proofBlocks(proof),
    ...(left > 0 ? [`waiting    ${number(left)} in the log, for the next start`] : []),
  ];
}

function describeTaken({ spoken, took, rows }: EndReport): string {
  const { verb, where } = took ?? { verb: "loaded", where: `into ${spoken}` };
  return `${verb.padEnd(11)}${number(rows)} rows ${where}`;
}

function whereOf(ends: readonly EndReport[]): string {
  const [first] = ends;
  if (!first || ends.length > 3) return `all ${ends.length}`;
  return [first.spoken, "both", "all three"][ends.length - 1] ?? "";
}

/** What each end left in the log, in words. */
function leftIn({ ends }: JourneyReport): string[] {
  return ends.filter(({ left }) => left > 0).map(({ spoken, left }) =>
    `${spoken} did not take ${number(left)} offsets of the log in time`
  );
}

function delivered({ records, failed, retried }: DeliveryCounts): string {
  const counts = `${number(failed)} given up, ${number(retried)} requests sent again`;
  return `${number(records)} records acknowledged by the brokers, ${counts}`;
}
