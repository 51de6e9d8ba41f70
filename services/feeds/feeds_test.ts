import { assert, assertEquals } from "@std/assert";
import { ask, Client, type Feeds, feedsAt, OPEN, pass } from "./fixture.ts";

const PATHS = [
  "/finnhub/api/v1/quote?symbol=AAPL&token=k",
  "/finnhub/api/v1/stock/candle?symbol=IBM&resolution=5&from=1795500000&to=1795536000&token=k",
  "/yahoo/v8/finance/chart/0700.HK?range=5d&interval=15m",
  "/yahoo/v8/finance/chart/META?range=max&interval=1wk&events=div,splits",
  "/alphavantage/query?function=TIME_SERIES_DAILY&symbol=VOD.LON&apikey=k",
  "/alphavantage/query?function=TIME_SERIES_INTRADAY&symbol=KO&interval=1min&apikey=k",
];

async function all(feeds: Feeds, paths = PATHS): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const path of paths) texts.set(path, (await ask(feeds, path)).text);
  return texts;
}

Deno.test("startFeedServers() of one seed answer alike, in any order; of another seed otherwise", async () => {
  await using one = feedsAt(OPEN, { seed: 3 });
  await using two = feedsAt(OPEN, { seed: 3 });
  await using other = feedsAt(OPEN, { seed: 4 });
  const first = await all(one);
  const second = await all(two, PATHS.toReversed());
  for (const path of PATHS) assertEquals(second.get(path), first.get(path), path);
  const third = await all(other);
  for (const path of PATHS) assert(third.get(path) !== first.get(path), path);
});

Deno.test("startFeedServers() of one seed send alike over the socket, with quirks too", async () => {
  const run = async () => {
    await using feeds = feedsAt(OPEN, { seed: 5 });
    await using client = await Client.to(feeds, "AAPL", "TSLA");
    feeds.quirk("finnhub.repeat", { probability: 0.3 });
    feeds.quirk("finnhub.out_of_order", { probability: 0.3 });
    feeds.quirk("finnhub.late", { probability: 0.3 });
    await pass(feeds, client, 30_000);
    return client.trades();
  };
  const [first, second] = [await run(), await run()];
  assert(first.length > 100);
  assertEquals(first, second);
});

Deno.test("all three providers and the socket agree on what was traded", async () => {
  await using feeds = feedsAt(OPEN);
  await using client = await Client.to(feeds, "IBM");
  const [from, to] = [Date.parse(OPEN) / 1000, Date.parse(OPEN) / 1000 + 60];
  await pass(feeds, client, 61_000);
  const json = async (path: string) => JSON.parse((await ask(feeds, path)).text);
  const finnhub = await json(
    `/finnhub/api/v1/stock/candle?symbol=IBM&resolution=1&from=${from}&to=${from}&token=k`,
  );
  const { chart: { result: [{ indicators: { quote: [yahoo] }, timestamp }] } } = await json(
    `/yahoo/v8/finance/chart/IBM?period1=${from}&period2=${to}&interval=1m`,
  );
  const series = (await json(
    "/alphavantage/query?function=TIME_SERIES_INTRADAY&symbol=IBM&interval=1min&apikey=k",
  ))["Time Series (1min)"]["2026-11-24 10:00:00"];
  const heard = client.trades().filter(({ t }) => t < to * 1000);
  const volume = heard.reduce((sum, { v }) => sum + v, 0);
  assertEquals([finnhub.t, timestamp], [[from], [from]]);
  assertEquals([finnhub.v[0], yahoo.volume[0], Number(series["5. volume"])], Array(3).fill(volume));
  assertEquals([yahoo.high[0], Number(series["2. high"])], [
    ...[Math.fround(finnhub.h[0]), finnhub.h[0]],
  ]);
});

Deno.test("FeedServers.pass() sends each trade of hours, whatever the step", async () => {
  await using feeds = feedsAt(OPEN);
  await using client = await Client.to(feeds, "AAPL", "MSFT", "BRK.B");
  const fromUs = feeds.clock.now() * 1000;
  await pass(feeds, client, 3600_000, 600_000);
  const toUs = feeds.clock.now() * 1000;
  const truth = ["AAPL", "MSFT", "BRK.B"].flatMap((symbol) => feeds.truth(symbol, fromUs, toUs));
  assertEquals(client.trades().length, truth.length);
  assert(truth.length > 10_000 && truth.every(({ sent }) => sent.length === 1));
});

Deno.test("what is no path of the feeds: 404, and never a file", async () => {
  await using feeds = feedsAt(OPEN);
  const paths = ["/", "/../deno.json", "/%2e%2e/deno.json", "/finnhub", "/yahoo/..%2f..%2f", "//x"];
  for (const path of paths) {
    const { status } = await ask(feeds, path, { headers: { "x-finnhub-token": "k" } });
    assertEquals(status, 404, path);
  }
});
