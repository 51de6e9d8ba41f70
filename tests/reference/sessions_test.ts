import { assert, assertEquals } from "@std/assert";
import { openCalendar } from "../../pipeline/calendar/open.ts";
import { TradingDays } from "../calendars/trading_days.ts";

const MODELLED = `SELECT trading_day, epoch_us(open_at)::DOUBLE, epoch_us(close_at)::DOUBLE,
    epoch_us(break_start_at)::DOUBLE, epoch_us(break_end_at)::DOUBLE
  FROM silver.silver_trading_days WHERE utc_date = CAST(day_start AS DATE) AND exchange = `;
/** Late opens, breaks of a day and days without one, of a calendar of their own, around a change of clocks. */
const PLANTED = [
  "XX,2025-03-28,Late,hours,600,1020,,,test",
  "XX,2025-03-31,Other break,hours,,1020,700,760,test",
  "XX,2025-04-01,No break,hours,,1020,0,0,test",
  "XX,2025-04-02,Morning,hours,,720,,,test",
  "XX,2025-04-03,Afternoon,hours,780,1020,,,test",
  "XX,2025-04-05,Saturday,hours,,1020,,,test",
  "XX,2025-04-07,Storm,ad hoc,,,,,test",
];
const EXCHANGE = ",Other,Europe/London,-60,540,1020,720,780,5,XX,60,30,250,test";

Deno.test("openCalendar() has the sessions of silver_trading_days, every day of every exchange", async () => {
  await using days = await TradingDays.build((models) => {
    models.append("ref_exchanges", `XXXX,,2040-01-01${EXCHANGE}`, `XXXX,2041-01-01,${EXCHANGE}`);
    models.append("ref_symbols", "other,X,,,X,X,Other,,XXXX,USD");
    models.append("ref_holidays", ...PLANTED);
  });
  const calendar = openCalendar(days.seeds);
  const bounds = ["1980-01-01", "2050-01-01"] as const;
  const [from, to] = bounds.map((day) => Date.parse(day) * 1000);
  let compared = 0;
  for (const exchange of [...days.exchanges, "XXXX"]) {
    const sessions = new Map(
      calendar.sessions(exchange, from! - 86_400_000_000, to! + 86_400_000_000)
        .map((session) => [session.day, session]),
    );
    const closures = new Set(
      calendar.closures(exchange, ...bounds).filter(({ reason, name }) =>
        reason !== "unknown" || name.startsWith("no hours")
      ).map(({ day }) => day),
    );
    for (const [day, ...modelled] of await days.rows(`${MODELLED}'${exchange}' ORDER BY 1`)) {
      const session = sessions.get(String(day));
      const pause = session?.breaks[0];
      const found = session
        ? [session.openUs, session.closeUs, pause?.fromUs ?? null, pause?.toUs ?? null]
        : [null, null, null, null];
      if (String(found) !== String(modelled)) assertEquals(found, modelled, `${exchange} ${day}`);
      assert(closures.has(String(day)) === (session === undefined), `${exchange} ${day}`);
      compared++;
    }
  }
  assertEquals(compared, 25_568 * (days.exchanges.length + 1));
});
