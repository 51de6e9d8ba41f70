import { assertEquals, assertThrows } from "@std/assert";
import { TickhouseError } from "../errors.ts";
import { checkKey } from "../store/key.ts";
import { checkSymbol, checkSymbols, segmentOf } from "./symbol.ts";

const GOOD = ["AAPL", "BRK.B", "BRK-B", "^GSPC", "BTC-USD", "0700.HK", "ES=F", "EURUSD=X"]
  .concat(["M&M.NS", "OANDA:EUR_USD", "BTC/USD", "$SPX", "BF.B", ".DJI", "a"]);
const BAD = ["", "../x", "..", ".", "x/..", "x/../y", "/x", "x/", "x//y", "%2e%2e", "a b", "a\0b"]
  .concat(["a\nb", "x".repeat(10_000), "a?b", "é", "a'b", 'a"b', "a\\b", "a;b", "\u202eA", " A"]);

Deno.test("checkSymbol() takes what instruments are called, and nothing that climbs or hides", () => {
  for (const symbol of GOOD) assertEquals(checkSymbol(symbol), symbol);
  for (const symbol of BAD) assertThrows(() => checkSymbol(symbol), TickhouseError, "symbol");
});

Deno.test("checkSymbols() keeps each once, and refuses none at all", () => {
  assertEquals(checkSymbols(["B", "A", "B"]), ["B", "A"]);
  assertThrows(() => checkSymbols([]), TickhouseError, "symbols");
  assertThrows(
    () => checkSymbols(["ok", "B", "OK"]),
    TickhouseError,
    '"OK": providers take it for ok',
  );
});

Deno.test("segmentOf() makes of each symbol a segment of a key, of no two the same", () => {
  const segments = [...GOOD, ...BAD.filter((one) => one !== "")].map(segmentOf);
  for (const segment of segments.slice(0, GOOD.length)) checkKey(`feeds/${segment}`);
  for (const segment of segments.slice(GOOD.length)) if (segment.length < 999) checkKey(segment);
  assertEquals(new Set(segments).size, segments.length);
  assertEquals(segmentOf("^GSPC"), "=5EGSPC");
  assertEquals(segmentOf("=5EGSPC") === segmentOf("^GSPC"), false);
});
