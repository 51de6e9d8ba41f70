/** `silver_trading_days` beside what exchange-calendars says. @module */
import { join } from "node:path";
import { literal } from "../../pipeline/sql/names.ts";
import { TempFolder } from "../../pipeline/testing.ts";
import type { Departure } from "./departures.ts";
import { python } from "./install.ts";
import type { TradingDays } from "./trading_days.ts";

/** Our exchange: the package's calendar, by its name or by the package's aliases. */
export const COMPARED: Readonly<Record<string, string>> = {
  ...{
    XNAS: "XNYS",
    XNYS: "XNYS",
    ARCX: "XNYS",
    XLON: "XLON",
    XETR: "XETR",
    XPAR: "XPAR",
    XAMS: "XAMS",
  },
  ...{ XSWX: "XSWX", XTKS: "XTKS", XHKG: "XHKG", XSHG: "XSHG", XTSE: "XTSE", XASX: "XASX" },
  ...{ XNSE: "XBOM", XKRX: "XKRX", CMES: "CMES", XNYM: "CMES", FX: "24/5", ALWAYS: "24/7" },
};

/** Its week is the package's; its days begin at 17:00 in New York, those there at midnight UTC. */
const SESSIONS_ONLY = "FX";

const SCRIPT = new URL("sessions.py", import.meta.url).pathname;
let printed: Promise<string> | undefined;

/** How many days were compared, and the fields that differ. */
export interface Comparison {
  readonly days: number;
  readonly differences: readonly Departure[];
}

/** Compares every day that the package knows from 2000 to 2027. */
export async function compare(days: TradingDays): Promise<Comparison> {
  printed ??= python(SCRIPT, ...new Set(Object.values(COMPARED)));
  using folder = new TempFolder();
  const file = join(folder.path, "sessions.csv");
  Deno.writeTextFileSync(file, await printed);
  const pairs = Object.entries(COMPARED).map((pair) => `(${pair.map(literal).join(", ")})`);
  await days.session.run(`CREATE OR REPLACE TEMP TABLE theirs AS
    SELECT * FROM read_csv(${literal(file)}, header = true, columns = {
      calendar: 'VARCHAR', day: 'DATE', open: 'TIMESTAMP', close: 'TIMESTAMP',
      break_start: 'TIMESTAMP', break_end: 'TIMESTAMP'});
    CREATE OR REPLACE TEMP TABLE pairs AS
    SELECT p.exchange, p.calendar, min(t.day) AS first, max(t.day) AS last,
      (SELECT min(e.time_zone) FROM silver.ref_exchanges AS e WHERE e.exchange = p.exchange) AS zone
    FROM (VALUES ${pairs.join(", ")}) AS p (exchange, calendar)
    INNER JOIN theirs AS t ON p.calendar = t.calendar GROUP BY ALL;
    CREATE OR REPLACE TEMP TABLE compared AS
    SELECT p.exchange, p.zone, d.trading_day AS day,
      t.open IS NOT NULL AS is_session, t.open, t.close, t.break_start, t.break_end,
      d.is_open AS our_is_session, d.open_at AS our_open, d.close_at AS our_close,
      d.break_start_at AS our_break_start, d.break_end_at AS our_break_end
    FROM pairs AS p
    INNER JOIN silver.silver_trading_days AS d
      ON d.exchange = p.exchange AND d.utc_date = CAST(d.day_start AS DATE)
      AND d.trading_day BETWEEN p.first AND p.last
    LEFT JOIN theirs AS t
      ON t.calendar = p.calendar AND t.day = d.trading_day AND t.open IS NOT NULL`);
  const clock = (column: string) =>
    `coalesce(strftime(convert_timezone('UTC', zone, ${column}), '%H:%M'), 'none')`;
  const times = ["open", "close", "break_start", "break_end"].map((field) =>
    `SELECT exchange, '${field}', ${clock(field)}, ${clock(`our_${field}`)}, day FROM compared
     WHERE is_session AND our_is_session AND exchange <> '${SESSIONS_ONLY}'
       AND ${field} IS DISTINCT FROM our_${field}`
  );
  const differences = await days.rows(`
    SELECT exchange, field, theirs, ours, count(*)::INTEGER, min(day), max(day) FROM (
      SELECT exchange, 'is_session' AS field, is_session::VARCHAR AS theirs,
        our_is_session::VARCHAR AS ours, day
      FROM compared WHERE is_session <> our_is_session
      UNION ALL ${times.join(" UNION ALL ")}
    ) GROUP BY ALL ORDER BY ALL`);
  const [[count] = []] = await days.rows("SELECT count(*)::INTEGER FROM compared");
  return { days: Number(count), differences: differences as unknown as readonly Departure[] };
}
