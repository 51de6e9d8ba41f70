import { assert, assertEquals, assertThrows } from "@std/assert";
import { TickhouseError } from "tickhouse/errors.ts";
import { QUIRK_NAMES, QUIRKS } from "../quirks/list.ts";
import { quirksPage } from "../quirks/page.ts";
import { Quirks } from "./quirks.ts";

function made(seed = 1): { quirks: Quirks; clock: { now: number } } {
  const clock = { now: 1000 };
  return { quirks: new Quirks(seed, () => clock.now), clock };
}

Deno.test("Quirks.take(): off unless set; next, symbols and provider hold", () => {
  const { quirks } = made();
  assertEquals(quirks.take("yahoo.nulls"), undefined);
  quirks.set("yahoo.nulls", { next: 2, symbols: ["AAPL"] });
  assertEquals(quirks.take("yahoo.nulls", { symbol: "IBM" }), undefined);
  assertEquals(quirks.take("yahoo.nulls"), undefined);
  const taken = [1, 2, 3].map(() => quirks.take("yahoo.nulls", { symbol: "AAPL" }) !== undefined);
  assertEquals(taken, [true, true, false]);
  quirks.set("http.truncated", { provider: "yahoo" });
  assertEquals(quirks.take("http.truncated", { provider: "finnhub" }), undefined);
  assert(quirks.take("http.truncated", { provider: "yahoo" }));
});

Deno.test("Quirks.take(): probability holds, and equal seeds decide equally", () => {
  const decide = (seed: number) => {
    const { quirks } = made(seed);
    quirks.set("http.truncated", { probability: 0.3 });
    return Array.from({ length: 1000 }, () => quirks.take("http.truncated") !== undefined);
  };
  const count = decide(5).filter(Boolean).length;
  assert(count > 240 && count < 360, `${count}`);
  assertEquals(decide(5), decide(5));
  assert(JSON.stringify(decide(5)) !== JSON.stringify(decide(6)));
});

Deno.test("Quirks.take() with a place decides the same each time", () => {
  const { quirks } = made();
  quirks.set("yahoo.nulls", { probability: 0.5 });
  const decide = () =>
    Array.from({ length: 100 }, (_, place) => quirks.take("yahoo.nulls", { place }) !== undefined);
  assertEquals(decide(), decide());
  assertEquals(new Set(decide()).size, 2);
});

Deno.test("Quirks.take() of the past sees what was on then, also after it is off", () => {
  const { quirks, clock } = made();
  clock.now = 2000;
  quirks.set("finnhub.late");
  clock.now = 3000;
  quirks.clear();
  const late = (atMs: number) => quirks.take("finnhub.late", { place: 1, atMs }) !== undefined;
  assertEquals([1999, 2000, 2999, 3000].map(late), [false, true, true, false]);
  assertEquals(quirks.isOn("finnhub.late"), false);
});

Deno.test("Quirks.take() gives the parameters, those of the list unless set", () => {
  const { quirks } = made();
  quirks.set("finnhub.repeat", { parameters: { times: 2 } });
  assertEquals(quirks.take("finnhub.repeat"), { times: 2, within_ms: 2000 });
});

Deno.test("Quirks.set() refuses what there is not", () => {
  const { quirks } = made();
  const refused = (set: () => void, text: string) => assertThrows(set, TickhouseError, text);
  refused(() => quirks.set("finnhub.nope"), "finnhub.nope");
  refused(() => quirks.set("finnhub.cut", { probability: 2 }), "probability");
  refused(() => quirks.set("finnhub.cut", { next: 0 }), "next");
  refused(() => quirks.set("finnhub.stall", { parameters: { for: 1 } }), "for_ms");
});

Deno.test("Quirks.list() says what is on, with how often it happened; clear() ends all", () => {
  const { quirks } = made();
  const on = () => quirks.list().filter(({ set }) => set.length > 0).map(({ name }) => name);
  const always = Object.entries(QUIRKS).filter(([, quirk]) => "on" in quirk).map(([name]) => name);
  assertEquals(on().sort(), always.sort());
  quirks.set("http.truncated", { next: 5 });
  quirks.take("http.truncated");
  const [set] = quirks.list().find(({ name }) => name === "http.truncated")?.set ?? [];
  assertEquals(set, { next: 5, happened: 1 });
  quirks.clear("http.truncated");
  assertEquals(on().length, always.length);
  quirks.clear();
  assertEquals(on(), []);
});

Deno.test("quirksPage() has a row for each quirk", () => {
  const page = quirksPage();
  for (const name of QUIRK_NAMES) assert(page.includes(`| \`${name}\` |`), name);
});
