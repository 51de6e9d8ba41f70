/** Requests that were used of a provider's daily budget, by all processes together. @module */
import { TickhouseError } from "../errors.ts";
import type { Access } from "./engine.ts";
import { checkedDay } from "./range.ts";

/** Whose budget, and of which day. */
export interface Budget {
  /** As rows and the ledger name it, such as "yahoo". */
  readonly provider: string;
  /** Hash of the key: the key itself is kept nowhere. */
  readonly keyHash: string;
  /** In the provider's own day zone, `YYYY-MM-DD`. */
  readonly day: string;
}

/** The requests. */
export interface Requests {
  /** Takes `n` (default 1) of the day's `limit`; false, and takes none, where they do not fit. */
  take(budget: Budget, limit: number, n?: number): Promise<boolean>;
  /** Taken so far. */
  used(budget: Budget): Promise<number>;
  /** Gives back what was not used, down to none. */
  refund(budget: Budget, n?: number): Promise<void>;
}

/** Requests in the store's tables. */
export class StoredRequests implements Requests {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  async take(budget: Budget, limit: number, n = 1): Promise<boolean> {
    const row = { ...checked(budget), used: checkedCount("n", n) };
    checkedCount("limit", limit, 0);
    if (n > limit) return false;
    // One statement: whoever comes second sees what the first one took.
    const taken = await this.#access.ask((db) =>
      db.insertInto("requests").values(row).onConflict((on) =>
        on.columns(["provider", "keyHash", "day"])
          .doUpdateSet((is) => ({ used: is("requests.used", "+", n) }))
          .where("requests.used", "<=", limit - n)
      ).returning("used").executeTakeFirst()
    );
    return taken !== undefined;
  }

  async used(budget: Budget): Promise<number> {
    const { provider, keyHash, day } = checked(budget);
    const row = await this.#access.ask((db) =>
      db.selectFrom("requests").select("used").where("provider", "=", provider)
        .where("keyHash", "=", keyHash).where("day", "=", day).executeTakeFirst()
    );
    return row?.used ?? 0;
  }

  async refund(budget: Budget, n = 1): Promise<void> {
    const { provider, keyHash, day } = checked(budget);
    checkedCount("n", n);
    await this.#access.ask((db) =>
      db.updateTable("requests").set((is) => ({
        used: is.case().when("used", ">", n).then(is("used", "-", n)).else(0).end(),
      })).where("provider", "=", provider).where("keyHash", "=", keyHash).where("day", "=", day)
        .execute()
    );
  }
}

function checked({ provider, keyHash, day }: Budget): Budget {
  return { provider, keyHash, day: checkedDay("day", day) };
}

function checkedCount(field: string, count: number, least = 1): number {
  if (Number.isSafeInteger(count) && count >= least) return count;
  throw new TickhouseError("OPTION_INVALID", "is no number of requests", {
    field,
    value: count,
    fix: `use a whole number from ${least}`,
  });
}
