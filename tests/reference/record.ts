/** A record of a trade as bronze has it. @module */
import type { Decimal } from "./decimal.ts";

/** Microseconds since 1970, UTC. */
export type Time = number;

export const SECOND: Time = 1_000_000;
export const MINUTE: Time = 60 * SECOND;
export const HOUR: Time = 60 * MINUTE;
export const DAY: Time = 24 * HOUR;

/** One record; a trade has one or more. */
export interface TradeRecord {
  readonly partition: number;
  readonly offset: number;
  readonly ingested: Time;
  readonly source: string;
  readonly symbol: string;
  readonly id: string;
  readonly price: Decimal;
  readonly size: Decimal | null;
  readonly at: Time;
  readonly side: string | null;
  readonly sequence: bigint | null;
  readonly signed: string | null;
  readonly action: string | null;
  readonly conditions: string | null;
  readonly venue: string | null;
  readonly currency: string | null;
  readonly received: Time | null;
  readonly origin: string | null;
}

/** As the warehouse writes it, without zeros at its end. */
export function timeText(time: Time): string {
  const ms = Math.floor(time / 1000);
  const us = String(time - ms * 1000).padStart(3, "0");
  return new Date(ms).toISOString().replace("T", " ").replace("Z", us).replace(/\.?0+$/, "");
}

/** The start of the second that holds a time. */
export function secondOf(time: Time): Time {
  return Math.floor(time / SECOND) * SECOND;
}
