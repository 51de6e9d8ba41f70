/** Which ranges were asked for, and what the provider said. @module */
import type { Access } from "./engine.ts";
import type { Series } from "./metadata.ts";
import { checkedRange, checkedTime, type Range, subtract } from "./range.ts";

/** Records came; the provider answered that there are none; it did not answer. */
export type Outcome = "received" | "empty" | "refused";

/** A range that was asked for. */
export interface Asked extends Series, Range {
  /** When it was asked, microseconds since 1970 UTC. */
  readonly askedUs: number;
  /** What came. */
  readonly outcome: Outcome;
  /** Of the answer, in `bodies`; null where none was kept. */
  readonly sha256: string | null;
}

/** What was asked. */
export interface Coverage {
  /** Notes it; the same question at the same time replaces what was noted. */
  add(asked: Asked): Promise<void>;
  /** What was asked of a series, also where it only overlaps the range; in order of time asked. */
  list(series: Series, range?: Range): Promise<Asked[]>;
  /** What of the range the provider never answered. */
  unanswered(series: Series, range: Range): Promise<Range[]>;
}

/** Coverage in the store's tables. */
export class StoredCoverage implements Coverage {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  async add(asked: Asked): Promise<void> {
    const { provider, symbol, interval, outcome, sha256 } = asked;
    const askedUs = checkedTime("askedUs", asked.askedUs);
    const row = { provider, symbol, interval, ...checkedRange(asked), askedUs, outcome, sha256 };
    await this.#access.ask((db) =>
      db.insertInto("coverage").values(row).onConflict((on) =>
        on.columns(["provider", "symbol", "interval", "fromUs", "toUs", "askedUs"])
          .doUpdateSet({ outcome, sha256 })
      ).execute()
    );
  }

  async list({ provider, symbol, interval }: Series, range?: Range): Promise<Asked[]> {
    const within = range && checkedRange(range);
    const rows = await this.#access.ask((db) =>
      db.selectFrom("coverage").selectAll().where("provider", "=", provider)
        .where("symbol", "=", symbol).where("interval", "=", interval)
        .$if(
          within !== undefined,
          (all) =>
            all.where("fromUs", "<", within?.toUs ?? 0).where("toUs", ">", within?.fromUs ?? 0),
        )
        .orderBy("askedUs").orderBy("fromUs").orderBy("toUs").execute()
    );
    return rows.map((row) => ({ ...row, outcome: row.outcome as Outcome }));
  }

  async unanswered(series: Series, range: Range): Promise<Range[]> {
    const asked = await this.list(series, range);
    return subtract(range, asked.filter(({ outcome }) => outcome !== "refused"));
  }
}
