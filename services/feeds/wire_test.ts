import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ask, feedsAt, OPEN, type Sees, testAll } from "./fixture.ts";

const PATH = "/finnhub/api/v1/quote?symbol=AAPL&token=k";
const MIB = 1024 * 1024;

/** The answer with a quirk that is on once; the one after it is as usual. */
async function once(name: string, parameters: Record<string, number | string> = {}) {
  await using feeds = feedsAt(OPEN);
  const usual = await ask(feeds, PATH);
  feeds.quirk(name, { next: 1, parameters, provider: "finnhub" });
  await ask(feeds, "/alphavantage/query?function=X&apikey=k");
  const odd = await ask(feeds, PATH);
  assertEquals((await ask(feeds, PATH)).text, usual.text);
  return { ...odd, usual };
}

testAll(
  {
    "http.bad_gateway": async (name) => {
      const { status, text, headers } = await once(name);
      assertEquals([status, headers.get("content-type")], [502, "text/html"]);
      assertMatch(text, /^<html>/);
    },
    "http.truncated": async (name) => {
      const { status, text, usual } = await once(name);
      assertEquals(status, 200);
      assert(usual.text.startsWith(text) && text.length < usual.text.length);
    },
    "http.cut": async (name) => {
      await using feeds = feedsAt(OPEN);
      feeds.quirk(name, { next: 1 });
      await assertRejects(() => ask(feeds, PATH));
      assertEquals((await ask(feeds, PATH)).status, 200);
    },
    "http.endless": async (name) => {
      await using feeds = feedsAt(OPEN);
      feeds.quirk(name, { next: 1 });
      const response = await fetch(feeds.origin + PATH);
      const reader = response.body?.getReader();
      let bytes = 0;
      while (bytes < 8 * MIB) bytes += (await reader?.read())?.value?.length ?? 0;
      await reader?.cancel();
    },
    "http.redirect": async (name) => {
      const { status, headers } = await once(name, { to: "http://other.test/x" });
      assertEquals([status, headers.get("location")], [302, "http://other.test/x"]);
    },
    "http.redirect_link_local": async (name) => {
      const { headers } = await once(name);
      assertMatch(headers.get("location") ?? "", /^http:\/\/169\.254\.169\.254\//);
    },
    "http.slow": async (name) => {
      await using feeds = feedsAt(OPEN);
      feeds.quirk(name, { parameters: { ms: 9000 } });
      let isThere = false;
      const answer = ask(feeds, PATH).finally(() => isThere = true);
      feeds.clock.advance(8000);
      await new Promise((resolve) => setTimeout(resolve, 50));
      assertEquals(isThere, false);
      feeds.clock.advance(9000);
      assertEquals((await answer).status, 200);
    },
    "http.status": async (name) => {
      const { status, text, headers } = await once(name, { status: 503, retry_after_s: 7 });
      assertEquals([status, text, headers.get("retry-after")], [503, "", "7"]);
    },
    "http.huge": async (name) => {
      const { text } = await once(name, { bytes: 3 * MIB });
      assertEquals(text.length, 3 * MIB);
    },
    "http.gzip_bomb": async (name) => {
      await using feeds = feedsAt(OPEN);
      feeds.quirk(name, { next: 1, parameters: { bytes: 4 * MIB } });
      const { text } = await ask(feeds, PATH);
      assertEquals(text.length, 4 * MIB);
      feeds.quirk(name, { next: 1, parameters: { bytes: 4 * MIB } });
      // What a client sees that does not unpack.
      const { hostname, port } = new URL(feeds.origin);
      using conn = await Deno.connect({ hostname, port: Number(port) });
      const request = `GET ${PATH} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
      await conn.write(new TextEncoder().encode(request));
      const bytes = await new Response(conn.readable).bytes();
      assert(bytes.length < MIB / 16);
    },
  } satisfies Sees<"http">,
);
