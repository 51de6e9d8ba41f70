/**
 * Ticks around the edges of trading days: both changes of daylight saving time, a half day, a
 * holiday, a weekend, a symbol that trades around the clock; repeated, late, corrected and moved.
 * @module
 */
import { literal } from "../../pipeline/sql/names.ts";

/** A trade on the wall clock of New York. */
interface Print {
  readonly day: string;
  readonly clock: string;
}

/** Hours that New York lies behind UTC on each of the days. */
const DAYS: readonly (readonly [day: string, hoursBehind: number])[] = [
  ["2025-03-07", 5], // The last session on winter time,
  ["2025-03-10", 4], // and the first one on summer time.
  ["2025-10-31", 4],
  ["2025-11-03", 5],
  ["2025-11-27", 5], // Thanksgiving: shut.
  ["2025-11-28", 5], // Half day, until 13:00.
  ["2025-11-29", 5], // Saturday.
];

/** Edges of the sessions, and moments within. */
const CLOCKS = [
  "04:00:00.000000",
  "09:29:59.999999",
  "09:30:00.000000",
  "09:30:00.000001",
  "12:59:59.999999",
  "13:00:00.000000",
  "15:59:59.999999",
  "16:00:00.000000",
  "19:59:30.500000",
  "23:59:59.999999",
];

/** Names of the columns that the rows have. */
const COLUMNS = "_topic, _partition, _offset, _ingest_time, symbol, price, size, event_time, " +
  "source, trade_id";

/** A statement that inserts the ticks, in two parts: what the second brings is late or corrects. */
export function tradingDays(part: 1 | 2): string {
  const prints = DAYS.flatMap(([day, behind]) => CLOCKS.map((clock) => ({ day, behind, clock })));
  const rows: string[] = [];
  let offset = part === 1 ? 0 : 100_000;
  const add = (symbol: string, id: string, price: number, at: string) =>
    rows.push(
      `('ticks', 9, ${offset}, '2026-01-05 00:00:00.${String(offset++ % 1e6).padStart(6, "0")}', ${
        literal(symbol)
      }, ${price}, 10, '${at}', 'finnhub', '${symbol}-${id}')`,
    );
  for (const symbol of ["AAPL", "IBM", "BTC-USD"]) {
    prints.forEach(({ day, behind, clock }, i) => {
      const at = utc({ day, clock }, behind);
      if (part === 1 && i % 7 !== 3) add(symbol, `${i}`, 100 + i % 13, at);
      if (part === 1 && i % 5 === 0) add(symbol, `${i}`, 100 + i % 13, at); // Again.
      if (part === 2 && i % 7 === 3) add(symbol, `${i}`, 99 + i % 3, at); // Late.
      if (part === 2 && i % 11 === 0) add(symbol, `${i}`, 120 + i % 5, at); // Another price.
      if (part === 2 && i % 23 === 1) {
        add(symbol, `${i}`, 101, utc({ day, clock: "11:00:00" }, behind));
      }
    });
  }
  return `INSERT INTO bronze.ticks (${COLUMNS}) VALUES\n${rows.join(",\n")}`;
}

/** As SQL has it. */
function utc({ day, clock }: Print, hoursBehind: number): string {
  const [time = "", fraction = "000000"] = clock.split(".");
  const ms = Date.parse(`${day}T${time}Z`) + hoursBehind * 3_600_000;
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")}.${fraction}`;
}
