import { assert, assertEquals, assertMatch } from "@std/assert";
import { systemClock } from "tickhouse/clock.ts";
import { startFeedServers } from "./feeds.ts";
import { ask, Client, type Feeds, feedsAt, OPEN } from "./fixture.ts";
import { QUIRK_NAMES } from "./quirks/list.ts";

// deno-lint-ignore no-explicit-any
type Loose = any;

/** Tells or asks the control endpoint. */
async function control(
  feeds: Pick<Feeds, "origin" | "token">,
  path: string,
  body?: unknown,
  token = feeds.token,
): Promise<{ status: number; body: Loose }> {
  const response = await fetch(`${feeds.origin}/control${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { "x-standin-token": token },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

Deno.test("answerControl() without the token, of other paths, of no JSON: says so", async () => {
  await using feeds = feedsAt(OPEN);
  assertEquals((await control(feeds, "/quirks", undefined, "wrong")).status, 403);
  assertEquals((await control(feeds, "/nothing")).status, 404);
  for (const body of [[], "x", null]) {
    assertEquals((await control(feeds, "/quirks", body)).status, 400);
  }
});

Deno.test("answerControl() of quirks: lists all, switches one on, says what is wrong", async () => {
  await using feeds = feedsAt(OPEN);
  const { body: list } = await control(feeds, "/quirks");
  assertEquals(list.map(({ name }: Loose) => name), QUIRK_NAMES);
  await control(feeds, "/quirks", { name: "finnhub.limit_text", next: 1, symbols: ["AAPL"] });
  const path = "/finnhub/api/v1/quote?symbol=AAPL&token=k";
  assertEquals((await ask(feeds, path)).status, 429);
  assertEquals((await ask(feeds, path)).status, 200);
  const wrong = await control(feeds, "/quirks", { name: "finnhub.nope" });
  assertEquals(wrong.status, 400);
  assertMatch(wrong.body.error, /finnhub\.nope.*docs\/feeds_quirks\.md/);
  for (
    const body of [
      { name: "finnhub.cut", probabilty: 0.5 },
      { name: "finnhub.cut", symbols: "AAPL" },
      { name: "finnhub.cut", next: "1" },
      { name: "finnhub.stall", parameters: { for_ms: [] } },
    ]
  ) assertEquals((await control(feeds, "/quirks", body)).status, 400, JSON.stringify(body));
  await control(feeds, "/quirks", { name: "finnhub.limit_text" });
  await control(feeds, "/calm", {});
  assertEquals((await ask(feeds, path)).status, 200);
});

Deno.test("answerControl() of the clock: goes to a time, on by some, at a speed", async () => {
  await using feeds = feedsAt(OPEN);
  await using client = await Client.to(feeds, "AAPL");
  const there = await control(feeds, "/clock", { at: "2026-11-24T16:00:00Z" });
  assertEquals(there.body, { at: "2026-11-24T16:00:00.000Z", now_ms: feeds.clock.now(), speed: 0 });
  const { body } = await control(feeds, "/clock", { advance_ms: 5000 });
  assertEquals(body.at, "2026-11-24T16:00:05.000Z");
  await client.say();
  assert(client.trades().length > 0);
  assertEquals((await control(feeds, "/clock", { speed: 2 })).body.speed, 2);
  assertEquals((await control(feeds, "/clock", { at: "soon" })).status, 400);
  await using real = startFeedServers({ clock: systemClock });
  assertEquals((await control(real, "/clock", { speed: 2 })).status, 400);
  assertEquals((await control(real, "/clock")).body.speed, 1);
});

Deno.test("answerControl() of the truth: each trade, and when it was sent", async () => {
  await using feeds = feedsAt(OPEN);
  await using client = await Client.to(feeds, "BRK.B");
  const from = feeds.clock.now() * 1000;
  await feeds.pass(30_000);
  await client.say();
  const path = (symbol: string) => `/truth?symbol=${symbol}&from=${from}&to=${from + 30e6}`;
  const { body } = await control(feeds, path("BRK.B"));
  assertEquals(body, feeds.truth("BRK.B", from, from + 30e6));
  assertEquals((await control(feeds, path("BRK-B"))).body, body);
  assert(body.length > 10 && body.every(({ sent }: Loose) => sent.length === 1));
  const unknown = await control(feeds, path("NOPE"));
  assertMatch(unknown.body.error, /NOPE/);
  assertEquals((await control(feeds, "/truth?symbol=BRK.B")).status, 400);
});

Deno.test("answerControl() of requests: counts by key, path and status, without the key's text", async () => {
  await using feeds = feedsAt(OPEN);
  await ask(feeds, "/finnhub/api/v1/quote?symbol=AAPL&token=one");
  await ask(feeds, "/finnhub/api/v1/quote?symbol=IBM&token=one");
  await ask(feeds, "/yahoo/v8/finance/chart/NOPE");
  const { body } = await control(feeds, "/requests");
  assertEquals(body.counts, [
    {
      ...{ provider: "finnhub", key: "one", path: "/finnhub/api/v1/quote" },
      ...{ status: 200, count: 2 },
    },
    {
      ...{ provider: "yahoo", key: "", path: "/yahoo/v8/finance/chart/NOPE" },
      ...{ status: 404, count: 1 },
    },
  ]);
  assertEquals(body.latest[1].query, { symbol: "IBM" });
  await control(feeds, "/requests", {});
  assertEquals(feeds.counts(), []);
});

Deno.test("answerControl() of limits: real ones, none, or given ones", async () => {
  await using feeds = feedsAt(OPEN);
  const path = "/yahoo/v8/finance/chart/AAPL?range=1d&interval=1d";
  await control(feeds, "/limits", { yahoo: [{ requests: 1, perMs: 1000 }] });
  assertEquals([(await ask(feeds, path)).status, (await ask(feeds, path)).status], [200, 429]);
  const { body } = await control(feeds, "/limits", { preset: "real" });
  assertEquals(body.alphavantage.length, 2);
  await control(feeds, "/limits", { preset: "none" });
  assertEquals((await ask(feeds, path)).status, 200);
  assertEquals((await control(feeds, "/limits", { bloomberg: [] })).status, 400);
  assertEquals((await control(feeds, "/limits", { yahoo: [null] })).status, 400);
});

Deno.test("answerControl() of actions, connections and a cut", async () => {
  await using feeds = feedsAt(OPEN);
  const split = { symbol: "AAPL", day: "2026-11-25", kind: "split", amount: 10 };
  const { body } = await control(feeds, "/actions", split);
  assertEquals(body.at(-1).amount, 10);
  for (const wrong of [{ symbol: "NOPE" }, { kind: "merger" }, { amount: 0 }, { day: "soon" }]) {
    assertEquals((await control(feeds, "/actions", { ...split, ...wrong })).status, 400);
  }
  const client = await Client.to(feeds, "AAPL");
  assertEquals((await control(feeds, "/connections")).body, [1]);
  // It cuts the connection on which it is told, too.
  await control(feeds, "/cut", {}).catch(() => {});
  await client.closed;
  assertEquals((await control(feeds, "/connections")).body, []);
});
