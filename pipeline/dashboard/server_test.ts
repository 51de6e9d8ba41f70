import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { connect as connectTcp } from "node:net";
import { TickhouseError } from "../errors.ts";
import { type DashboardOptions, serveDashboard } from "./server.ts";

function serve(options: Partial<DashboardOptions> = {}) {
  const stop = new AbortController();
  const query = () => Promise.resolve({ columns: [], rows: [] });
  const dashboard = serveDashboard({ query, port: 0, signal: stop.signal, ...options });
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
function statusFor(url: string, host: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connectTcp(Number(port), hostname);
    socket.on("error", reject);
    socket.on("data", (data) => {
      resolve(data.toString().split("\r\n")[0] ?? "");
      socket.destroy();
    });
    socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
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
    await using dashboard = serve();
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
    await using dashboard = serve();
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
    await using dashboard = serve();
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
    assertStringIncludes(unknown.text, "1s, 1m, 5m, 1h, 1d");
  });

  it("throws PORT_IN_USE for a port it was given, and takes another one otherwise", async () => {
    await using first = serve();
    const port = Number(new URL(first.url).port);
    const error = assertThrows(() => serve({ port }), TickhouseError, `port is ${port}`);
    assertEquals(error.code, "PORT_IN_USE");
    const stop = new AbortController();
    const query = () => Promise.resolve({ columns: [], rows: [] });
    const one = serveDashboard({ query, signal: stop.signal });
    const two = serveDashboard({ query, signal: stop.signal });
    assert(one.url !== two.url);
    stop.abort();
    await Promise.all([one.finished, two.finished]);
  });

  it("stops while a page listens, and ends its stream", async () => {
    const dashboard = serve({ pollMs: 10 });
    const response = await fetch(`${dashboard.url}events`);
    const reader = response.body?.getReader();
    const first = await reader?.read();
    assertStringIncludes(new TextDecoder().decode(first?.value), '"first":true');
    await dashboard[Symbol.asyncDispose]();
    let chunk = await reader?.read();
    while (chunk?.done === false) chunk = await reader?.read();
    assertEquals(chunk?.done, true);
  });

  it("tells the page of a query that fails", async () => {
    await using dashboard = serve({ query: () => Promise.reject(new Error("no such luck")) });
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
