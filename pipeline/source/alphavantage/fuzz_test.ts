import { assert, assertEquals } from "@std/assert";
import { fuzz } from "../../provider/fuzz_fixture.ts";
import { assertBars } from "../../history/valid_fixture.ts";
import { judgeAlphaVantage, parseSeries } from "./answer.ts";
import { barsOf } from "./bars.ts";

const CASES = 100_000;
const EVER = { fromUs: -Infinity, toUs: Infinity, symbol: "IBM" };

function series(
  name: string,
  times: readonly string[],
  more: Readonly<Record<string, string>>,
): string {
  const prices = { "1. open": "86.4900", "2. high": "87.0000", "3. low": "86.0000" };
  const rows = times.map((time) => [time, { ...prices, "4. close": "86.5000", ...more }]);
  return JSON.stringify({
    "Meta Data": { "2. Symbol": "IBM", "4. Interval": "5min", "6. Time Zone": "US/Eastern" },
    [name]: Object.fromEntries(rows),
  });
}

const DAYS = ["2026-11-24", "2026-11-23", "2026-11-20"];
const DAILY = series("Time Series (Daily)", DAYS, { "5. volume": "10494" });
const ADJUSTED = series("Time Series (Daily)", DAYS, {
  ...{ "5. adjusted close": "86.1", "6. volume": "10494" },
  ...{ "7. dividend amount": "0.2600", "8. split coefficient": "4.0" },
});
const MINUTES = series(
  "Time Series (5min)",
  ["2026-11-24 10:05:00", "2026-11-24 10:00:00", "2026-11-01 01:30:00"],
  { "5. volume": "10494" },
);
const SAYS = JSON.stringify({
  Note: "Our standard API call frequency is 5 calls per minute",
  Information: "25 requests per day",
  "Error Message": "Invalid API call.",
});

const PARSERS = [
  ["days", DAILY, { name: "Time Series (Daily)", interval: "1d", isAdjusted: false }],
  ["adjusted days", ADJUSTED, { name: "Time Series (Daily)", interval: "1d", isAdjusted: true }],
  ["weeks", DAILY, { name: "Time Series (Daily)", interval: "1wk", isAdjusted: false }],
  ["minutes", MINUTES, { name: "Time Series (5min)", interval: "5m", isAdjusted: false }],
] as const;

for (const [title, text, { name, interval, isAdjusted }] of PARSERS) {
  Deno.test(`Alpha Vantage's ${title}, fuzzed: what comes out is bars in order and letters, and nothing is thrown`, () => {
    let [bars, letters, actions] = [0, 0, 0];
    const texts = [text, text, text, SAYS];
    fuzz({ texts, cases: CASES, seed: title.length }, (damaged) => {
      const parsed = parseSeries(damaged, name);
      if ("fault" in parsed) return assertEquals(typeof parsed.fault, "string");
      const found = barsOf(parsed, { ...EVER, interval, isAdjusted, zone: "US/Eastern" });
      assertBars(found);
      for (const { exDate, amount } of found.actions) {
        assert(
          /^\d{4}-\d\d-\d\d$/.test(exDate) && /^\d+(\.\d+)?$/.test(amount),
          `${exDate} ${amount}`,
        );
      }
      bars += found.bars.length;
      letters += found.refused.length;
      actions += found.actions.length;
    });
    assert(bars > CASES / 4 && letters > CASES / 10, `${bars} bars, ${letters} letters`);
    assert(!isAdjusted || actions > CASES / 4, `${actions} actions`);
  });
}

Deno.test("Alpha Vantage's judge, fuzzed: each answer has one meaning, and says it in one short line", () => {
  const headers = new Headers();
  const seen = new Set<string>();
  fuzz({ texts: [SAYS, SAYS, DAILY], cases: CASES, seed: 22 }, (text, random) => {
    const status = [200, 200, 200, 401, 429, 500][Math.floor(random() * 6)] ?? 200;
    const { verdict, says = "" } = judgeAlphaVantage({ status, headers, text });
    assert(typeof verdict === "string" && typeof says === "string");
    assert(says.length <= 250 && !says.includes("\n"), says);
    seen.add(verdict);
  });
  assert(seen.size >= 6, [...seen].join());
});
