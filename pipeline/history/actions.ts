/** Splits and payouts that came with bars. @module */
import { Packed } from "../batch.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { CorporateAction } from "../metadata/actions.ts";
import type { MetadataStore } from "../metadata/metadata.ts";
import type { RecordsBeside } from "../source/source.ts";
import type { FetchedAction } from "./provider.ts";

/** The actions as a source tells them. */
export function toldActions(
  source: string,
  symbol: string,
  fetched: readonly FetchedAction[],
): CorporateAction[] {
  const byDay = new Map<string, CorporateAction>();
  for (const action of fetched) {
    const key = `${action.exDate} ${action.kind}`;
    const { amount = undefined } = byDay.get(key) ?? {};
    const isMoney = action.kind !== "split" && amount !== undefined;
    // Two payouts of a day are one: a share has lost both.
    const together = isMoney ? { amount: sumOf(amount, action.amount) } : {};
    byDay.set(key, { source, symbol, ...action, ...together });
  }
  return [...byDay.values()];
}

const SCALE = 18;

/** The sum of two plain decimals. */
function sumOf(a: string, b: string): string {
  const [x, y] = [a, b].map((text) => {
    const [whole = "0", fraction = ""] = text.split(".");
    return BigInt(whole + fraction.slice(0, SCALE).padEnd(SCALE, "0"));
  });
  const digits = ((x ?? 0n) + (y ?? 0n)).toString().padStart(SCALE + 1, "0");
  return `${digits.slice(0, -SCALE)}.${digits.slice(-SCALE)}`.replace(/\.?0+$/, "");
}

/** Those that the store does not have, or has otherwise. */
export async function newActions(
  metadata: Pick<MetadataStore, "actions">,
  told: readonly CorporateAction[],
): Promise<CorporateAction[]> {
  const [first] = told;
  if (!first) return [];
  const { source, symbol } = first;
  const known = await metadata.actions.list({ source, symbol });
  return told.filter((action) =>
    !known.some((one) =>
      one.exDate === action.exDate && one.kind === action.kind &&
      Number(one.amount) === Number(action.amount) && one.currency === action.currency
    )
  );
}

/** What all records of an answer have. */
export interface ActionConstants {
  readonly adjustment: "raw" | "splits";
  readonly origin: string;
  readonly receivedUs: number;
}

/** The actions as records of their dataset. */
export function actionRecords(
  dataset: Dataset,
  actions: readonly CorporateAction[],
  constants: ActionConstants,
): RecordsBeside {
  const values = actions.map((action) => actionRow(action, constants));
  const key = actions[0]?.symbol ?? "";
  return { dataset, records: [{ key, values: Packed.from(values) }] };
}

/** An action as a record. */
export function actionRow(
  { exDate, ...action }: CorporateAction,
  { adjustment, origin, receivedUs }: ActionConstants,
): string {
  return JSON.stringify({
    ...action,
    ex_date: exDate,
    adjustment: action.kind === "split" ? null : adjustment,
    origin,
    receive_time: receivedUs,
  });
}
