/** What is missing, why, and what became of it. @module */
import type { Transaction } from "kysely";
import type { Access } from "./engine.ts";
import type { Series } from "./metadata.ts";
import { checkedRange, checkedTime, intersection, type Range, subtract, touches } from "./range.ts";
import type { Tables } from "./tables.ts";

/** Why it is missing. What is closed by the exchange's calendar is not missing. */
export const GAP_REASONS = [
  "no_trade",
  "halt",
  "quota",
  "unknown_symbol",
  "provider_error",
  "disconnected",
  "stalled",
  "no_access",
  "not_asked",
] as const;

/** One of the reasons. */
export type GapReason = typeof GAP_REASONS[number];

/** `accepted`: nobody can fill it. */
export type GapState = "open" | "filled" | "accepted";

/** What was noticed. */
export interface Missing extends Series, Range {
  /** Why it is missing. */
  readonly reason: GapReason;
  /** More about it; null for nothing. */
  readonly detail: string | null;
  /** When it was noticed, microseconds since 1970 UTC. */
  readonly noticedUs: number;
}

/** A row of the ledger. */
export interface Gap extends Missing {
  /** Names the row. */
  readonly id: string;
  /** What became of it. */
  readonly state: GapState;
  /** When it was filled or accepted; null while it is open. */
  readonly closedUs: number | null;
  /** What filled it; null otherwise. */
  readonly filledBy: string | null;
}

/** Which gaps; without anything all. */
export interface GapFilter extends Partial<Series> {
  /** Why it is missing. */
  readonly reason?: GapReason;
  /** What became of it. */
  readonly state?: GapState;
  /** Those that overlap it. */
  readonly range?: Range;
  /** Default: all. */
  readonly limit?: number;
}

/** The ledger of gaps. */
export interface Gaps {
  /**
   * Notes what is missing, once: it becomes one with open gaps of the series that have its reason
   * and touch it. What was accepted stays so. Returns the open gaps that hold it.
   */
  open(missing: Missing): Promise<Gap[]>;
  /** Marks the range filled, whatever the reason; what sticks out stays. Returns what was filled. */
  fill(series: Series, range: Range, filledBy: string, nowUs: number): Promise<Gap[]>;
  /** Marks what is open in the range as what nobody can fill. Returns what was accepted. */
  accept(series: Series, range: Range, detail: string | null, nowUs: number): Promise<Gap[]>;
  /** By series and time. */
  list(filter?: GapFilter): Promise<Gap[]>;
}

/** Gaps in the store's tables. */
export class StoredGaps implements Gaps {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  async open(missing: Missing): Promise<Gap[]> {
    const { provider, symbol, interval, reason, detail } = missing;
    const range = checkedRange(missing);
    const noticedUs = checkedTime("noticedUs", missing.noticedUs);
    return await this.#change(missing, async (db) => {
      const live = await near(db, missing, range, ["open", "accepted"]);
      let open = live.filter((gap) => gap.state === "open" && gap.reason === reason);
      const accepted = live.filter(({ state }) => state === "accepted");
      const holding = new Map<string, Gap>();
      for (const part of subtract(range, accepted)) {
        const joined = open.filter((gap) => touches(gap, part));
        const [first, ...others] = [...joined].sort((a, b) => a.noticedUs - b.noticedUs);
        const all = [part, ...joined];
        const gap: Gap = {
          ...{ id: first?.id ?? crypto.randomUUID(), provider, symbol, interval, reason },
          fromUs: Math.min(...all.map(({ fromUs }) => fromUs)),
          toUs: Math.max(...all.map(({ toUs }) => toUs)),
          detail: detail ?? first?.detail ?? null,
          noticedUs: Math.min(noticedUs, first?.noticedUs ?? noticedUs),
          ...OPEN,
        };
        await remove(db, others);
        if (first) await db.updateTable("gaps").set(gap).where("id", "=", gap.id).execute();
        else await db.insertInto("gaps").values(gap).execute();
        open = [...open.filter((one) => !joined.includes(one)), gap];
        for (const { id } of others) holding.delete(id);
        holding.set(gap.id, gap);
      }
      return [...holding.values()].sort((a, b) => a.fromUs - b.fromUs);
    });
  }

  async fill(series: Series, range: Range, filledBy: string, nowUs: number): Promise<Gap[]> {
    // What is there is there, though it was given up.
    const closed = { state: "filled", filledBy, closedUs: checkedTime("nowUs", nowUs) } as const;
    return await this.#close(series, range, ["open", "accepted"], closed);
  }

  async accept(
    series: Series,
    range: Range,
    detail: string | null,
    nowUs: number,
  ): Promise<Gap[]> {
    const closedUs = checkedTime("nowUs", nowUs);
    const closed = { state: "accepted", closedUs, ...detail === null ? {} : { detail } } as const;
    return await this.#close(series, range, ["open"], closed);
  }

  async list(filter: GapFilter = {}): Promise<Gap[]> {
    const range = filter.range && checkedRange(filter.range);
    const rows = await this.#access.ask((db) => {
      let found = db.selectFrom("gaps").selectAll();
      for (const name of ["provider", "symbol", "interval", "reason", "state"] as const) {
        const wanted = filter[name];
        if (wanted !== undefined) found = found.where(name, "=", wanted);
      }
      if (range) found = found.where("fromUs", "<", range.toUs).where("toUs", ">", range.fromUs);
      found = found.orderBy("provider").orderBy("symbol").orderBy("interval").orderBy("fromUs")
        .orderBy("reason").orderBy("noticedUs").orderBy("id");
      if (filter.limit !== undefined) found = found.limit(filter.limit);
      return found.execute();
    });
    return rows.map(toGap);
  }

  /** Gives what of such gaps is in the range new values; the rest stays, in a row or two. */
  async #close(
    series: Series,
    given: Range,
    states: readonly GapState[],
    closed: Partial<Gap>,
  ): Promise<Gap[]> {
    const range = checkedRange(given);
    return await this.#change(series, async (db) => {
      const inside: Gap[] = [];
      for (const gap of await near(db, series, range, states)) {
        const part = intersection(gap, range);
        if (part.fromUs >= part.toUs) continue;
        const [rest, second] = subtract(gap, [part]);
        // What stays keeps the id.
        const id = rest ? crypto.randomUUID() : gap.id;
        const done: Gap = { ...gap, ...part, ...closed, id };
        inside.push(done);
        if (!rest) {
          await db.updateTable("gaps").set(done).where("id", "=", id).execute();
          continue;
        }
        await db.updateTable("gaps").set(rest).where("id", "=", gap.id).execute();
        const more = second ? [{ ...gap, ...second, id: crypto.randomUUID() }] : [];
        await db.insertInto("gaps").values([done, ...more]).execute();
      }
      return inside;
    });
  }

  async #change<T>(
    { provider, symbol, interval }: Series,
    work: (db: Transaction<Tables>) => Promise<T>,
  ): Promise<T> {
    return await this.#access.change(["gaps", provider, symbol, interval], work);
  }
}

const OPEN = { state: "open", closedUs: null, filledBy: null } as const;

/** Gaps of the series in these states that overlap the range or touch it, by time. */
async function near(
  db: Transaction<Tables>,
  { provider, symbol, interval }: Series,
  { fromUs, toUs }: Range,
  states: readonly GapState[],
): Promise<Gap[]> {
  const rows = await db.selectFrom("gaps").selectAll().where("provider", "=", provider)
    .where("symbol", "=", symbol).where("interval", "=", interval).where("state", "in", states)
    .where("fromUs", "<=", toUs).where("toUs", ">=", fromUs).orderBy("fromUs").orderBy("id")
    .execute();
  return rows.map(toGap);
}

async function remove(db: Transaction<Tables>, gaps: readonly Gap[]): Promise<void> {
  if (gaps.length === 0) return;
  await db.deleteFrom("gaps").where("id", "in", gaps.map(({ id }) => id)).execute();
}

function toGap(row: Tables["gaps"]): Gap {
  return { ...row, reason: row.reason as GapReason, state: row.state as GapState };
}
