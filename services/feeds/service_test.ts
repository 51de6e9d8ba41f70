import { assert, assertEquals, assertMatch } from "@std/assert";
import { startFeeds } from "./service.ts";

Deno.test("startFeeds(): a process with keys of its own, free keys' limits, control by a token", async () => {
  await using feeds = await startFeeds({ seed: 3 });
  const { variables } = feeds;
  const of = (name: string) => variables[`TICKHOUSE_${name}`] ?? "";
  assertEquals(of("FINNHUB_SOCKET"), `${feeds.endpoint.replace("http", "ws")}/finnhub/socket`);
  const quote = await fetch(`${of("FINNHUB_URL")}/quote?symbol=AAPL&token=${of("FINNHUB_KEY")}`);
  assertEquals([quote.status, quote.headers.get("x-ratelimit-limit")], [200, "30"]);
  assert((await quote.json()).c > 0);
  const wrong = await fetch(`${of("FINNHUB_URL")}/quote?symbol=AAPL&token=x`);
  assertEquals([wrong.status, await wrong.json()], [401, { error: "Invalid API key" }]);
  const token = Deno.readTextFileSync(of("SERVICES_FEEDS_TOKEN"));
  const control = (path: string, headers = {}) =>
    fetch(`${of("SERVICES_FEEDS")}${path}`, { headers });
  const clock = await (await control("/clock", { "x-standin-token": token })).json();
  assertEquals(clock.speed, 1);
  assertMatch(clock.at, /Z$/);
  const refused = await control("/clock");
  assertEquals(refused.status, 403);
  await refused.body?.cancel();
  assertEquals((Deno.statSync(of("SERVICES_FEEDS_TOKEN")).mode ?? 0) & 0o777, 0o600);
});
