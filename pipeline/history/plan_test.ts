import { assertEquals } from "@std/assert";
import { openCalendar } from "../calendar/open.ts";
import { plan } from "./plan.ts";
import type { HistoryProvider } from "./provider.ts";
import { windowsOf } from "./windows.ts";

const us = (day: string) => Date.parse(day) * 1000;
const NOW = us("2026-03-02");
const calendar = openCalendar(new URL("../../models/seeds", import.meta.url).pathname);
/** It goes back to the first of February. */
const provider: HistoryProvider = {
  ...{ name: "acme", intervals: ["1d"], adjustment: "raw", amounts: "raw", settleSeconds: 0 },
  earliestUs: () => us("2026-02-01"),
  windows: (_, range) => windowsOf(range, Infinity),
  bars: () => Promise.reject(new TypeError("not asked here")),
};

function planned(from: string, to: string) {
  const found = plan(
    { provider, symbol: "X", interval: "1d", calendar, from, to },
    undefined,
    NOW,
  );
  const { steps, beyond, reachUs } = found;
  return { windows: steps.map(({ window }) => window), beyond, reachUs };
}

Deno.test("plan(): what is partly out of reach is asked for as far as that goes", () => {
  assertEquals(planned("2026-01-15", "2026-02-10"), {
    windows: [{ fromUs: us("2026-02-01"), toUs: us("2026-02-11") }],
    beyond: [{ fromUs: us("2026-01-15"), toUs: us("2026-02-01") }],
    reachUs: undefined,
  });
});

Deno.test("plan(): what is wholly out of reach is not asked for, and said to be so", () => {
  assertEquals(planned("2025-01-15", "2025-02-10"), {
    windows: [],
    beyond: [{ fromUs: us("2025-01-15"), toUs: us("2025-02-11") }],
    reachUs: us("2026-02-01"),
  });
});
