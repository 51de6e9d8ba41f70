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
  return fetched.map((action) => ({ source, symbol, ...action }));
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
  { adjustment, origin, receivedUs }: ActionConstants,
): RecordsBeside {
  const values = actions.map(({ exDate, ...action }) =>
    JSON.stringify({
      ...action,
      ex_date: exDate,
      adjustment: action.kind === "split" ? null : adjustment,
      origin,
      receive_time: receivedUs,
    })
  );
  const key = actions[0]?.symbol ?? "";
  return { dataset, records: [{ key, values: Packed.from(values) }] };
}
