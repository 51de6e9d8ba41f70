import { assertEquals } from "@std/assert";
import { CALENDAR } from "./fixture.ts";
import { Hours } from "./hours.ts";

const at = (text: string) => Date.parse(text) * 1000;
const hours = new Hours(CALENDAR);

/** What is within, as texts. */
function within(symbol: string, from: string, to: string): string[] {
  return hours.within(symbol, { fromUs: at(from), toUs: at(to) })
    .map(({ fromUs, toUs }) =>
      [fromUs, toUs].map((us) => new Date(us / 1000).toISOString().slice(5, 16)).join(" to ")
    );
}

Deno.test("Hours.within(): of the United States from 4:00 to 20:00 of New York, on days of trading", () => {
  // Thanksgiving, then the half day after it, then a weekend.
  assertEquals(within("AAPL", "2026-11-25T22:00:00Z", "2026-11-30T10:00:00Z"), [
    "11-25T22:00 to 11-26T01:00",
    "11-27T09:00 to 11-27T22:00",
    "11-30T09:00 to 11-30T10:00",
  ]);
});

Deno.test("Hours.within(): crypto always, currencies but at weekends, what is unknown always", () => {
  const weekend = ["2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z"] as const;
  assertEquals(within("BINANCE:BTCUSDT", ...weekend), ["11-28T00:00 to 11-29T00:00"]);
  assertEquals(within("OANDA:EUR_USD", ...weekend), []);
  assertEquals(within("WHO:KNOWS", ...weekend), ["11-28T00:00 to 11-29T00:00"]);
});

Deno.test("Hours.days(): the exchange's date, though it is another one in UTC", () => {
  const range = { fromUs: at("2026-11-25T00:30:00Z"), toUs: at("2026-11-25T00:40:00Z") };
  assertEquals(hours.days("AAPL", range), ["2026-11-24"]);
  assertEquals(hours.days("BINANCE:BTCUSDT", range), ["2026-11-25"]);
  assertEquals(hours.days("WHO:KNOWS", range), ["2026-11-25"]);
});
