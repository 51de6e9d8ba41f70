import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { candlestick } from "./candlestick.ts";
import { plot } from "./chart.ts";
import { DISPLAY, show } from "./show.ts";
import { toSvg } from "./svg.ts";

const HOSTILE = `</script><img src=x onerror="alert(1)">&`;
const CANDLES = [
  { open_time: "2024-01-02 09:30:00", open: "1.5", high: "3", low: "1", close: "2", volume: 10 },
  { open_time: "2024-01-02 09:31:00", open: 2, high: 3, low: 1, close: 1.5, volume: null },
];

describe("Chart", () => {
  it("shows itself as a figure, a page and a line of text", async () => {
    const chart = await candlestick(CANDLES, "AAPL");
    const bundle = await chart[DISPLAY]();
    assertEquals(Object.keys(bundle), [
      "application/vnd.plotly.v1+json",
      "text/html",
      "text/plain",
    ]);
    assertEquals(bundle["text/plain"], "Chart AAPL: price (2), volume (2)");
    assertMatch(String(bundle["text/html"]), /^<div[^>]*><img src="data:image\/svg\+xml;base64,/);
  });

  it("holds plotly.js only if asked to", async () => {
    const figure = { data: [{ type: "scatter", x: [1], y: [2] }] };
    const size = async (embed: boolean) =>
      String((await plot(figure, { embed })[DISPLAY]())["text/html"]).length;
    assertEquals([await size(false) < 5000, await size(true) > 1_000_000], [true, true]);
  });

  it("lets no symbol out of its place", async () => {
    const chart = await candlestick(CANDLES, HOSTILE);
    const html = String((await chart[DISPLAY]())["text/html"]);
    assertEquals(html.includes("<img src=x"), false);
    assertEquals(html.match(/<\/script>/g)?.length, 1);
    assertEquals(String(chart.figure.layout?.title?.text).includes("<"), false);
    assertEquals(toSvg(chart.figure).includes("<img"), false);
  });
});

describe("toSvg()", () => {
  it("draws a body and a wick a candle, green up and red down", async () => {
    const svg = toSvg((await candlestick(CANDLES, "AAPL")).figure);
    assertEquals(svg.match(/<rect [^>]*#0f8a5f/g)?.length, 1);
    assertEquals(svg.match(/<rect [^>]*#c8453b/g)?.length, 1);
    assertEquals(svg.includes("NaN"), false);
  });

  it("draws figures with gaps, one point, or nothing", () => {
    const figures = [
      { data: [] },
      { data: [{ type: "scatter", x: [], y: [] }] },
      { data: [{ type: "bar", x: [1], y: [5] }] },
      { data: [{ type: "scatter", x: [1, 2, 3], y: [1, null, 3] }] },
    ];
    for (const figure of figures) {
      const svg = toSvg(figure);
      assertStringIncludes(svg, "<svg");
      assertEquals(/NaN|Infinity/.test(svg), false, svg);
    }
  });
});

describe("show()", () => {
  it("prints the text outside a notebook", async () => {
    const printed: unknown[] = [];
    const log = console.log;
    console.log = (...args) => printed.push(...args);
    try {
      await show(await candlestick(CANDLES, "AAPL"));
      await show("text");
      await show({ a: 1 });
    } finally {
      console.log = log;
    }
    assertEquals(printed, ["Chart AAPL: price (2), volume (2)", "text", "{ a: 1 }"]);
  });
});
