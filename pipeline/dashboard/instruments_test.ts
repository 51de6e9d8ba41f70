import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { freshSince, mergeFresh } from "./instruments.ts";
import type { Fresh, Kpi } from "./queries.ts";

const DAY = 86_400;
const KPI: Kpi = {
  dataset: "ticks",
  source: "simulator",
  symbol: "A",
  lastPrice: 10,
  lastTime: DAY + 100,
  previousClose: 8,
  dayOpen: 9,
  dayHigh: 11,
  dayLow: 9,
  volume: 50,
  trades: 5,
  day: { aroundTheClock: true, session: "regular", start: DAY, end: 2 * DAY },
  lastSession: "regular",
  version: 1000,
};

function fresh(lastTime: number): Fresh {
  const bar = [lastTime, 10, 12, 9.5, 12, 7, 2] as const;
  return { source: "simulator", symbol: "A", lastTime, bar, conditional: 0 };
}

describe("mergeFresh()", () => {
  it("adds later ticks of the same day to the models' figures", () => {
    const [merged] = mergeFresh([KPI], [fresh(DAY + 200)], null);
    const { lastPrice, lastTime, dayOpen, dayHigh, dayLow, volume, trades, note } = merged ?? {};
    assertEquals([lastPrice, lastTime, dayOpen, dayHigh, dayLow, volume, trades, note], [
      12,
      DAY + 200,
      9,
      12,
      9,
      57,
      7,
      null,
    ]);
  });

  it("starts a new day with the model's last price as the previous close", () => {
    const [merged] = mergeFresh([KPI], [fresh(2 * DAY + 1)], null);
    const { previousClose, dayOpen, dayHigh, dayLow, volume, trades } = merged ?? {};
    assertEquals([previousClose, dayOpen, dayHigh, dayLow, volume, trades], [
      10,
      10,
      12,
      9.5,
      7,
      2,
    ]);
  });

  it("moves only the price behind an exchange's session", () => {
    const day = { aroundTheClock: false, session: "regular", start: DAY, end: DAY + 150 } as const;
    const [merged] = mergeFresh([{ ...KPI, day }], [fresh(DAY + 200)], null);
    assertEquals(
      [merged?.lastPrice, merged?.dayHigh, merged?.volume, merged?.previousClose, merged?.note],
      [12, 11, 50, 8, "The last price is from after the session"],
    );
  });

  it("says what is not of the regular session", () => {
    const noteOf = (session: string, lastSession: string) => {
      const day = { ...KPI.day, aroundTheClock: false, session };
      return mergeFresh([{ ...KPI, day, lastSession }], [], null)[0]?.note;
    };
    assertEquals(noteOf("regular", "regular"), null);
    assertEquals(noteOf("regular", "post"), "The last price is from after the session");
    assertEquals(noteOf("regular", "break"), "The last price is from the session's break");
    assertEquals(noteOf("pre", "pre"), "Day figures are those from before the session");
    assertEquals(noteOf("closed", "closed"), "Day figures are those from a day without a session");
  });

  it("takes only the price, and says so, where ticks in between were not read", () => {
    const [merged] = mergeFresh([KPI], [fresh(DAY + 2000)], DAY + 1500);
    assertEquals([merged?.lastPrice, merged?.dayHigh, merged?.volume], [12, 11, 50]);
    assertEquals(merged?.note, "Day figures as of 00:01:40 UTC, when the models last ran");
  });

  it("counts what sets no price, and moves none", () => {
    const lots = { ...fresh(DAY + 200), lastTime: null };
    const bar = [DAY + 200, null, null, null, null, 7, 2] as const;
    const [merged] = mergeFresh([KPI], [{ ...lots, bar }], null);
    const { lastPrice, lastTime, dayHigh, dayLow, volume, trades } = merged ?? {};
    assertEquals([lastPrice, lastTime, dayHigh, dayLow], [10, DAY + 100, 11, 9]);
    assertEquals([volume, trades], [57, 7]);
    assertEquals(mergeFresh([], [{ ...lots, bar }], null), []);
  });

  it("moves no price back for a trade that comes late", () => {
    const [merged] = mergeFresh([KPI], [fresh(DAY + 50)], null);
    const { lastPrice, lastTime, dayHigh, volume } = merged ?? {};
    assertEquals([lastPrice, lastTime, dayHigh, volume], [10, DAY + 100, 12, 57]);
  });

  it("says before there are models that it knows nothing of conditions", () => {
    const noteOf = (conditional: number, clampedAt: number | null) =>
      mergeFresh(undefined, [{ ...fresh(DAY + 5), conditional }], clampedAt)[0]?.note;
    const [told, since] = [
      "odd lots and the like set prices, too",
      "day figures since 00:00:05 UTC",
    ];
    assertEquals(noteOf(0, null), null);
    assertEquals(noteOf(1, null), `The models have not run yet: ${told}`);
    assertEquals(noteOf(1, DAY + 5), `The models have not run yet: ${since}; ${told}`);
  });

  it("shows a symbol that the models do not know yet", () => {
    const [merged] = mergeFresh([], [fresh(DAY + 5)], null);
    assertEquals([merged?.symbol, merged?.sector, merged?.previousClose], ["A", "Other", null]);
    assertEquals([merged?.dayOpen, merged?.lastPrice, merged?.note], [10, 12, null]);
  });

  it("leaves instruments of other datasets as they are", () => {
    const quotes = { ...KPI, dataset: "quotes" };
    const merged = mergeFresh([quotes], [fresh(DAY + 200)], null);
    assertEquals(merged.map((m) => [m.dataset, m.lastPrice]), [["quotes", 10], ["ticks", 12]]);
  });
});

describe("freshSince()", () => {
  const latest = [{ source: "simulator", ingestedMs: 0, eventMs: (DAY + 200) * 1000 }];

  it("begins a minute before the model that lags most ends", () => {
    const ahead = { ...KPI, symbol: "B", lastTime: DAY + 150 };
    assertEquals(freshSince([KPI, ahead], latest), { sinceMs: (DAY + 40) * 1000, clamped: false });
  });

  it("does not reach back more than 5 minutes, and passes over sources that are silent", () => {
    const silent = { ...KPI, source: "old", lastTime: 0 };
    assertEquals(freshSince([KPI, silent], latest).clamped, false);
    const lagging = { ...KPI, lastTime: DAY - 101 };
    assertEquals(freshSince([lagging], latest), {
      sinceMs: (DAY + 200 - 300) * 1000,
      clamped: true,
    });
    assertEquals(freshSince([KPI], []), { sinceMs: 0, clamped: false });
  });
});
