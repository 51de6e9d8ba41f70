/** What a stream says at its end. @module */
import type { DeliveryCounts } from "../broker/broker.ts";
import { number } from "../console.ts";
import { type Block, drawn } from "../notebook/drawn.ts";
import type { Proof } from "../reconcile/reconcile.ts";
import type { EndReport, JourneyReport } from "./journey.ts";
import { describeFault } from "./models.ts";
import { deadIn, proofBlocks, records, waiting } from "./proof.ts";
import { HINT, readLines, refusalOf } from "./read_report.ts";

/** What a run did, and whether it is proven. */
export interface RunReport extends JourneyReport {
  /** Of the client of a broker elsewhere. */
  readonly deliveries?: DeliveryCounts;
  /** What was compared, from where the run began. */
  readonly proof: Proof;
  /**
   * Whether all that was read was taken, and is at each end exactly once; false for a run that
   * refused all that came, stored nothing but dead letters, or had models that failed their tests.
   */
  readonly proven: boolean;
}

/** Whether something was accepted, if anything came, and all of it is there exactly once. */
export function isProven(report: JourneyReport, proof: Proof): boolean {
  return proof.proven && leftIn(report).length === 0 && failuresOf(report).length === 0;
}

/** The report, which draws itself. */
export function runReport(report: RunReport): RunReport {
  return drawn(report, () => runBlocks(report));
}

/** What was read, stored, loaded, left and proven, a line each. */
function runBlocks(report: RunReport): Block[] {
  const { read, ends, proof, deliveries: sent } = report;
  const dead = Math.max(0, ...ends.map((end) => end.dead));
  const left = waiting(proof);
  return [
    ...readLines(read),
    ...(sent ? [`sent       ${delivered(sent)}`] : []),
    ...ends.map(describeTaken),
    ...(dead > 0 ? [`dead       ${letters(dead)}, kept with their reasons: ${HINT}`] : []),
    ...verdictOf(report),
    ...(left > 0 ? [`waiting    ${number(left)} in the log, for the next start`] : []),
  ];
}

/** What a run comes to. One in which nothing was good proves nothing, whatever was compared. */
function verdictOf(report: RunReport): Block[] {
  const { ends, proof } = report;
  const untaken = leftIn(report).map((text) => `NOT proven ${text}: start again to go on`);
  const failed = failuresOf(report);
  if (!proof.proven) return [...untaken, ...failed, ...proofBlocks(proof)];
  const compared = records(proof);
  const where = whereOf(ends);
  if (untaken.length + failed.length > 0) {
    const taken = `${number(compared)} records that were taken: each exactly once in ${where}`;
    return [...untaken, ...failed, ...(compared > 0 ? [`compared   ${taken}`] : [])];
  }
  if (isIdle(report)) return ["nothing    no record came, so there is nothing to compare"];
  const dead = deadIn(proof);
  const what = dead === 0
    ? `${number(compared)} records of this run`
    : `${number(compared - dead)} rows and ${letters(dead)} of this run`;
  return [`proven     ${what}, each exactly once in ${where}`];
}

/** Whether no record came, from the feed or out of the log. */
function isIdle({ read, ends, proof }: RunReport): boolean {
  const taken = ends.reduce((sum, { rows, dead }) => sum + rows + dead, 0);
  return read.accepted + read.refused + taken + records(proof) === 0;
}

/** Why a run in which records came was none to be content with. */
function failuresOf({ read, ends, modelFaults = [] }: JourneyReport): string[] {
  const lettersOnly = ends.filter(({ rows, dead }) => rows === 0 && dead > 0)
    .map(({ spoken, dead }) => `failed     ${spoken} got nothing but ${letters(dead)}`);
  return [...refusalOf(read), ...lettersOnly, ...modelFaults.map(describeFault)];
}

function describeTaken({ spoken, took, rows, dead }: EndReport): string {
  const { verb, where } = took ?? { verb: "loaded", where: `into ${spoken}` };
  const beside = dead > 0 ? `, and ${letters(dead)}` : "";
  return `${verb.padEnd(11)}${number(rows)} rows ${where}${beside}`;
}

function letters(count: number): string {
  return count === 1 ? "1 dead letter" : `${number(count)} dead letters`;
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
