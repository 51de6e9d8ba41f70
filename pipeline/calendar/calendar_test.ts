import { assert, assertEquals, assertThrows } from "@std/assert";
import { seeded } from "../../tests/parity/arrivals.ts";
import { BAR_INTERVALS } from "../datasets/bars.ts";
import { TickhouseError } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import { openCalendar } from "./open.ts";

const SEEDS = new URL("../../models/seeds", import.meta.url).pathname;
const CALENDAR = openCalendar(SEEDS);
const us = (time: string) => Date.parse(time.includes("T") ? `${time}Z` : time) * 1000;
const text = (time: number) => new Date(time / 1000).toISOString().slice(0, 16);
const one = (exchange: string, day: string) =>
  CALENDAR.sessions(exchange, us(`${day}T12:00`) - 43_200e6, us(`${day}T12:00`) + 43_200e6)
    .find((session) => session.day === day);
const slots = (exchange: string, interval: string, from: string, to: string) =>
  CALENDAR.slots(exchange, interval, us(from), us(to)).map(text);
const raises = (code: string, work: () => unknown) =>
  assertEquals(assertThrows(work, TickhouseError).code, code);

Deno.test("sessions() follow the clocks, early closes, late opens and breaks", () => {
  const bounds = (exchange: string, day: string) => {
    const found = one(exchange, day);
    return found && [text(found.openUs), text(found.closeUs), found.kind, found.name];
  };
  assertEquals(bounds("XNYS", "2025-03-07"), [
    ...["2025-03-07T14:30", "2025-03-07T21:00", "full", undefined],
  ]);
  assertEquals(bounds("XNYS", "2025-03-10")?.[0], "2025-03-10T13:30");
  assertEquals(bounds("XNYS", "2025-11-28"), [
    ...["2025-11-28T14:30", "2025-11-28T18:00", "early_close", "Black Friday"],
  ]);
  assertEquals(bounds("XKRX", "2020-12-03"), [
    ...["2020-12-03T01:00", "2020-12-03T07:30", "late_open", "University entrance exam"],
  ]);
  assertEquals(bounds("XETR", "2001-05-02")?.[1], "2001-05-02T18:00");
  // Evenings before belong to the day that they lead to.
  assertEquals(bounds("XNYM", "2025-01-13")?.slice(0, 2), ["2025-01-12T23:00", "2025-01-13T22:00"]);
  assertEquals(bounds("FX", "2025-07-07")?.[0], "2025-07-06T21:00");
  assertEquals(
    one("XTKS", "2024-11-05")?.breaks.map(({ fromUs, toUs }) => [text(fromUs), text(toUs)]),
    [["2024-11-05T02:30", "2024-11-05T03:30"]],
  );
  assertEquals(one("XHKG", "2024-12-24")?.breaks, []);
  assertEquals([one("XSHG", "2026-12-31")?.isKnown, one("XSHG", "2027-01-04")?.isKnown], [
    ...[true, false],
  ]);
});

Deno.test("sessions() are those that have a moment in the range", () => {
  const days = (from: string, to: string) =>
    CALENDAR.sessions("XNYS", us(from), us(to)).map(({ day }) => day);
  assertEquals(days("2025-03-07T21:00", "2025-03-10T13:30"), []);
  assertEquals(days("2025-03-07T20:59", "2025-03-10T13:31"), ["2025-03-07", "2025-03-10"]);
  // Sydney's session of the 10th begins on the 9th of UTC.
  assertEquals(
    CALENDAR.sessions("XASX", us("2025-03-09"), us("2025-03-10")).map(({ day }) => day),
    ["2025-03-10"],
  );
});

Deno.test("closures() say why: weekend, holiday, for once, or that nobody knows", () => {
  assertEquals(CALENDAR.closures("XNYS", "2025-01-04", "2025-01-10"), [
    { day: "2025-01-04", reason: "weekend", name: "Saturday" },
    { day: "2025-01-05", reason: "weekend", name: "Sunday" },
    { day: "2025-01-09", reason: "ad hoc", name: "Mourning for Jimmy Carter" },
  ]);
  assertEquals(CALENDAR.closures("XHKG", "2023-07-17", "2023-07-18"), [
    { day: "2023-07-17", reason: "ad hoc", name: "Tropical cyclone" },
  ]);
  assertEquals(CALENDAR.closures("XLON", "2025-12-25", "2025-12-27"), [
    { day: "2025-12-25", reason: "holiday", name: "Christmas" },
    { day: "2025-12-26", reason: "holiday", name: "Boxing Day" },
  ]);
  // A year that China has not published.
  assertEquals(
    CALENDAR.closures("XSHG", "2027-02-05", "2027-02-08").map(({ reason }) => reason),
    ["unknown", "weekend", "weekend"],
  );
  assertEquals(CALENDAR.closures("ALWAYS", "1950-01-01", "2100-01-01"), []);
});

Deno.test("slots() begin at the open of each piece; days, weeks and months at their first date", () => {
  assertEquals(slots("XNYS", "1h", "2025-11-28", "2025-11-29"), [
    ...["2025-11-28T14:30", "2025-11-28T15:30", "2025-11-28T16:30", "2025-11-28T17:30"],
  ]);
  assertEquals(slots("XTKS", "1h", "2025-03-07", "2025-03-08"), [
    ...["2025-03-07T00:00", "2025-03-07T01:00", "2025-03-07T02:00"],
    ...["2025-03-07T03:30", "2025-03-07T04:30", "2025-03-07T05:30"],
  ]);
  assertEquals(slots("XNYS", "1d", "2025-07-03", "2025-07-08"), [
    ...["2025-07-03T00:00", "2025-07-07T00:00"],
  ]);
  assertEquals(slots("XSHG", "1wk", "2024-09-23", "2024-10-14"), [
    // Golden week has no bar: it has no session.
    ...["2024-09-23T00:00", "2024-09-30T00:00", "2024-10-07T00:00"],
  ]);
  assertEquals(slots("XSHG", "1wk", "2023-01-16", "2023-02-06"), [
    ...["2023-01-16T00:00", "2023-01-30T00:00"],
  ]);
  assertEquals(slots("XNYS", "1mo", "2025-01-02", "2025-03-02"), [
    ...["2025-02-01T00:00", "2025-03-01T00:00"],
  ]);
  assertEquals(slots("XNYS", "3mo", "2025-01-01", "2025-07-01"), [
    ...["2025-01-01T00:00", "2025-04-01T00:00"],
  ]);
  assertEquals(slots("XNYS", "15m", "2025-03-07T15:01", "2025-03-07T15:31"), [
    ...["2025-03-07T15:15", "2025-03-07T15:30"],
  ]);
});

Deno.test("slots() tile the sessions of random ranges, and none begins in a break or outside", () => {
  const random = seeded(77);
  const exchanges = [
    "XNYS",
    "XTKS",
    "XHKG",
    "XKRX",
    "XASX",
    "XETR",
    "CMES",
    "XNYM",
    "FX",
    "ALWAYS",
  ];
  const lengths = BAR_INTERVALS.filter((name) => /^\d+[mh]$/.test(name));
  for (let run = 0; run < 400; run++) {
    const exchange = exchanges[run % exchanges.length] ?? "";
    const interval = lengths[Math.floor(random() * lengths.length)] ?? "";
    const length = parseInt(interval) * (interval.endsWith("h") ? 3600e6 : 60e6);
    const from = us("2000-01-01") + Math.floor(random() * 10_000 * 1440) * 60e6;
    const to = from + Math.floor(random() * 20 * 1440) * 60e6;
    const pieces = CALENDAR.sessions(exchange, from, to).flatMap((s) => {
      const inner = s.breaks.flatMap(({ fromUs, toUs }) => [fromUs, toUs]);
      const edges = [s.openUs, ...inner, s.closeUs];
      return edges.flatMap((edge, i) => i % 2 === 0 ? [[edge, edges[i + 1] ?? 0] as const] : []);
    });
    const found = CALENDAR.slots(exchange, interval, from, to);
    assertEquals(found, [...new Set(found)].sort((a, b) => a - b));
    assert(found.every((slot) => from <= slot && slot < to), "none is outside of the range");
    let next = 0;
    for (const [open, close] of pieces) {
      // From the open on, each begins where the one before ends, and the last reaches the close.
      for (let slot = open; slot < close; slot += length) {
        if (slot < from || slot >= to) continue;
        assertEquals(found[next++], slot, `${exchange} ${interval} ${text(from)} ${text(to)}`);
      }
    }
    assertEquals(next, found.length, `${exchange} ${interval} ${text(from)} ${text(to)}`);
  }
});

Deno.test("slots() of a range are those of its parts", () => {
  const random = seeded(5);
  for (const interval of BAR_INTERVALS.slice(4)) {
    const from = us("2024-01-01") + Math.floor(random() * 300) * 86_400e6;
    const to = from + Math.floor(1 + random() * 120 * 1440) * 60e6;
    const cut = from + Math.floor(random() * (to - from));
    assertEquals(
      [
        ...CALENDAR.slots("XHKG", interval, from, cut),
        ...CALENDAR.slots("XHKG", interval, cut, to),
      ],
      CALENDAR.slots("XHKG", interval, from, to),
    );
  }
});

Deno.test("exchangeOf() goes by symbology or source, symbol and day", () => {
  const of = (...asked: [string, string, string]) => CALENDAR.exchangeOf(...asked);
  assertEquals(of("us", "AAPL", "2025-01-02"), "XNAS");
  assertEquals(of("us", "ORCL", "2013-07-12"), "XNAS");
  assertEquals(of("us", "ORCL", "2013-07-15"), "XNYS");
  assertEquals(of("yahoo", "AAPL", "2025-01-02"), "XNAS");
  assertEquals(of("yahoo", "VOD.L", "2025-01-02"), "XLON");
  assertEquals(of("finnhub", "V", "2025-01-02"), "XNYS");
  assertEquals(of("us", "META", "2021-12-01"), undefined, "another company's, or nobody's");
  assertEquals(of("polygon", "META", "2021-12-01"), "ARCX");
  assertEquals(of("yahoo", "META", "2021-12-01"), "XNAS");
  assertEquals(of("us", "TWTR", "2022-10-28"), undefined);
  assertEquals(of("yahoo", "CL=F", "2025-01-02"), "XNYM");
  assertEquals(of("simulator", "AAPL", "2025-01-02"), "ALWAYS");
  assertEquals(of("binance-trades", "V", "2025-01-02"), undefined);
  assertEquals(of("us", "CONSTRUCTOR", "2025-01-02"), undefined);
});

Deno.test("Calendar refuses what it does not know", () => {
  raises("EXCHANGE_UNKNOWN", () => CALENDAR.sessions("XWAR", 0, 1));
  raises("INTERVAL_UNKNOWN", () => CALENDAR.slots("XNYS", "7m", 0, 1));
  raises("INTERVAL_UNKNOWN", () => CALENDAR.slots("XNYS", "toString", 0, 1));
  raises("OPTION_INVALID", () => CALENDAR.slots("ALWAYS", "1s", 0, us("1980-01-01")));
  raises("OPTION_INVALID", () => CALENDAR.sessions("XNYS", NaN, 1));
  raises("OPTION_INVALID", () => CALENDAR.sessions("XNYS", 0, Infinity));
  raises("OPTION_INVALID", () => CALENDAR.closures("XNYS", "2025-13-01", "2025-02-01"));
  raises("OPTION_INVALID", () => CALENDAR.exchangeOf("us", "AAPL", "today"));
  assertEquals([CALENDAR.has("XNYM"), CALENDAR.has("XWAR")], [true, false]);
});

Deno.test("openCalendar() refuses tables that it can't read", () => {
  using folder = new TempFolder();
  raises("FILE_UNREADABLE", () => openCalendar(folder.path));
  for (const { name } of Deno.readDirSync(SEEDS)) {
    if (name.endsWith(".csv")) Deno.copyFileSync(`${SEEDS}/${name}`, `${folder.path}/${name}`);
  }
  openCalendar(folder.path);
  const path = `${folder.path}/ref_holidays.csv`;
  const whole = Deno.readTextFileSync(path);
  for (
    const line of [
      "US,2025-02-30,Test,holiday,,,,,test",
      "US,2025-02-03,Test,hours,,noon,,,test",
      "US,2025-02-03,Test,hours,,720,,test",
      'US,2025-02-03,"Test,hours,,720,,,test',
    ]
  ) {
    Deno.writeTextFileSync(path, `${whole}${line}\n`);
    raises("SEED_INVALID", () => openCalendar(folder.path));
  }
  Deno.writeTextFileSync(path, whole.replace("close_minute", "close"));
  raises("SEED_INVALID", () => openCalendar(folder.path));
});
