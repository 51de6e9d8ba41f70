/**
 * Where the models leave exchange-calendars 4.13.2 on purpose: the package has one lunch for all
 * years, one close for all products of CME, and no weekends. The rows of `ref_exchanges` and
 * `ref_holidays` that say so have another source. A difference that is not here is a fault, and so
 * is one that is here and no longer found.
 * @module
 */

/** Days on which a field differs: the clock of the exchange, there and here. */
export type Departure = readonly [
  exchange: string,
  field: string,
  theirs: string,
  ours: string,
  days: number,
  first: string,
  last: string,
];

/** All of them, as the comparison sorts them. */
export const DEPARTURES: readonly Departure[] = [
  // Globex pauses for an hour from 16:00 in Chicago; the package's session lasts until it reopens.
  ["CMES", "close", "17:00", "16:00", 7009, "2000-01-03", "2027-12-31"],
  // Xetra traded into the evening, as Deutsche Börse decided in 2000, and ended in November 2003.
  ["XETR", "close", "17:30", "20:00", 869, "2000-06-02", "2003-10-31"],
  // HKEX shortened its lunch in two steps; the package has the newest one for all years.
  ["XHKG", "break_end", "13:00", "13:30", 244, "2011-03-07", "2012-03-02"],
  ["XHKG", "break_end", "13:00", "14:30", 2744, "2000-01-03", "2011-03-04"],
  ["XHKG", "break_start", "12:00", "12:30", 2744, "2000-01-03", "2011-03-04"],
  // Sessions at weekends that NSE announced.
  ["XNSE", "is_session", "false", "true", 5, "2015-02-28", "2026-02-01"],
  ["XNYM", "close", "17:00", "16:00", 7009, "2000-01-03", "2027-12-31"],
  // Tokyo's morning lasted half an hour less until JPX extended it.
  ["XTKS", "break_start", "11:30", "11:00", 2919, "2000-01-04", "2011-11-18"],
];
