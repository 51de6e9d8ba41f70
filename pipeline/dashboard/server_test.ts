import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { delay } from "@std/async";
import { connect as connectTcp } from "node:net";
import { TickhouseError } from "../errors.ts";
import type { Result } from "../sql/session.ts";
import { type DashboardOptions, serveDashboard } from "./server.ts";

async function serve(options: Partial<DashboardOptions> = {}) {
  const stop = new AbortController();
  const query = () => Promise.resolve({ columns: [], rows: [] });
  const dashboard = await serveDashboard({ query, port: 0, signal: stop.signal, ...options });
  return {
    url: dashboard.url,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await dashboard.finished;
    },
  };
}

async function ask(url: string, init: RequestInit = {}) {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Status line of a request with a Host header of choice, which fetch does not allow. */
async function statusFor(url: string, host: string): Promise<string> {
  return (await raw(url, "/", { host })).split("\r\n")[0] ?? "";
}

/** What comes first of the answer to a request with headers that fetch does not allow. */
function raw(url: string, path: string, headers: Record<string, string>): Promise<string> {
  const { hostname, port, host } = new URL(url);
  const lines = Object.entries({ host, connection: "close", ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return new Promise((resolve, reject) => {
    const socket = connectTcp(Number(port), hostname);
    socket.on("error", reject);
    socket.on("data", (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  });
}

const PATHS = [
  "",
  "page.css",
  "icon.svg",
  "app.js",
  "chart.js",
  "vendor/lightweight-charts.js",
  "vendor/plotly.js",
  "vendor/plotly.css",
];

describe("serveDashboard()", () => {
  it("serves the page, its modules and the libraries, all under a strict policy", async () => {
    await using dashboard = await serve();
    for (const path of PATHS) {
      const { status, headers } = await ask(dashboard.url + path);
      assertEquals([path, status], [path, 200]);
      const policy = headers.get("content-security-policy") ?? "";
      assertStringIncludes(policy, "default-src 'none'; script-src 'self'");
      assert(!policy.includes("unsafe"));
      const again = await ask(dashboard.url + path, {
        headers: { "if-none-match": headers.get("etag") ?? "" },
      });
      assertEquals([path, again.status], [path, 304]);
    }
  });

  it("serves every module that the page imports", async () => {
    await using dashboard = await serve();
    const seen = new Set<string>();
    const visit = async (path: string) => {
      if (seen.has(path)) return;
      seen.add(path);
      const { status, text } = await ask(new URL(path, dashboard.url).href);
      assertEquals([path, status], [path, 200]);
      if (path.startsWith("/vendor/")) return;
      for (const [, next = ""] of text.matchAll(/^(?:import|\}) .*from "(.+)";$/gm)) {
        await visit(new URL(next, dashboard.url).pathname);
      }
    };
    await visit("/app.js");
    assert(seen.has("/vendor/lightweight-charts.js"), [...seen].join());
  });

  it("refuses other paths, other methods, foreign hosts and unknown intervals", async () => {
    await using dashboard = await serve();
    for (
      const path of ["nothing", "page/app.js", "..%2fserver.ts", "t.js", "vendor/", "toString"]
    ) {
      assertEquals([path, (await ask(dashboard.url + path)).status], [path, 404]);
    }
    assertEquals((await ask(dashboard.url, { method: "POST" })).status, 405);
    assertStringIncludes(await statusFor(dashboard.url, "evil.example"), "403");
    assertStringIncludes(await statusFor(dashboard.url, new URL(dashboard.url).host), "200");
    const unknown = await ask(`${dashboard.url}candles?interval=7s`);
    assertEquals(unknown.status, 400);
    assertStringIncludes(unknown.text, "1s, 1m, 2m, 5m, 15m, 30m, 1h, 4h, 1d, 1wk, 1mo");
  });

  it("throws PORT_IN_USE for a port it was given, and takes another one otherwise", async () => {
    await using first = await serve();
    const port = Number(new URL(first.url).port);
    const error = await assertRejects(() => serve({ port }), TickhouseError, `port is ${port}`);
    assertEquals(error.code, "PORT_IN_USE");
    const stop = new AbortController();
    const query = () => Promise.resolve({ columns: [], rows: [] });
    const one = await serveDashboard({ query, signal: stop.signal });
    const two = await serveDashboard({ query, signal: stop.signal });
    assert(one.url !== two.url);
    stop.abort();
    await Promise.all([one.finished, two.finished]);
  });

  it("stops while a page listens, and ends its stream", async () => {
    const dashboard = await serve({ pollMs: 10 });
    const response = await fetch(`${dashboard.url}events`);
    const reader = response.body?.getReader();
    const first = await reader?.read();
    assertStringIncludes(new TextDecoder().decode(first?.value), '"first":true');
    await dashboard[Symbol.asyncDispose]();
    let chunk = await reader?.read();
    while (chunk?.done === false) chunk = await reader?.read();
    assertEquals(chunk?.done, true);
  });

  it("has not stopped while a query of it runs, also of a page that has gone", async () => {
    const { promise: asked, resolve: onAsk } = Promise.withResolvers<void>();
    const { promise: result, resolve: answer } = Promise.withResolvers<Result>();
    const stop = new AbortController();
    const query = () => {
      onAsk();
      return result;
    };
    const { url, finished } = await serveDashboard({ query, port: 0, signal: stop.signal });
    const asking = fetch(`${url}candles?interval=1m&dataset=ticks&source=a&symbol=B`)
      .then((response) => response.body?.cancel(), () => {});
    await asked;
    let hasStopped = false;
    const stopping = finished.then(() => hasStopped = true);
    stop.abort();
    await asking;
    // The port is closed by then: nothing is left but the query.
    await assertRejects(() => fetch(url));
    await delay(0);
    assertEquals(hasStopped, false);
    answer({ columns: [], rows: [] });
    await stopping;
  });

  it("refuses what another site's page asks, and lets it lead here", async () => {
    await using dashboard = await serve();
    const status = async (path: string, headers: Record<string, string>) =>
      (await raw(dashboard.url, path, headers)).slice(9, 12);
    const cross = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" };
    const statuses = [
      await status("/candles?interval=1s", cross),
      await status("/events", { ...cross, "sec-fetch-site": "same-site" }),
      await status("/", { origin: "http://evil.example" }),
      await status("/", { ...cross, "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }),
      await status("/", { ...cross, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }),
      await status("/page.css", { "sec-fetch-site": "same-origin" }),
    ];
    assertEquals(statuses, ["403", "403", "403", "403", "200", "200"]);
  });

  it("needs a token where others can reach it", async () => {
    const error = await assertRejects(
      () => serve({ hostname: "0.0.0.0" }),
      TickhouseError,
      "token",
    );
    assertEquals(error.code, "OPTION_INVALID");
    await using dashboard = await serve({ token: "an-unlikely-token" });
    const get = (path: string, headers: Record<string, string> = {}) =>
      raw(dashboard.url, path, headers);
    assertStringIncludes(await get("/"), " 401 ");
    assertStringIncludes(await get("/candles?interval=1s&token=an-unlikely-token"), " 401 ");
    assertStringIncludes(await get("/?token=wrong"), " 401 ");
    const opened = await get("/?token=an-unlikely-token");
    assertStringIncludes(opened, " 303 ");
    const cookie = /set-cookie: ([^;]+);.*HttpOnly; SameSite=Strict/i.exec(opened)?.[1] ?? "";
    assertStringIncludes(await get("/", { cookie }), " 200 ");
  });

  it("tells the page of a query that fails", async () => {
    await using dashboard = await serve({ query: () => Promise.reject(new Error("no such luck")) });
    const response = await fetch(`${dashboard.url}events`);
    const reader = response.body?.getReader();
    const { value } = await reader?.read() ?? {};
    assertStringIncludes(new TextDecoder().decode(value), '"problem":"no such luck"');
    await reader?.cancel();
    const candles = await ask(`${dashboard.url}candles?interval=1s`);
    assertEquals(candles.status, 500);
    assertStringIncludes(candles.text, "no such luck");
  });
});
