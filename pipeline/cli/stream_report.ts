/** What a stream says at its end. @module */
import type { DeliveryCounts } from "../broker/broker.ts";
import type { Proof } from "../reconcile/reconcile.ts";
import { number } from "./console.ts";
import type { JourneyReport } from "./journey.ts";
import { records, showProof, waiting } from "./proof.ts";

/** Whether all that was read was taken, and is there exactly once. */
export function isProven(report: JourneyReport, proof: Proof): boolean {
  return proof.proven && leftIn(report).length === 0;
}

/** What was read, stored, loaded, left and proven, a line each. */
export function describeRun(
  report: JourneyReport,
  proof: Proof,
  sent: DeliveryCounts | undefined,
): string {
  const { read, lake, warehouse, snowflake } = report;
  const untaken = leftIn(report);
  const dead = Math.max(lake?.dead ?? 0, warehouse?.dead ?? 0, snowflake?.dead ?? 0);
  const left = waiting(proof);
  const ends = [lake && "the lake", warehouse && "the warehouse", snowflake && "Snowflake"]
    .filter(Boolean);
  const where = ends.length === 1 ? ends[0] : ends.length === 2 ? "both" : "all three";
  return [
    `read       ${number(read.accepted)} records, ${number(read.refused)} refused`,
    ...(sent ? [`sent       ${delivered(sent)}`] : []),
    ...(lake ? [`stored     ${number(lake.rows)} rows in the lake`] : []),
    ...(warehouse ? [`loaded     ${number(warehouse.rows)} rows into the warehouse`] : []),
    ...(snowflake ? [`loaded     ${number(snowflake.rows)} rows into Snowflake`] : []),
    ...(dead > 0 ? [`dead       ${number(dead)} records, kept with their reasons`] : []),
    ...untaken.map((text) => `NOT proven ${text}: start again to go on`),
    proof.proven && untaken.length > 0
      ? `compared   ${
        number(records(proof))
      } records that were taken: each exactly once in ${where}`
      : proof.proven
      ? `proven     ${number(records(proof))} records of this run, each exactly once in ${where}`
      : showProof(proof),
    ...(left > 0 ? [`waiting    ${number(left)} in the log, for the next start`] : []),
  ].join("\n");
}

/** What each sink left in the log, in words. */
function leftIn({ lake, warehouse, snowflake }: JourneyReport): string[] {
  const ends = [["the lake", lake], ["the warehouse", warehouse], [
    "Snowflake",
    snowflake,
  ]] as const;
  return ends.flatMap(([name, report]) =>
    report && report.left > 0
      ? [`${name} did not take ${number(report.left)} offsets of the log in time`]
      : []
  );
}

function delivered({ records, failed, retried }: DeliveryCounts): string {
  const counts = `${number(failed)} given up, ${number(retried)} requests sent again`;
  return `${number(records)} records acknowledged by the brokers, ${counts}`;
}
