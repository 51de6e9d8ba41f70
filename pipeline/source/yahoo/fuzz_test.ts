import { assert, assertEquals } from "@std/assert";
import { fuzz } from "../../provider/fuzz_fixture.ts";
import { assertBars } from "../../history/valid_fixture.ts";
import { judgeChart, parseChart } from "./answer.ts";
import { actionsOf, barsOf, spacingFault } from "./bars.ts";
import { datesOf } from "./dates.ts";

const CASES = 100_000;

/** A short chart with all that one may have. */
const CHART = JSON.stringify({
  chart: {
    result: [{
      meta: {
        currency: "GBp",
        symbol: "VOD.L",
        exchangeName: "LSE",
        firstTradeDate: 583_743_600,
        regularMarketTime: 1_795_534_053,
        gmtoffset: -18_000,
        exchangeTimezoneName: "America/New_York",
        dataGranularity: "1d",
      },
      timestamp: [1_795_444_200, 1_795_530_600, 1_795_534_053],
      events: {
        dividends: { "1795444200": { amount: 0.26, date: 1_795_444_200 } },
        splits: {
          "1795530600": { date: 1_795_530_600, numerator: 4, denominator: 1, splitRatio: "4:1" },
        },
        capitalGains: { "1795530600": { amount: 1e-7, date: 1_795_530_600 } },
      },
      indicators: {
        quote: [{
          open: [271.5, 272.25, 272.5],
          high: [273.5, null, 272.5],
          low: [270.5, 271, 272.5],
          close: [272.5, 272, 272.5],
          volume: [1_000_000, 2_000_000, 0],
        }],
        adjclose: [{ adjclose: [272.25, 272, 272.5] }],
      },
    }],
    error: null,
  },
});
const ERROR = JSON.stringify({
  chart: { result: null, error: { code: "Not Found", description: "No data found" } },
});

Deno.test("Yahoo's chart, fuzzed: what comes out is bars in order, letters and actions, and nothing is thrown", () => {
  let bars = 0;
  let letters = 0;
  let actions = 0;
  fuzz({ texts: [CHART, CHART, CHART, ERROR], cases: CASES, seed: 11 }, (text, random) => {
    const parsed = parseChart(text);
    if ("fault" in parsed) return assertEquals(typeof parsed.fault, "string");
    if (!parsed.result) return;
    const askedUs = 1_795_534_100e6;
    const dates = datesOf(parsed.result.meta, askedUs / 1e6);
    if (typeof dates === "string") return assert(dates.length < 300, dates);
    const interval = random() < 0.5 ? "1d" : random() < 0.5 ? "15m" : "1wk";
    const reads = { interval, dates, askedUs };
    assert((spacingFault(parsed.result, reads)?.length ?? 0) < 300);
    const found = barsOf(parsed.result, reads);
    assertBars(found);
    const events = actionsOf(parsed.result, dates);
    for (const { exDate, amount } of events.actions) {
      assert(
        /^\d{4}-\d\d-\d\d$/.test(exDate) && /^\d+(\.\d+)?$/.test(amount),
        `${exDate} ${amount}`,
      );
    }
    bars += found.bars.length;
    letters += found.refused.length + events.refused.length;
    actions += events.actions.length;
  });
  // It is no use where all is refused at the door.
  assert(
    bars > CASES / 4 && letters > CASES / 10 && actions > CASES / 10,
    `${bars} ${letters} ${actions}`,
  );
});

Deno.test("Yahoo's judge, fuzzed: each answer has one meaning, and says it in one short line", () => {
  const headers = new Headers();
  const html = JSON.stringify("<html><body>Too Many Requests</body></html>");
  const seen = new Set<string>();
  fuzz({ texts: [ERROR, CHART, html], cases: CASES, seed: 12 }, (text, random) => {
    const status = [200, 400, 401, 404, 422, 429, 500][Math.floor(random() * 7)] ?? 200;
    const { verdict, says = "" } = judgeChart({ status, headers, text });
    assert(typeof verdict === "string" && typeof says === "string");
    assert(says.length <= 250 && !says.includes("\n"), says);
    seen.add(verdict);
  });
  assert(seen.size >= 6, [...seen].join());
});
