import { assertEquals } from "@std/assert";
import { agreed, rowsOf, timeText, timeTexts } from "./bar.ts";
import { bar } from "./fake_fixture.ts";

Deno.test("timeTexts() writes times as timeText() does, whatever their order", () => {
  const day = Date.UTC(2026, 10, 24) * 1000;
  const times = [
    ...[day, day + 60e6, day + 86_399e6, day + 86_400e6, day - 1e6, day + 1, day + 1_500_000],
    ...[-86_400e6, -1e6, 0, day + 34_261e6, day + 34_261e6],
  ];
  for (const interval of ["1m", "1d", "1mo"]) {
    const text = timeTexts(interval);
    assertEquals(times.map(text), times.map((us) => timeText(us, interval)));
  }
});

Deno.test("rowsOf() writes JSON, with all that texts and numbers may have in them", () => {
  const about = {
    symbol: 'A"\\\n',
    interval: "1d",
    provider: { name: "acme", adjustment: "raw" } as const,
    origin: "acme#\u2028",
  };
  const given = [
    { ...bar(-5, 1e-7, null), provisional: true },
    { ...bar(9e15, 1e21, 0), adjClose: '1"0', provisional: false, isCancelled: true as const },
  ];
  const rows = rowsOf(given, about).map((text) => JSON.parse(text));
  const same = { symbol: about.symbol, bar_interval: "1d", source: "acme", adjustment: "raw" };
  assertEquals(rows, [
    {
      ...{ ...same, open_time: -5, open: 1e-7, high: 1e-7, low: 1e-7, close: 1e-7 },
      ...{ adj_close: null, volume: null, provisional: "yes", origin: about.origin },
    },
    {
      ...{ ...same, open_time: 9e15, open: 1e21, high: 1e21, low: 1e21, close: 1e21 },
      ...{ adj_close: '1"0', volume: 0, provisional: null, action: "cancel", origin: about.origin },
    },
  ]);
});

Deno.test("agreed(): bars of one time that say the same are one, and of others none is believed", () => {
  const [early, late] = [bar(1, 100), bar(3, 100)];
  assertEquals(agreed([early, late]), { bars: [early, late], disputed: [] });
  assertEquals(agreed([late, early, { ...late, open: "100.0" }]), {
    bars: [early, late],
    disputed: [],
  });
  const other = { ...late, volume: 7 };
  assertEquals(agreed([late, early, late, other]), {
    bars: [early],
    disputed: [late, late, other],
  });
});
