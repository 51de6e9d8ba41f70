/** Splits and payouts, as each source tells them. @module */
import { TickhouseError } from "../errors.ts";
import type { Access } from "./engine.ts";
import { checkedDay, checkedTime } from "./range.ts";
import type { Tables } from "./tables.ts";

/** What happened. */
export type ActionKind = "split" | "dividend" | "capital_gain";

/** A split or a payout, as one source tells it. */
export interface CorporateAction {
  /** Who tells it. */
  readonly source: string;
  /** As the source writes it. */
  readonly symbol: string;
  /** First day without it, `YYYY-MM-DD`. */
  readonly exDate: string;
  /** What happened. */
  readonly kind: ActionKind;
  /** Decimal digits: new shares for an old one, or money a share. */
  readonly amount: string;
  /** Null for splits. */
  readonly currency: string | null;
}

/** One version of it. */
export interface ActionVersion extends CorporateAction {
  /** From 1; the highest counts. */
  readonly version: number;
  /** When this version was seen first. */
  readonly seenUs: number;
}

/** What a list of actions brought. */
export interface ActionNews {
  /** That were not there before. */
  readonly added: readonly ActionVersion[];
  /** Corrections, with what was there before. */
  readonly changed: readonly { readonly before: ActionVersion; readonly after: ActionVersion }[];
}

/** Which actions; without anything all. */
export interface ActionFilter {
  /** Who tells it. */
  readonly source?: string;
  /** As the provider writes it. */
  readonly symbol?: string;
  /** All versions, not only those that count. Default: false. */
  readonly versions?: boolean;
}

/** The corporate actions. */
export interface Actions {
  /** Keeps what is new or differs, all or nothing. Throws `OPTION_INVALID`, `RANGE_INVALID`. */
  upsert(actions: readonly CorporateAction[], seenUs: number): Promise<ActionNews>;
  /** By source, symbol, day and kind; versions ascending. */
  list(filter?: ActionFilter): Promise<ActionVersion[]>;
}

/** Actions in the store's tables. */
export class StoredActions implements Actions {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  async upsert(actions: readonly CorporateAction[], seenUs: number): Promise<ActionNews> {
    checkedTime("seenUs", seenUs);
    const all = actions.map(checked);
    const added: ActionVersion[] = [];
    const changed: { before: ActionVersion; after: ActionVersion }[] = [];
    if (all.length === 0) return { added, changed };
    await this.#access.change(["actions"], async (db) => {
      for (const action of all) {
        const before = await db.selectFrom("actions").selectAll()
          .where("source", "=", action.source).where("symbol", "=", action.symbol)
          .where("exDate", "=", action.exDate).where("kind", "=", action.kind)
          .orderBy("version", "desc").limit(1).executeTakeFirst();
        if (before && isSame(before, action)) continue;
        const after = { ...action, version: (before?.version ?? 0) + 1, seenUs };
        await db.insertInto("actions").values(after).execute();
        if (before) changed.push({ before: toVersion(before), after });
        else added.push(after);
      }
    });
    return { added, changed };
  }

  async list(filter: ActionFilter = {}): Promise<ActionVersion[]> {
    const { source, symbol, versions = false } = filter;
    const rows = await this.#access.ask((db) => {
      let found = db.selectFrom("actions").selectAll();
      if (source !== undefined) found = found.where("source", "=", source);
      if (symbol !== undefined) found = found.where("symbol", "=", symbol);
      return found.orderBy("source").orderBy("symbol").orderBy("exDate").orderBy("kind")
        .orderBy("version").execute();
    });
    const all = rows.map(toVersion);
    return versions ? all : all.filter((one, i) => all[i + 1]?.version !== one.version + 1);
  }
}

function toVersion(row: Tables["actions"]): ActionVersion {
  return { ...row, kind: row.kind as ActionKind };
}

/** Whether they say the same: `1.50` is `1.5`. */
function isSame(
  a: Pick<CorporateAction, "amount" | "currency">,
  b: Pick<CorporateAction, "amount" | "currency">,
): boolean {
  return plain(a.amount) === plain(b.amount) && a.currency === b.currency;
}

function plain(amount: string): string {
  const [whole = "", fraction = ""] = amount.split(".");
  return `${whole.replace(/^0+(?=\d)/, "")}.${fraction.replace(/0+$/, "")}`;
}

function checked(action: CorporateAction): CorporateAction {
  const { source, symbol, kind, amount, currency } = action;
  const exDate = checkedDay("exDate", action.exDate);
  if (/^\d{1,18}(\.\d{1,18})?$/.test(amount) && /[1-9]/.test(amount)) {
    return { source, symbol, exDate, kind, amount, currency };
  }
  throw new TickhouseError("OPTION_INVALID", `is no amount of ${symbol}'s ${kind}`, {
    field: "amount",
    value: amount,
    fix: "use decimal digits above 0, without an exponent",
  });
}
