import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { FeedClock } from "services/feeds/clock.ts";
import { startFeedServers } from "services/feeds/feeds.ts";
import { open } from "tickhouse";
import { TempFolder } from "tickhouse/testing.ts";

Deno.test("finnhub: trades of the stand-in are rows of the warehouse, each once", async () => {
  using folder = new TempFolder();
  using clock = new FeedClock({ speed: 1 });
  await using feeds = startFeedServers({ clock, seed: 7, rate: 2_000 });
  feeds.quirk("finnhub.repeat", { probability: 0.3, parameters: { within_ms: 20 } });
  await using house = await open({
    home: join(folder.path, "home"),
    settings: { ...feeds.variables, TICKHOUSE_SYMBOLS: "BINANCE:BTCUSDT" },
    onNote: () => {},
  });
  const report = await house.stream({ source: "finnhub", limit: 300, models: false }).report;
  assertEquals(report.proven, true);
  assertMatch(
    String(report),
    /^read +300 records, 0 refused, \d+ trades sent again and left out$/m,
  );
  const [row] = await house.rows(`SELECT count(*) AS n, count(DISTINCT trade_id) AS trades,
    min(symbol) AS symbol, min(source) AS source FROM bronze.ticks`);
  assertEquals(row, { n: 300, trades: 300, symbol: "BINANCE:BTCUSDT", source: "finnhub" });
});
