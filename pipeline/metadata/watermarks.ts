/** How far each series is fetched. @module */
import { TickhouseError } from "../errors.ts";
import type { Access } from "./engine.ts";
import type { Series } from "./metadata.ts";
import { checkedRange, checkedTime, type Range } from "./range.ts";

/** What of a series is covered, without a hole. */
export interface Watermark extends Series, Range {
  /** Time of the last record; null if none came yet. */
  readonly lastTimeUs: number | null;
  /** When it was told last, microseconds since 1970 UTC. */
  readonly updatedUs: number;
}

/** The watermarks. */
export interface Watermarks {
  /** That of a series. */
  get(series: Series): Promise<Watermark | undefined>;
  /** All, or those of a provider. */
  list(provider?: string): Promise<Watermark[]>;
  /**
   * Adds a range to what is covered, and returns all of it. `toUs` only moves forward; to add what
   * lies before, say the range from there up to the present `toUs`. Throws `WATERMARK_BACK`, and
   * `WATERMARK_HOLE` where the range does not touch what is covered.
   */
  advance(watermark: Watermark): Promise<Watermark>;
  /** Puts it in the place of what there is, also backwards; undefined removes it. */
  replace(series: Series, watermark: Omit<Watermark, keyof Series> | undefined): Promise<void>;
}

/** Watermarks in the store's tables. */
export class StoredWatermarks implements Watermarks {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  async get({ provider, symbol, interval }: Series): Promise<Watermark | undefined> {
    return await this.#access.ask((db) =>
      db.selectFrom("watermarks").selectAll().where("provider", "=", provider)
        .where("symbol", "=", symbol).where("interval", "=", interval).executeTakeFirst()
    );
  }

  async list(provider?: string): Promise<Watermark[]> {
    return await this.#access.ask((db) =>
      db.selectFrom("watermarks").selectAll()
        .$if(provider !== undefined, (all) => all.where("provider", "=", provider ?? ""))
        .orderBy("provider").orderBy("symbol").orderBy("interval").execute()
    );
  }

  async advance(given: Watermark): Promise<Watermark> {
    const added = checked(given);
    const { provider, symbol, interval } = added;
    return await this.#access.change(["watermarks", provider, symbol, interval], async (db) => {
      const found = await db.selectFrom("watermarks").selectAll().where("provider", "=", provider)
        .where("symbol", "=", symbol).where("interval", "=", interval).executeTakeFirst();
      if (!found) {
        await db.insertInto("watermarks").values(added).execute();
        return added;
      }
      const moved = {
        ...{ provider, symbol, interval },
        ...together(found, added),
        lastTimeUs: latest(found.lastTimeUs, added.lastTimeUs),
        updatedUs: added.updatedUs,
      };
      await db.updateTable("watermarks").set(moved).where("provider", "=", provider)
        .where("symbol", "=", symbol).where("interval", "=", interval).execute();
      return moved;
    });
  }

  async replace(series: Series, put: Omit<Watermark, keyof Series> | undefined): Promise<void> {
    const { provider, symbol, interval } = series;
    const row = put && checked({ ...put, provider, symbol, interval });
    await this.#access.change(["watermarks", provider, symbol, interval], async (db) => {
      await db.deleteFrom("watermarks").where("provider", "=", provider)
        .where("symbol", "=", symbol).where("interval", "=", interval).execute();
      if (row) await db.insertInto("watermarks").values(row).execute();
    });
  }
}

function checked({ provider, symbol, interval, ...rest }: Watermark): Watermark {
  const { lastTimeUs } = rest;
  return {
    ...{ provider, symbol, interval },
    ...checkedRange(rest),
    lastTimeUs: lastTimeUs === null ? null : checkedTime("lastTimeUs", lastTimeUs),
    updatedUs: checkedTime("updatedUs", rest.updatedUs),
  };
}

function together(found: Watermark, added: Watermark): Range {
  const field = `${found.provider} ${found.symbol} ${found.interval}`;
  if (added.toUs < found.toUs) {
    throw new TickhouseError("WATERMARK_BACK", `it stands at ${found.toUs} already`, {
      field,
      value: added.toUs,
      fix: "read it again and go on from there; to begin again, replace it",
    });
  }
  if (added.fromUs > found.toUs) {
    throw new TickhouseError("WATERMARK_HOLE", `what is covered ends at ${found.toUs}`, {
      field,
      value: added.fromUs,
      fix: "fetch what lies between first, or replace it",
    });
  }
  return { fromUs: Math.min(found.fromUs, added.fromUs), toUs: added.toUs };
}

function latest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? a ?? b : Math.max(a, b);
}
