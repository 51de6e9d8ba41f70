/** What a source's symbol is, and by whose days it trades. @module */
import { Calendar, type TradingDay } from "./calendar.ts";
import { isValid, type ReferenceData, type Row } from "./reference_data.ts";
import type { Time } from "./record.ts";

/** Instruments and calendars of symbols. */
export class Listings {
  readonly #data: ReferenceData;
  readonly #calendars = new Map<string, Calendar>();
  readonly #rows = new Map<string, readonly Row[]>();

  constructor(data: ReferenceData) {
    this.#data = data;
  }

  /**
   * The exchange that a symbol is traded by at a time, and its day: the last one that it is listed on
   * by then, once the days of the one before are over; the first one before all.
   */
  dayOf(source: string, symbol: string, time: Time): { calendar: Calendar; day: TradingDay } {
    const rows = this.#of(source, symbol)
      .toSorted((a, b) => (a.valid_from ?? "") < (b.valid_from ?? "") ? -1 : 1)
      .map((row) => ({ row, calendar: this.#calendar(source, row.exchange ?? "ALWAYS") }));
    const found = rows.findLast(({ row, calendar }, i) => {
      const before = rows[i - 1];
      return !before || calendar.dayOf(time).day >= (row.valid_from ?? "") &&
          before.calendar.dayOf(time).day >= (before.row.valid_to ?? "9999");
    });
    const calendar = found?.calendar ?? this.#calendar(source, "ALWAYS");
    return { calendar, day: calendar.dayOf(time) };
  }

  /** The instrument that a symbol is on a day; null if it is not listed then. */
  instrument(source: string, symbol: string, day: string): string | null {
    return this.#of(source, symbol).find((row) => isValid(row, day))?.instrument ?? null;
  }

  /** Other symbols of a source that were the instrument. */
  symbolsOf(source: string, instrument: string): readonly Row[] {
    return this.#symbologies(source).flatMap((symbology) =>
      this.#data.symbols.filter((r) => r.symbology === symbology && r.instrument === instrument)
    );
  }

  /** Shares on the day `to` for one on the day `from`: a numerator over units of 10^-18. */
  splits(source: string, symbol: string, from: string, to: string): readonly string[] {
    const instrument = this.instrument(source, symbol, to);
    const listed = this.#data.sources.find((row) => row.source === source);
    if (listed?.actions === "no" || instrument === null) return [];
    return this.#data.actions.filter((a) =>
      a.instrument === instrument && a.action === "split" &&
      from < (a.ex_date ?? "") && (a.ex_date ?? "") <= to
    ).map((a) => a.amount ?? "");
  }

  #calendar(source: string, exchange: string): Calendar {
    const listed = this.#data.sources.find((row) => row.source === source);
    const name = listed?.exchange ?? exchange;
    const known = this.#calendars.get(name) ?? new Calendar(this.#data, name);
    this.#calendars.set(name, known);
    return known;
  }

  #of(source: string, symbol: string): readonly Row[] {
    const key = JSON.stringify([source, symbol]);
    const known = this.#rows.get(key) ??
      this.#symbologies(source).flatMap((symbology) =>
        this.#data.symbols.filter((r) => r.symbology === symbology && r.symbol === symbol)
      );
    this.#rows.set(key, known);
    return known;
  }

  #symbologies(source: string): readonly string[] {
    const listed = this.#data.sources.find((row) => row.source === source);
    return [...new Set([source, ...(listed?.symbology ?? "").split(" ")])];
  }
}
