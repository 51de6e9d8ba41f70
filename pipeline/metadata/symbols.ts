/** Which instrument a provider's symbol meant, and when. @module */
import { TickhouseError } from "../errors.ts";
import type { Access } from "./engine.ts";
import { checkedDay } from "./range.ts";
import type { Tables } from "./tables.ts";

/** A symbol while it means one instrument: META is another one before the 9th of June 2022. */
export interface SymbolReference {
  /** As rows and the ledger name it, such as "yahoo". */
  readonly provider: string;
  /** As the provider writes it. */
  readonly symbol: string;
  /** The same through changes of its symbol: FB and META are one. */
  readonly instrument: string;
  /** Market identifier code; null where nobody knows it. */
  readonly exchange: string | null;
  /** Of its prices; null where it is not told. */
  readonly currency: string | null;
  /** In words. */
  readonly name: string | null;
  /** First day, `YYYY-MM-DD`; null: since ever. */
  readonly validFrom: string | null;
  /** The day after the last; null: until further notice. */
  readonly validTo: string | null;
  /** Who says so. */
  readonly source: string;
}

/** The references. */
export interface Symbols {
  /** Adds one; the same again changes nothing. Throws `SYMBOL_OVERLAPS`, `RANGE_INVALID`. */
  add(reference: SymbolReference): Promise<void>;
  /** Ends what is valid on the day before: from `day` on the symbol means nothing, or another. */
  end(provider: string, symbol: string, day: string): Promise<void>;
  /** What it means on a day. */
  at(provider: string, symbol: string, day: string): Promise<SymbolReference | undefined>;
  /** What a provider calls an instrument on a day; ascending by symbol. */
  named(provider: string, instrument: string, day: string): Promise<SymbolReference[]>;
  /** All, of a provider or of one of its symbols, by symbol and time. */
  list(provider?: string, symbol?: string): Promise<SymbolReference[]>;
}

/** References in the store's tables. */
export class StoredSymbols implements Symbols {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  async add(reference: SymbolReference): Promise<void> {
    const added = checked(reference);
    const { provider, symbol } = added;
    await this.#access.change(["symbols", provider, symbol], async (db) => {
      const there = await db.selectFrom("symbols").selectAll().where("provider", "=", provider)
        .where("symbol", "=", symbol).execute();
      const other = there.find((one) => overlap(one, added));
      if (other && isSame(other, added)) return;
      if (other) throw overlaps(added, other);
      await db.insertInto("symbols").values({ ...added, id: crypto.randomUUID() }).execute();
    });
  }

  async end(provider: string, symbol: string, day: string): Promise<void> {
    const validTo = checkedDay("day", day);
    await this.#access.change(["symbols", provider, symbol], async (db) => {
      await db.updateTable("symbols").set({ validTo }).where("provider", "=", provider)
        .where("symbol", "=", symbol)
        .where((is) => is.or([is("validFrom", "is", null), is("validFrom", "<", day)]))
        .where((is) => is.or([is("validTo", "is", null), is("validTo", ">", day)])).execute();
    });
  }

  async at(provider: string, symbol: string, day: string): Promise<SymbolReference | undefined> {
    checkedDay("day", day);
    return (await this.list(provider, symbol)).find((one) => isValid(one, day));
  }

  async named(provider: string, instrument: string, day: string): Promise<SymbolReference[]> {
    checkedDay("day", day);
    const rows = await this.#access.ask((db) =>
      db.selectFrom("symbols").selectAll().where("provider", "=", provider)
        .where("instrument", "=", instrument).orderBy("symbol").execute()
    );
    return rows.map(toReference).filter((one) => isValid(one, day));
  }

  async list(provider?: string, symbol?: string): Promise<SymbolReference[]> {
    const rows = await this.#access.ask((db) => {
      let found = db.selectFrom("symbols").selectAll();
      if (provider !== undefined) found = found.where("provider", "=", provider);
      if (symbol !== undefined) found = found.where("symbol", "=", symbol);
      return found.orderBy("provider").orderBy("symbol").execute();
    });
    // Databases do not agree on where null stands.
    const from = ({ validFrom }: SymbolReference) => validFrom ?? "";
    const place = (one: SymbolReference) => `${one.provider}\n${one.symbol}\n`;
    return rows.map(toReference)
      .sort((a, b) =>
        place(a) === place(b) && from(a) > from(b) ? 1 : place(a) > place(b) ? 1 : -1
      );
  }
}

type Validity = Pick<SymbolReference, "validFrom" | "validTo">;

function isValid({ validFrom, validTo }: Validity, day: string): boolean {
  return (validFrom === null || validFrom <= day) && (validTo === null || day < validTo);
}

function overlap(a: Validity, b: Validity): boolean {
  const begins = (one: Validity, other: Validity) =>
    one.validFrom === null || other.validTo === null || one.validFrom < other.validTo;
  return begins(a, b) && begins(b, a);
}

function isSame(a: SymbolReference, b: SymbolReference): boolean {
  const text = (one: SymbolReference) => JSON.stringify(toReference(one));
  return text(a) === text(b);
}

function toReference(row: SymbolReference | Tables["symbols"]): SymbolReference {
  const { provider, symbol, instrument, exchange, currency, name, validFrom, validTo } = row;
  const { source } = row;
  return { provider, symbol, instrument, exchange, currency, name, validFrom, validTo, source };
}

function checked(reference: SymbolReference): SymbolReference {
  const { validFrom, validTo } = reference;
  if (validFrom !== null) checkedDay("validFrom", validFrom);
  if (validTo !== null) checkedDay("validTo", validTo);
  if (validFrom === null || validTo === null || validFrom < validTo) return toReference(reference);
  throw new TickhouseError("RANGE_INVALID", `ends before it begins, on ${validFrom}`, {
    field: "validTo",
    value: validTo,
    fix: "name the day after the last",
  });
}

function overlaps(added: SymbolReference, other: SymbolReference): TickhouseError {
  const span = ({ validFrom, validTo }: Validity) =>
    `from ${validFrom ?? "ever"} to ${validTo ?? "further notice"}`;
  return new TickhouseError(
    "SYMBOL_OVERLAPS",
    `it means ${other.instrument} ${span(other)}, and can't mean ${added.instrument} ${
      span(added)
    }`,
    {
      field: `${added.provider} symbol`,
      value: added.symbol,
      fix: "end the other one first, or correct the days",
    },
  );
}
