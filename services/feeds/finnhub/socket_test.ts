import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import {
  ask,
  Client,
  type Feeds,
  feedsAt,
  OPEN,
  pass,
  type Sees,
  type Sent,
  testAll,
  until,
} from "../fixture.ts";
import type { QuirkSetting } from "../world/quirks.ts";

const MINUTE_MS = 60_000;

/** What came of a symbol in a minute, and what happened then. */
async function minute(feeds: Feeds, client: Client, symbol: string, stepMs = 1000) {
  const fromMs = feeds.clock.now();
  const before = client.trades().length;
  await pass(feeds, client, MINUTE_MS, stepMs);
  const came = client.trades().slice(before).filter(({ s }) => s === symbol);
  return { came, happened: feeds.truth(symbol, fromMs * 1000, feeds.clock.now() * 1000), fromMs };
}

/** A minute of AAPL with a quirk. */
async function withQuirk(name: string, setting: QuirkSetting = {}) {
  await using feeds = feedsAt(OPEN);
  await using client = await Client.to(feeds, "AAPL");
  feeds.quirk(name, setting);
  const { came, happened } = await minute(feeds, client, "AAPL");
  return { came, happened, lies: feeds.lies(), raw: client.raw };
}

const identity = ({ t, p, v, c }: Sent) => JSON.stringify([t, p, v, c]);

Deno.test("FinnhubSocket sends each trade of subscribed symbols once, in order, and no others", async () => {
  await using feeds = feedsAt(OPEN, { rate: 500 });
  await using client = await Client.to(feeds, "AAPL", "BINANCE:BTCUSDT", "NOPE");
  // So many steps that trades happen at the very moment of some of them.
  const { came, happened } = await minute(feeds, client, "AAPL", 50);
  assert(happened.length > 50);
  const sent = came.map(({ t, p, v, c }) => ({ t: t * 1000, p, v, c }));
  const truth = happened.map(({ timeUs, price, size, conditions }) => (
    { t: timeUs, p: price, v: size, c: [...conditions] }
  ));
  assertEquals(sent, truth);
  assertEquals(happened.filter(({ sent }) => sent.length !== 1), []);
  const times = client.trades().map(({ t }) => t);
  assertEquals(times, times.toSorted((a, b) => a - b));
  const symbols = new Set(client.trades().map(({ s }) => s));
  assertEquals(symbols, new Set(["AAPL", "BINANCE:BTCUSDT"]));
  assert(client.trades().some(({ s, c }) => s === "BINANCE:BTCUSDT" && c === null));
});

Deno.test("FinnhubSocket sends nothing more after unsubscribe", async () => {
  await using feeds = feedsAt(OPEN);
  await using client = await Client.to(feeds, "AAPL");
  await client.say({ type: "unsubscribe", symbol: "AAPL" });
  const { came } = await minute(feeds, client, "AAPL");
  assertEquals(came, []);
});

Deno.test("FinnhubSocket sends only pings when the market is shut", async () => {
  await using feeds = feedsAt("2026-11-26T02:00:00Z");
  await using client = await Client.to(feeds, "AAPL");
  await pass(feeds, client, 3 * MINUTE_MS);
  assertEquals(client.messages(), [{ type: "ping" }, { type: "ping" }, { type: "ping" }]);
});

Deno.test("FinnhubSocket refuses what is no symbol, and more than 50", async () => {
  await using feeds = feedsAt(OPEN);
  await using client = new Client(feeds);
  await client.opened();
  const symbols: unknown[] = [7, null, "x".repeat(10_000), undefined];
  await client.say(...symbols.map((symbol) => ({ type: "subscribe", symbol })));
  assertEquals(client.messages().map(({ msg }) => msg), Array(4).fill("Invalid symbol"));
  await client.say(
    ...Array.from({ length: 51 }, (_, i) => ({ type: "subscribe", symbol: `S${i}` })),
  );
  assertEquals(client.messages().at(-1)?.msg, "Subscribing to too many symbols");
});

Deno.test("FinnhubSocket asks for a key, and for the right one where there is one", async () => {
  await using feeds = feedsAt(OPEN, { keys: { finnhub: "right" } });
  for (const token of ["", "wrong"]) {
    const client = new Client(feeds, token);
    await assertRejects(() => client.opened());
    await client.closed;
  }
  await using client = new Client(feeds, "right");
  await client.opened();
  const statuses = feeds.counts().map(({ key, status }) => [key, status]);
  assertEquals(statuses, [["", 401], ["wrong", 401], ["right", 101]]);
});

Deno.test("FinnhubSocket goes on after a cut; what happened meanwhile was never sent", async () => {
  await using feeds = feedsAt(OPEN);
  const first = await Client.to(feeds, "AAPL");
  feeds.cutAll();
  await first.closed;
  const fromUs = feeds.clock.now() * 1000;
  await feeds.pass(10_000);
  const cutUs = feeds.clock.now() * 1000;
  await using second = await Client.to(feeds, "AAPL");
  await minute(feeds, second, "AAPL");
  const lost = feeds.truth("AAPL", fromUs, cutUs);
  assert(lost.length > 0);
  assertEquals(lost.filter(({ sent }) => sent.length > 0), []);
  const after = feeds.truth("AAPL", cutUs, feeds.clock.now() * 1000);
  assertEquals(after.filter(({ sent }) => sent.length !== 1), []);
});

testAll(
  {
    "finnhub.repeat": async (name) => {
      const { came, happened, raw } = await withQuirk(name, { probability: 0.5 });
      const counts = Map.groupBy(came, identity);
      const times = new Set([...counts.values()].map((all) => all.length));
      assertEquals(times, new Set([1, 2, 3]));
      for (const { data = [] } of raw.map((text) => JSON.parse(text))) {
        assertEquals(new Set(data.map(identity)).size, data.length);
      }
      assertEquals(counts.size, happened.length);
      assert(happened.some(({ sent }) => sent.length === 3));
    },
    "finnhub.repeat_within": async (name) => {
      const { raw } = await withQuirk(name);
      const [first] = raw.map((text) => JSON.parse(text)).filter(({ type }) => type === "trade");
      const counts = Map.groupBy(first.data as Sent[], identity);
      assert([...counts.values()].every((all) => all.length === 2));
    },
    "finnhub.out_of_order": async (name) => {
      const { came } = await withQuirk(name, { probability: 0.3 });
      const times = came.map(({ t }) => t);
      assertNotEquals(times, times.toSorted((a, b) => a - b));
    },
    "finnhub.late": async (name) => {
      const { came, happened } = await withQuirk(name, {
        probability: 0.3,
        parameters: { within_ms: 20_000 },
      });
      const late = came.filter(({ c }) => c?.includes("30"));
      const times = came.map(({ t }) => t);
      assert(late.length > 5);
      assertNotEquals(times, times.toSorted((a, b) => a - b));
      const marked = happened.filter(({ conditions }) => conditions.includes("30"));
      assert(marked.every(({ counts }) => !counts));
      assert(marked.some(({ sent, timeUs }) => (sent[0]?.at ?? 0) * 1000 - timeUs > 5e6));
    },
    "finnhub.trade_time_s": async (name) => {
      const { came } = await withQuirk(name);
      assert(came.length > 0 && came.every(({ t }) => t < 1e10));
    },
    "finnhub.stall": async (name) => {
      await using feeds = feedsAt(OPEN);
      await using client = await Client.to(feeds, "AAPL");
      feeds.quirk(name, { next: 1, parameters: { for_ms: 3 * MINUTE_MS } });
      const { came, happened } = await minute(feeds, client, "AAPL");
      assertEquals([came, client.raw], [[], []]);
      assert(happened.length > 0 && happened.every(({ sent }) => sent.length === 0));
      await pass(feeds, client, 3 * MINUTE_MS);
      assert(client.trades().length > 0);
    },
    "finnhub.only_pings": async (name) => {
      const { came, raw, happened } = await withQuirk(name, { next: 1 });
      assertEquals([came, raw], [[], [`{"type":"ping"}`]]);
      assert(happened.length > 0);
    },
    "finnhub.close": async (name) => {
      await using feeds = feedsAt(OPEN);
      const client = await Client.to(feeds, "AAPL");
      feeds.quirk(name, { next: 1, parameters: { code: 1012 } });
      await feeds.pass(2000);
      assertEquals((await client.closed).code, 1012);
    },
    "finnhub.cut": async (name) => {
      await using feeds = feedsAt(OPEN);
      const client = await Client.to(feeds, "AAPL");
      feeds.quirk(name, { next: 1 });
      await feeds.pass(2000);
      const { wasClean } = await client.closed;
      assertEquals(wasClean, false);
    },
    "finnhub.one_connection": async (name) => {
      await using feeds = feedsAt(OPEN);
      const first = await Client.to(feeds, "AAPL");
      await using second = await Client.to(feeds, "AAPL");
      assertEquals((await first.closed).code, 1008);
      feeds.calm(name);
      await using third = await Client.to(feeds, "AAPL");
      await feeds.pass(MINUTE_MS);
      await until(() => second.trades().length > 0 && third.trades().length > 0);
    },
    "finnhub.replay": async (name) => {
      const { twice, lies } = await reconnected(name);
      assert(twice.length > 5);
      assertEquals(lies, 0);
    },
    "finnhub.lying_replay": async (name) => {
      const { twice, lies, came } = await reconnected(name);
      assertEquals(twice.length, 0);
      assert(lies > 5 && came.length >= lies);
    },
    "finnhub.ignore_unsubscribe": async (name) => {
      await using feeds = feedsAt(OPEN);
      await using client = await Client.to(feeds, "AAPL");
      feeds.quirk(name);
      await client.say({ type: "unsubscribe", symbol: "AAPL" });
      const { came } = await minute(feeds, client, "AAPL");
      assert(came.length > 0);
    },
    "finnhub.bad_element": async (name) => {
      const { came, happened } = await withQuirk(name, { probability: 0.1 });
      const bad = came.filter(({ p }) => typeof p !== "number");
      assert(bad.length > 0);
      assertEquals(came.length - bad.length, happened.length);
    },
    "finnhub.bad_message": async (name) => {
      await using feeds = feedsAt(OPEN);
      await using client = await Client.to(feeds, "AAPL");
      feeds.quirk(name, { next: 1 });
      await pass(feeds, client, 5000);
      const broken = client.raw.filter((text) => !text.endsWith("}"));
      assertEquals(broken.length, 1);
    },
    "finnhub.error_message": async (name) => {
      const { raw } = await withQuirk(name, { next: 1, parameters: { msg: "Busy" } });
      assert(raw.includes(`{"msg":"Busy","type":"error"}`));
    },
    "finnhub.refuse_socket": async (name) => {
      await using feeds = feedsAt(OPEN);
      feeds.quirk(name, { next: 1 });
      const refused = new Client(feeds);
      await assertRejects(() => refused.opened());
      await refused.closed;
      await using taken = new Client(feeds);
      await taken.opened();
      assertEquals(feeds.counts().map(({ status }) => status), [429, 101]);
    },
  } satisfies Partial<Sees<"finnhub">>,
);

/** What a client gets of trades that it had before it was cut off. */
async function reconnected(name: string) {
  await using feeds = feedsAt(OPEN);
  const first = await Client.to(feeds, "AAPL");
  await minute(feeds, first, "AAPL");
  const before = new Set(first.trades().map(identity));
  feeds.cutAll();
  await first.closed;
  feeds.quirk(name, { next: 1 });
  await using second = await Client.to(feeds, "AAPL");
  await pass(feeds, second, 100, 100);
  const came = second.trades();
  const twice = came.filter((trade) => before.has(identity(trade)));
  return { twice, came, lies: feeds.lies().length };
}

Deno.test("quirk market.identical_trades is seen on the wire, and by REST", async () => {
  const { came, happened } = await withQuirk("market.identical_trades", { probability: 0.5 });
  const counts = Map.groupBy(came, identity);
  assert([...counts.values()].some((all) => all.length === 2));
  assertEquals(came.length, happened.length);
  await using feeds = feedsAt(OPEN);
  feeds.quirk("market.identical_trades");
  await feeds.pass(MINUTE_MS);
  const path = "/finnhub/api/v1/stock/tick?symbol=AAPL&date=2026-11-24&token=k";
  const { t, total } = JSON.parse((await ask(feeds, path)).text);
  assert(new Set(t).size < t.length, `${total}`);
});
