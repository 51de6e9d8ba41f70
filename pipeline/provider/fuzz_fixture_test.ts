import { assert, assertEquals, assertThrows } from "@std/assert";
import { TickhouseError } from "../errors.ts";
import { fuzz, fuzzCases, Mutator, oddSymbol, seeded } from "./fuzz_fixture.ts";
import { checkSymbol, segmentOf } from "./symbol.ts";

const TEXT = `{"a":[1,2,{"b":"c\\"d"}],"e":null}`;

function isJson(text: string): boolean {
  try {
    return JSON.parse(text) !== undefined;
  } catch {
    return false;
  }
}

Deno.test("Mutator: the same seed damages alike; most are JSON, some are none, none is the original", () => {
  const made = (seed: number) => {
    const random = seeded(seed);
    const mutator = new Mutator(TEXT);
    return Array.from({ length: 1000 }, () => mutator.next(random));
  };
  assertEquals(made(3), made(3));
  const json = made(3).filter(isJson).length;
  assert(json > 600 && json < 900, `${json} of 1000`);
  assert(made(3).filter((text) => text === TEXT).length < 10);
});

Deno.test("fuzz(): what is thrown but a TickhouseError comes with the case's number; the rest is counted", () => {
  const refused = fuzz({ texts: [TEXT], cases: 100 }, (text) => {
    if (!isJson(text)) throw new TickhouseError("OPTION_INVALID", "no", { fix: "none" });
  });
  assert(refused > 10 && refused < 50, `${refused}`);
  const error = assertThrows(() => fuzz({ texts: [TEXT], cases: 100 }, (text) => JSON.parse(text)));
  assert(/^case \d+: /.test((error as Error).message));
});

Deno.test("fuzz(): a prototype that was changed is told", () => {
  const prototype = Object.prototype as { polluted?: number };
  try {
    assertThrows(
      () => fuzz({ texts: [TEXT], cases: 1 }, () => void (prototype.polluted = 1)),
      Error,
      "polluted",
    );
  } finally {
    delete prototype.polluted;
  }
});

Deno.test("symbols, fuzzed: what is taken is one segment of a URL, of an object's key, and of a file", () => {
  const taken = new Map<string, string>();
  const refused = fuzzCases({ cases: 100_000, seed: 5 }, oddSymbol, (symbol) => {
    checkSymbol(symbol);
    assert(symbol.length <= 32);
    const url = new URL(`https://host/a/${encodeURIComponent(symbol)}/z?q=1`);
    assertEquals([url.host, url.pathname.split("/").length, url.search], ["host", 4, "?q=1"]);
    assertEquals(decodeURIComponent(url.pathname.split("/")[2] ?? ""), symbol);
    const segment = segmentOf(symbol);
    assert(/^[A-Za-z0-9_=-][A-Za-z0-9_.=-]*$/.test(segment), segment);
    assertEquals(taken.get(segment) ?? symbol, symbol);
    taken.set(segment, symbol);
  });
  assert(refused > 50_000 && taken.size > 500, `${refused} refused, ${taken.size} taken`);
});
