import { assert } from "@std/assert";
import { ticks } from "../../datasets/ticks.ts";
import { quotes } from "../../datasets/quotes.ts";
import { problemsOf } from "../../datasets/zod.ts";
import { fuzz } from "../../provider/fuzz_fixture.ts";
import { TickhouseError } from "../../errors.ts";
import { candleBars, readCandles } from "./candles.ts";
import { judgeFinnhub } from "./client.ts";
import { zoneOf } from "./hours.ts";
import { parseMessage } from "./message.ts";
import { quoteLine, readQuote } from "./quote.ts";
import { tickPage } from "./ticks.ts";
import { TradeReader } from "./trade.ts";

const CASES = 100_000;
const RECEIVED_US = 1_763_700_000_000_000;

/** JSON as adapters read it. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TickhouseError("PROVIDER_ANSWER_INVALID", "it is no JSON", { cause });
  }
}

function assertTrade(reader: TradeReader): void {
  const row = JSON.parse(reader.line(reader.id, RECEIVED_US));
  const problems = problemsOf(ticks, row);
  assert(!problems, problems?.join());
}

Deno.test(`parseMessage(), TradeReader: ${CASES} damaged messages yield no invalid row`, () => {
  const reader = new TradeReader();
  let rows = 0;
  const trade = { c: ["1", "24"], p: 129.575, s: "AAPL", t: 1_672_348_887_195, v: 10 };
  const whole = {
    data: [trade, { ...trade, c: null, s: "BINANCE:BTCUSDT", v: 0.00012 }],
    type: "trade",
  };
  const texts = [JSON.stringify(whole), '{"type":"ping"}', '{"type":"error","msg":"no"}'];
  fuzz({ texts, cases: CASES }, (text) => {
    const message = parseMessage(text);
    if (message.kind !== "trade") return;
    for (const element of message.data) {
      if (!reader.read(element)) assert(reader.fault !== "");
      else {
        assertTrade(reader);
        rows++;
      }
    }
  });
  assert(rows > CASES / 100);
});

Deno.test(`tickPage(): ${CASES} damaged pages yield no invalid row`, () => {
  const reader = new TradeReader();
  let rows = 0;
  const page = {
    ...{ s: "AAPL", skip: 0, count: 2, total: 2, x: ["N", "Q"] },
    ...{ p: [255, 255.1], v: [2513, 24], t: [1_585_108_800_073, 1_585_108_800_315] },
    c: [["1", "24"], []],
  };
  fuzz({ texts: [JSON.stringify(page)], cases: CASES }, (text) => {
    const read = tickPage(jsonOf(text));
    if (typeof read === "string") return;
    for (let i = 0; i < Math.min(read.length, 100); i++) {
      reader.symbol = "AAPL";
      if (!reader.values(read.p[i], read.v[i], read.t[i], read.c[i])) continue;
      assertTrade(reader);
      rows++;
    }
  });
  assert(rows > CASES / 100);
});

Deno.test(`readQuote(): ${CASES} damaged quotes yield no invalid row`, () => {
  let rows = 0;
  const quote = { c: 261.74, d: 1.5, dp: 0.57, h: 263.31, l: 260.68, o: 261.07, pc: 259.45 };
  const texts = [JSON.stringify({ ...quote, t: 1_582_641_000 })];
  fuzz({ texts, cases: CASES }, (text) => {
    const read = readQuote("AAPL", jsonOf(text));
    if (read.kind !== "quote") return;
    const problems = problemsOf(quotes, JSON.parse(quoteLine("AAPL", read.figures, RECEIVED_US)));
    assert(!problems, problems?.join());
    rows++;
  });
  assert(rows > CASES / 100);
});

Deno.test(`readCandles(), candleBars(): ${CASES} damaged answers yield no invalid bar`, () => {
  let bars = 0;
  const candles = {
    ...{ c: [217.68, 221.03], h: [222.49, 221.5], l: [217.19, 217.1], o: [221.03, 218.55] },
    ...{ s: "ok", t: [1_569_297_600, 1_569_384_000], v: [33_463_820, 24_018_876] },
  };
  fuzz({ texts: [JSON.stringify(candles), '{"s":"no_data"}'], cases: CASES }, (text) => {
    const read = readCandles(jsonOf(text));
    if (typeof read === "string") return;
    const found = candleBars(read, { symbol: "AAPL", interval: "1d", zone: zoneOf("XNAS") }).bars;
    found.forEach((bar, i) => {
      const { openUs, open, high, low, close, volume } = bar;
      const figures = [open, high, low, close].map(Number);
      assert(figures.every((one) => Number.isFinite(one) && one > 0));
      assert(Number(low) <= Number(open) && Number(close) <= Number(high));
      assert(Number.isSafeInteger(openUs) && (i === 0 || openUs > (found[i - 1]?.openUs ?? 0)));
      assert(volume === null || Number(volume) >= 0);
      bars++;
    });
  });
  assert(bars > CASES / 100);
});

Deno.test(`judgeFinnhub(): ${CASES} damaged errors are judged`, () => {
  const texts = ['{"error":"API limit reached. Please try again later. Remaining Limit: 0"}'];
  fuzz({ texts, cases: CASES }, (text, random) => {
    const status = [200, 401, 403, 429, 502][Math.floor(random() * 5)] ?? 200;
    const { verdict, says } = judgeFinnhub({ status, headers: new Headers(), text });
    assert(verdict === "fine" === (status === 200 && says === undefined));
  });
});
