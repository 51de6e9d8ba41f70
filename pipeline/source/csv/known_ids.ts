/** The ids that a file gives its trades: which trade each names, and whether it names only one. @module */
import { isOfAnother } from "./action.ts";
import { hash32, IdTable, type Remembered } from "./id_table.ts";
import { dayOf } from "./time.ts";

/** Ids that are compared at least; of a longer file the last ones. */
const IDS_MAX = 6_000_000;
const US_PER_DAY = 86_400_000_000;
/** Stands for several days. */
const SEVERAL = 0;
/** An id that already has its day in front. */
const DATED = /^\d{4}-\d\d-\d\d\//;

/** What ids of a file are made of. */
export interface IdForm {
  /** Whether a number begins again each day, so that its day is part of it. */
  readonly byDay: boolean;
  /** Whether an id is unique to its venue only, so that the venue is part of it. */
  readonly byVenue: boolean;
}

/** A row, as far as it says which trade it is of. */
export interface IdOf {
  readonly symbol: string;
  /** As it stands in the file. */
  readonly id: string;
  /** Empty if not told, or no part of the id. */
  readonly venue: string;
  /** Microseconds. */
  readonly us: number;
  /** Empty if not told. */
  readonly action: string;
  /** Empty if not told. */
  readonly sequence: string;
  readonly price: string;
  readonly size: string;
}

/** Rows of a kind: how many, and where the first one begins. */
export interface RowsSeen {
  readonly count: number;
  readonly line: number;
}

/** What comes of a row: the id of its trade, or which fault it has. */
export type Named = { readonly id: string } | { readonly fault: IdFault };
/** It names two trades; it is of one of several days, or of no venue; a newer version came before. */
export type IdFault = "two trades" | "several days" | "no venue" | "older version";

/** The id of a trade as it is stored: with its day in UTC and its venue in front, where they count. */
export function wholeId({ byDay, byVenue }: IdForm, id: string, venue: string, us: number): string {
  if (DATED.test(id)) return id;
  const placed = byVenue && venue !== "" ? `${venue}/${id}` : id;
  return byDay && isNumber(id) ? `${dayText(us)}/${placed}` : placed;
}

/** The text of the day last asked for: neighbours have the same. */
let last = { day: NaN, text: "" };

function dayText(us: number): string {
  const day = Math.floor(us / US_PER_DAY);
  if (day !== last.day) last = { day, text: dayOf(day * US_PER_DAY) ?? "" };
  return last.text;
}

/**
 * Remembers what the ids of a file stand for, so that none stands for two trades unseen. Rows with
 * one id are versions of one trade where they say so: by their action, or by sequences that differ.
 */
export class KnownIds {
  readonly form: IdForm;
  /** Rows that are later versions by their sequence. */
  versions: RowsSeen = { count: 0, line: 0 };
  /** Cancels and corrections of a trade of an earlier day. */
  earlier: RowsSeen = { count: 0, line: 0 };
  /** Cancels and corrections of no trade that was seen. */
  unmatched: RowsSeen = { count: 0, line: 0 };
  /** By symbol and whole id: the trade, odd while its next version is not known, and its sequence. */
  readonly #trades: IdTable;
  /** By symbol, venue and id: the days that have it. */
  readonly #days: IdTable;
  readonly #hasActions: boolean;
  readonly #newestFirst: boolean;

  /** `idsMax`: so many are compared at least. */
  constructor(form: IdForm, hasActions: boolean, newestFirst = false, idsMax = IDS_MAX) {
    this.form = form;
    this.#newestFirst = newestFirst;
    this.#hasActions = hasActions;
    this.#trades = new IdTable(idsMax);
    this.#days = new IdTable(idsMax);
  }

  /** Whether ids were so many that the first ones are no longer compared. */
  get forgetful(): boolean {
    return this.#trades.forgetful || this.#days.forgetful;
  }

  /** Takes the next row, which begins on that line, unless it has a fault. */
  take(row: IdOf, line: number): Named {
    const id = wholeId(this.form, row.id, row.venue, row.us);
    return isOfAnother(row.action)
      ? this.#takeVersion(row, id, line)
      : this.#takeTrade(row, id, line);
  }

  #takeTrade(row: IdOf, id: string, line: number): Named {
    const key = `${row.symbol}\n${id}`;
    const trade = tradeOf(row);
    const place = this.#placeOf(row);
    const before = this.#trades.get(key);
    if (before === undefined || before.a % 2 === 1) {
      if (this.#isOlder(row, before)) return { fault: "older version" };
      this.#trades.set(key, trade, place);
      this.#noteDay(row);
    } else if (before.a !== trade) {
      const told = row.sequence !== "" && before.b !== 0 && place !== before.b;
      if (!told) return { fault: "two trades" };
      this.versions = more(this.versions, line);
    }
    return { id };
  }

  #takeVersion(row: IdOf, own: string, line: number): Named {
    let id = own;
    let before = this.#trades.get(`${row.symbol}\n${id}`);
    if (before === undefined && this.form.byVenue && row.venue === "" && !DATED.test(row.id)) {
      return { fault: "no venue" };
    }
    if (before === undefined) {
      const day = this.#earlierDay(row);
      if (day === "several days") return { fault: day };
      if (day !== undefined) {
        id = wholeId(this.form, row.id, row.venue, day * US_PER_DAY);
        before = this.#trades.get(`${row.symbol}\n${id}`);
        this.earlier = more(this.earlier, line);
      } else this.unmatched = more(this.unmatched, line);
    }
    if (this.#isOlder(row, before)) return { fault: "older version" };
    const key = `${row.symbol}\n${id}`;
    if (before === undefined) this.#trades.set(key, tradeOf(row) + 1, this.#placeOf(row));
    else if (row.action === "cancel") this.#trades.set(key, before.a | 1, before.b);
    return { id };
  }

  /** Whether the row is an older version of what came before, and only its place says so. */
  #isOlder(row: IdOf, before: Remembered | undefined): boolean {
    return this.#newestFirst && row.sequence === "" && before !== undefined &&
      before.b !== this.#placeOf(row);
  }

  /** A number for the sequence, or for the time where the file goes back in it; 0 without either. */
  #placeOf({ sequence, us }: IdOf): number {
    if (sequence !== "") return hash32(sequence) || 1;
    return this.#newestFirst ? hash32(`at ${us}`) || 1 : 0;
  }

  /** The only day before the row's that has its number. */
  #earlierDay(row: IdOf): number | "several days" | undefined {
    const days = this.#isDated(row) ? this.#days.get(numberOf(row)) : undefined;
    if (days === undefined) return undefined;
    if (days.a === SEVERAL) return "several days";
    return days.a < Math.floor(row.us / US_PER_DAY) ? days.a : undefined;
  }

  #noteDay(row: IdOf): void {
    if (!this.#hasActions || !this.#isDated(row)) return;
    const day = Math.floor(row.us / US_PER_DAY);
    const before = this.#days.get(numberOf(row));
    if (before?.a === day || before?.a === SEVERAL) return;
    this.#days.set(numberOf(row), before === undefined ? day : SEVERAL);
  }

  #isDated({ id }: IdOf): boolean {
    return this.form.byDay && isNumber(id);
  }
}

function isNumber(id: string): boolean {
  return /^\d+$/.test(id);
}

function numberOf({ symbol, venue, id }: IdOf): string {
  return `${symbol}\n${venue}\n${id}`;
}

/** An even number for time, price and size. */
function tradeOf({ us, price, size }: IdOf): number {
  return (hash32(`${us} ${price} ${size}`) & ~1) >>> 0;
}

function more({ count, line }: RowsSeen, here: number): RowsSeen {
  return { count: count + 1, line: count === 0 ? here : line };
}
