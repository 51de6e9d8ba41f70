/** Defects of the calendars: of the models', and of those in TypeScript. @module */
import type { Mutant } from "./mutant.ts";

export const CALENDAR_MUTANTS: readonly Mutant[] = [
  {
    name: "a late open is the usual one",
    file: "models/silver/silver_trading_days.sql",
    from: "coalesce(d.open_minute, h.open_minute) as open_minute",
    to: "h.open_minute as open_minute",
    test: "pipeline/transform/calendar_test.ts",
    filter: "each bound of a day",
  },
  {
    name: "the version of a calendar knows no break of a day",
    file: "models/silver/silver_calendars.sql",
    from: "coalesce(cast(d.break_start_minute as varchar), '') || ' '",
    to: "' '",
    test: "pipeline/transform/calendar_test.ts",
    filter: "each bound of a day",
  },
  {
    name: "years that nobody has published are known",
    file: "pipeline/calendar/hours.ts",
    from: "return this.#known[0] <= day && day <= this.#known[1];",
    to: "return this.#known[0] <= day;",
    test: "pipeline/calendar/calendar_test.ts",
    filter: "or that nobody knows",
  },
  {
    name: "bars are expected through a break",
    file: "pipeline/calendar/slots.ts",
    from: "const pieces = sessions.flatMap(piecesOf);",
    to: "const pieces = sessions.map((s) => [s.openUs, s.closeUs] as const);",
    test: "pipeline/calendar/calendar_test.ts",
    filter: "slots() tile",
  },
  {
    name: "an offset of a day with a change of clocks is kept",
    file: "pipeline/calendar/zone.ts",
    from: "ahead = before === behind ? before : undefined;",
    to: "ahead = before;",
    test: "tests/reference/sessions_test.ts",
    filter: "every day of every exchange",
  },
];
