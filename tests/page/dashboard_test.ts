import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "./chromium.ts";
import { House, type Trade } from "./house.ts";

const EVIL = "<img src=x onerror=window.hacked=1>";
/** Milliseconds after which what is waited for never comes: many times what a busy machine takes. */
const PATIENCE_MS = 600_000;
/** Trades lie around this moment of a day: well within the day, on a whole hour. */
const NOON = Date.UTC(2026, 0, 2, 12);

/** Two trades a second for `seconds`, ending at NOON; the price rises by 0.01 a trade from 100. */
function rising(symbol: string, seconds: number): Trade[] {
  return Array.from({ length: 2 * seconds }, (_, i) => ({
    symbol,
    price: Number((100 + 0.01 * i).toFixed(2)),
    size: 10,
    at: NOON - 500 * (2 * seconds - i),
    id: `${symbol}-${i}`,
  }));
}

/** A page that keeps all complaints and every address it asked for. */
async function open(browser: Browser, url: string) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  const foreign: string[] = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(url)) foreign.push(request.url());
  });
  await page.goto(url);
  return { page, complaints, foreign };
}

async function waitForBars(page: Page, count: number): Promise<void> {
  await page.locator(`#chart[data-bars="${count}"]`).waitFor();
}

async function tiles(page: Page): Promise<Record<string, string>> {
  return await page.evaluate(() =>
    Object.fromEntries(
      Array.from(
        document.querySelectorAll<HTMLElement>("#tiles dd"),
        (cell) => [cell.dataset.tile, cell.textContent],
      ),
    )
  );
}

/** How many different colours the chart's canvases show. */
function countColours(page: Page): Promise<number> {
  return page.evaluate(() => {
    const colours = new Set<number>();
    for (const canvas of document.querySelectorAll<HTMLCanvasElement>("#chart canvas")) {
      const { width, height } = canvas;
      if (width === 0 || height === 0) continue;
      const data = canvas.getContext("2d")?.getImageData(0, 0, width, height).data;
      for (const pixel of new Uint32Array(data?.buffer ?? new ArrayBuffer(0))) colours.add(pixel);
    }
    return colours.size;
  });
}

describe("the dashboard's page", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it("shows what the quality rules mark, as text, and hides what is not there", async () => {
    await using house = await House.make();
    await house.publish("AAPL", "2025-02-03", 5);
    await house.publish(EVIL, "2025-02-03", 5);
    await house.transform();
    const { page } = await open(browser, await house.serve());
    await page.locator("#symbol", { hasText: /./ }).waitFor();
    assertEquals(await page.locator("#quality").isVisible(), false);
    await house.run(async (session) => {
      await session.run(`INSERT INTO bronze.bars BY NAME
        SELECT * REPLACE (_offset + 100 AS _offset, open_time + INTERVAL 7 DAY AS open_time,
          close * 3 AS close, high * 3 AS high, low * 3 AS low, open * 3 AS open)
        FROM bronze.bars WHERE open_time = '2025-02-07'`);
    });
    await house.transform();
    await page.locator("#quality").waitFor();
    const found = await page.locator("#quality-list").innerText();
    assertStringIncludes(found, "AAPL jump 2025-02-14 00:00: a price of ");
    assertStringIncludes(found, `${EVIL} jump`);
    assertEquals(await page.locator("#quality img").count(), 0);
    assertMatch(await page.locator("#quality-now").innerText(), /^\d+ marked$/);
  });

  it("shows what providers did not give yet, as text, and hides what is not there", async () => {
    await using house = await House.make();
    await house.publish("AAPL", "2025-02-03", 5);
    await house.transform();
    const { page } = await open(browser, await house.serve());
    await page.locator("#symbol", { hasText: /./ }).waitFor();
    assertEquals(await page.locator("#gaps").isVisible(), false);
    const gap = { provider: "yahoo", symbol: EVIL, interval: "1d", reason: "quota", detail: EVIL };
    const time = { from: Date.UTC(2025, 1, 3) / 1000, to: Date.UTC(2025, 1, 4) / 1000 };
    house.gaps = { total: 1234, newest: [{ ...gap, ...time }] };
    await page.locator("#gaps").waitFor();
    const said = `${EVIL} 1d 2025-02-03 00:00 to 2025-02-04 00:00: quota`;
    assertEquals(await page.locator("#gaps-list").innerText(), said);
    assertEquals(await page.locator("#gaps-now").innerText(), "1,234 open");
    assertEquals(await page.locator("#gaps img").count(), 0);
    house.gaps = { total: 0, newest: [] };
    await page.locator("#gaps").waitFor({ state: "hidden" });
  });

  it("says which sink takes nothing, and takes it back", async () => {
    await using house = await House.make();
    await house.insert(rising("AAPL", 10));
    const stalled = "lake has taken nothing of ticks for 45 s while 380 records wait";
    house.status = { ...house.status, stalled };
    const { page } = await open(browser, await house.serve());
    await page.locator("#problem").waitFor({ state: "visible" });
    assertEquals(await page.locator("#problem").textContent(), `Stalled: ${stalled}.`);
    house.status = { ...house.status, stalled: null, failing: "a_test (2 rows at fault)" };
    await page.getByText("a test of the models fails: a_test (2 rows at fault).").waitFor();
    house.status = { ...house.status, failing: null };
    await page.locator("#problem").waitFor({ state: "hidden" });
  });

  it("draws candles, tiles and a treemap, with no complaint and no foreign request", async () => {
    await using house = await House.make();
    const trades = [...rising("AAPL", 90), ...rising("MSFT", 90)];
    await house.insert(trades.sort((a, b) => a.at - b.at));
    await house.buildGold(NOON - 30_000);
    house.status = { ...house.status, lagRecords: 7, latencyMsP50: 4.2, latencyMsP99: 18.6 };
    const { page, complaints, foreign } = await open(browser, await house.serve());
    await waitForBars(page, 90);
    assert(await countColours(page) > 10);
    assertMatch(
      await page.locator("#chart").getAttribute("aria-label") ?? "",
      /^Candlestick chart of AAPL, candles of 1 second: 90 candles, last close 101\.79$/,
    );
    assertEquals(await tiles(page), {
      Last: "101.79",
      Change: "+1.79",
      "Change %": "+1.79%",
      "Day high": "101.79",
      "Day low": "100.00",
      Volume: "1,800",
      Trades: "180",
    });
    assertEquals(await page.locator("#ticks").textContent(), "360");
    assertEquals(await page.locator("#lag").textContent(), "7");
    assertEquals(await page.locator("#latency").textContent(), "4.2 ms / 19 ms");
    assertEquals(await page.locator("#name").textContent(), "Apple · simulator");
    await page.locator("#treemap .slice").first().waitFor();
    assertStringIncludes(await page.locator("#treemap").textContent() ?? "", "Technology");
    assertEquals(complaints, []);
    assertEquals(foreign, []);
    await page.close();
  });

  it("keeps large figures apart, whatever the width", async () => {
    await using house = await House.make();
    const trades = rising("BRK.A", 20).map((t) => ({ ...t, price: 310_000 + t.price, size: 9e6 }));
    await house.insert(trades);
    const url = await house.serve();
    const { page } = await open(browser, url);
    await waitForBars(page, 20);
    for (const width of [1920, 1400, 1100, 900, 700, 390]) {
      await page.setViewportSize({ width, height: 900 });
      const cut = await page.evaluate(() =>
        Array.from(document.querySelectorAll<HTMLElement>("#tiles dd"))
          .filter((cell) => cell.scrollWidth > cell.clientWidth)
          .map((cell) => cell.dataset.tile)
      );
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assertEquals([width, cut, wide], [width, [], width]);
    }
    await page.close();
  });

  it("folds seconds behind the models into longer candles", async () => {
    await using house = await House.make();
    await house.insert(rising("AAPL", 150));
    await house.buildGold(NOON - 45_000);
    const { page } = await open(browser, await house.serve());
    await waitForBars(page, 150);
    await page.getByRole("radio", { name: "1 minute" }).check();
    await waitForBars(page, 3); // 30 s, 60 s, 60 s.
    await page.getByRole("radio", { name: "1 day" }).check();
    await waitForBars(page, 1);
    assertMatch(
      await page.locator("#legend").textContent() ?? "",
      /O100\.00H102\.99L100\.00C102\.99V3,000$/,
    );
    await page.close();
  });

  it("waits for the first tick, then shows it and what follows without a reload", async () => {
    await using house = await House.make();
    const { page, complaints } = await open(browser, await house.serve());
    await page.getByText("Waiting for the first record").waitFor();
    const trade = { symbol: "NEW", price: 5, size: 1, at: NOON, id: "1" };
    await house.insert([trade]);
    await waitForBars(page, 1);
    assertEquals(await page.locator("#last").textContent(), "5.00");
    await house.insert([
      { ...trade, price: 6, at: NOON + 100, id: "2" },
      { ...trade, price: 6, at: NOON + 100, id: "2" }, // Delivered twice: counts once.
      { ...trade, price: 5.5, at: NOON + 1000, id: "3" },
    ]);
    await waitForBars(page, 2);
    await page.locator('#tiles dd[data-tile="Trades"]', { hasText: /^3$/ }).waitFor();
    assertEquals((await tiles(page))["Day high"], "6.00");
    assertEquals(complaints, []);
    await page.close();
  });

  it("takes a trade that was cancelled off the chart and out of the figures at once", async () => {
    await using house = await House.make();
    const trade = { symbol: "X", price: 5, size: 1, at: NOON, id: "1" };
    const later = { ...trade, price: 9, at: NOON + 1000, id: "2" };
    await house.insert([trade, later]);
    const { page, complaints } = await open(browser, await house.serve());
    await waitForBars(page, 2);
    await house.insert([{ ...later, action: "cancel" }]);
    await waitForBars(page, 1);
    await page.locator("#last", { hasText: /^5\.00$/ }).waitFor();
    assertEquals((await tiles(page))["Day high"], "5.00");
    assertEquals(complaints, []);
    await page.close();
  });

  it("draws a late trade in a second that had none, and goes on", async () => {
    await using house = await House.make();
    const trade = (second: number) => ({
      symbol: "AAPL",
      price: 100,
      size: 1,
      at: NOON + 1000 * second,
      id: String(second),
    });
    await house.insert([-9, -5, -4, -1].map(trade));
    const { page, complaints } = await open(browser, await house.serve());
    await waitForBars(page, 4);
    await house.insert([trade(-3)]);
    await waitForBars(page, 5);
    await house.insert([trade(0)]);
    await waitForBars(page, 6);
    assertEquals(complaints, []);
    await page.close();
  });

  it("shows daily bars of decades, in days, weeks and months, with splits and dividends", async () => {
    await using house = await House.make();
    await house.publish("AAPL", "1983-01-03", 9000);
    await house.transform();
    const { page, complaints } = await open(browser, await house.serve());
    await waitForBars(page, 9000);
    const shown = async () =>
      (await page.locator("#intervals label:visible").allTextContents()).join(" ");
    assertEquals(await shown(), "1d 1wk 1mo");
    // Three splits until June 2014 and three dividends; that of August 2020 came later.
    assertEquals(await page.locator("#chart").getAttribute("data-marks"), "6");
    assertEquals(await page.locator("#name").textContent(), "Apple · csv bars");
    assertEquals(await tiles(page), {
      Last: "190.00",
      Change: "+0.01",
      "Change %": "+0.01%",
      "Day high": "191.00",
      "Day low": "189.00",
      Volume: "1,000",
      Trades: "–",
    });
    await page.getByRole("button", { name: "All", exact: true }).click();
    assert(await countColours(page) > 10);
    await page.getByRole("radio", { name: "1 week" }).check();
    await waitForBars(page, 1800);
    await page.getByRole("radio", { name: "1 month" }).check();
    await waitForBars(page, 414);
    assertEquals(await page.locator("#chart").getAttribute("data-marks"), "6");
    assertMatch(await page.locator("#legend").textContent() ?? "", /^2017-06-01/);
    assertEquals(complaints, []);
    await page.close();
  });

  it("shows what an instrument has where its address asks for what it has not", async () => {
    await using house = await House.make();
    await house.publish("IBM", "1962-01-01", 10);
    await house.transform();
    const { page, complaints } = await open(browser, `${await house.serve()}#bars/csv/IBM/1s`);
    await waitForBars(page, 10);
    assertStringIncludes(page.url(), "#bars/csv/IBM/1d");
    assertMatch(await page.locator("#legend").textContent() ?? "", /^1962-01-12/);
    assertEquals(complaints, []);
    await page.close();
  });

  it("tells what has arrived while there are no candles, and what was refused", async () => {
    await using house = await House.make();
    house.deadLetters = 3;
    const { page, complaints } = await open(browser, await house.serve());
    await page.getByText("Waiting for the first record").waitFor();
    await page.getByText("No ticks, quotes or bars have reached").waitFor();
    await page.getByText("3 records were refused").first().waitFor();
    await house.publish("AAPL", "2020-01-01", 10);
    await page.getByText("The models have not been built yet").waitFor();
    await page.getByText("The warehouse holds 10 bars.").waitFor();
    await house.transform();
    await waitForBars(page, 10);
    assertEquals(await page.locator("#bars").textContent(), "10");
    assertEquals(await page.locator("#ticks").isVisible(), false);
    assertEquals(complaints, []);
    await page.close();
  });

  it("tells beside the ticks that bars have come which have no candles", async () => {
    await using house = await House.make();
    await house.insert(rising("AAPL", 5));
    await house.buildGold(NOON);
    await house.publish("IBM", "2020-01-01", 10);
    const { page } = await open(browser, await house.serve());
    await page.locator("#pending").getByText("10 bars have no candles yet").waitFor();
    await house.transform();
    await page.locator("#pending").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "IBM" }).click();
    await waitForBars(page, 10);
    await page.close();
  });

  it("shows a symbol that is markup as text", async () => {
    await using house = await House.make();
    await house.insert([...rising(EVIL, 5), ...rising("<b>b</b>", 5)]);
    const { page, complaints } = await open(browser, await house.serve());
    await page.getByRole("button", { name: EVIL }).click();
    await page.locator("#treemap .slice").first().waitFor();
    await waitForBars(page, 5);
    assertEquals(await page.locator("#symbol").textContent(), EVIL);
    assertStringIncludes(await page.locator("#treemap").textContent() ?? "", "<b>b</b>");
    assertEquals(await page.locator("img").count(), 0);
    assertEquals(await page.evaluate(() => "hacked" in globalThis), false);
    assertEquals(complaints, []);
    await page.close();
  });

  it("tells that the connection is lost, and comes back by itself with what it missed", async () => {
    await using house = await House.make();
    await house.insert(rising("AAPL", 20));
    const url = await house.serve();
    const { page } = await open(browser, url);
    await waitForBars(page, 20);
    await house.stopServing();
    await page.getByText("Reconnecting").waitFor();
    const later = { symbol: "AAPL", price: 90, size: 1, at: NOON + 60_000, id: "later" };
    await house.insert([later]);
    await house.serve(Number(new URL(url).port));
    await waitForBars(page, 21);
    await page.locator('#state[data-state="reconnecting"]').waitFor({ state: "detached" });
    assertEquals(await page.locator("#last").textContent(), "90.00");
    await page.close();
  });

  it("says what is wrong when the warehouse can't be read, until it can", async () => {
    await using house = await House.make();
    await house.insert(rising("AAPL", 20));
    const { page } = await open(browser, await house.serve());
    await waitForBars(page, 20);
    house.failure = "the disk is on holiday";
    await page.getByRole("alert").filter({ hasText: "the disk is on holiday" }).waitFor();
    house.failure = undefined;
    await page.getByRole("alert").waitFor({ state: "hidden" });
    await page.close();
  });

  it("can be used with the keyboard, and keeps the choice in the address", async () => {
    await using house = await House.make();
    await house.insert([...rising("AAPL", 5), ...rising("MSFT", 6)]);
    const { page } = await open(browser, await house.serve());
    await waitForBars(page, 5);
    await page.getByRole("button", { name: "MSFT" }).focus();
    await page.keyboard.press("Enter");
    await waitForBars(page, 6);
    assertStringIncludes(page.url(), "#ticks/simulator/MSFT/1s");
    await page.reload();
    await waitForBars(page, 6);
    assertEquals(await page.locator('[aria-current="true"] .symbol').textContent(), "MSFT");
    await page.close();
  });

  it("reads nothing while no page is open", async () => {
    await using house = await House.make();
    await house.insert(rising("AAPL", 5));
    const url = await house.serve();
    assertEquals(house.queries, 0);
    const { page } = await open(browser, url);
    await waitForBars(page, 5);
    await page.close();
    // The server notices at its next event; then the count stands still.
    let seen = -1;
    while (seen !== house.queries) {
      seen = house.queries;
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    assert(seen > 0);
  });

  it("fits a phone without scrolling sideways, in the dark too", async () => {
    await using house = await House.make();
    await house.insert(["AAPL", "MSFT", "GOOGL", "AMZN", "TSLA"].flatMap((s) => rising(s, 20)));
    const url = await house.serve();
    const page = await browser.newPage({
      viewport: { width: 390, height: 844 },
      colorScheme: "dark",
    });
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(url);
    await waitForBars(page, 20);
    const [wide, background] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      getComputedStyle(document.body).backgroundColor,
    ]);
    assertEquals(wide, 390);
    assertEquals(background, "rgb(12, 15, 19)");
    await page.close();
  });
});
