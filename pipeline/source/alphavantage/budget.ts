/** The day's requests, kept in the metadata store for all who ask with the key. @module */
import type { Clock } from "../../clock.ts";
import type { MetadataStore } from "../../metadata/metadata.ts";
import type { Budget } from "../../provider/client.ts";
import { sha256 } from "../../sha256.ts";
import { ZONE } from "./series.ts";

/** Whose budget it is. */
export interface BudgetOptions {
  readonly provider: string;
  /** The key, and where it is used: only their hash is kept. */
  readonly who: string;
  readonly perDay: number;
  readonly metadata: Pick<MetadataStore, "requests">;
  readonly clock: Clock;
}

/** Counts requests of the provider's days, which begin at midnight in New York. */
export async function dailyBudget(options: BudgetOptions): Promise<Budget> {
  const { provider, who, perDay, metadata: { requests }, clock } = options;
  const keyHash = (await sha256(new TextEncoder().encode(who))).slice(0, 16);
  const now = () =>
    Temporal.Instant.fromEpochMilliseconds(Math.floor(clock.now())).toZonedDateTimeISO(ZONE);
  const today = () => ({ provider, keyHash, day: now().toPlainDate().toString() });
  return {
    take: () => requests.take(today(), perDay),
    giveBack: () => requests.refund(today()),
    spent: async () => {
      const left = perDay - await requests.used(today());
      if (left > 0) await requests.take(today(), perDay, left);
    },
    nextMs: () => now().add({ days: 1 }).startOfDay().epochMilliseconds,
  };
}
