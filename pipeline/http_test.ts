import { assertEquals, assertRejects } from "@std/assert";
import { VirtualClock } from "./clock.ts";
import { type HttpOptions, NoAnswer, retryAfterMs, send } from "./http.ts";

const NOW = Date.UTC(2026, 0, 1);

/** A server that gives each answer once, then 200; and who it says it was asked by. */
function server(...answers: (() => Response | Promise<Response>)[]) {
  const asked: (string | null)[] = [];
  const running = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    asked.push(request.headers.get("authorization"));
    return answers.shift()?.() ?? new Response("fine");
  });
  const url = `http://127.0.0.1:${running.addr.port}/`;
  return { url, asked, [Symbol.asyncDispose]: () => running.shutdown() };
}

const status = (code: number, headers: Record<string, string> = {}) => () =>
  new Response(`says ${code}`, { status: code, headers });

/** Options whose waits take no time; the clock says how long they were. */
function patient(more: HttpOptions = {}): HttpOptions & { clock: VirtualClock } {
  return { clock: new VirtualClock(NOW), random: () => 1, ...more } as HttpOptions & {
    clock: VirtualClock;
  };
}

Deno.test("send() tries again what may pass, and returns the first answer that is none of it", async () => {
  await using served = server(...[503, 429, 408, 425, 500].map((code) => status(code)));
  const options = patient();
  const answer = await send({ method: "GET", url: served.url }, options);
  assertEquals([answer.status, answer.text, served.asked.length], [200, "fine", 6]);
  assertEquals(options.clock.now() - NOW, 500 + 1000 + 2000 + 4000 + 8000);
});

Deno.test("send() returns what will not pass, and the last answer when it gives up", async () => {
  await using served = server(status(404), status(503), status(502));
  const once = await send({ method: "GET", url: served.url }, patient());
  assertEquals([once.status, served.asked.length], [404, 1]);
  const last = await send({ method: "GET", url: served.url }, patient({ attemptsMax: 2 }));
  assertEquals([last.status, served.asked.length], [502, 3]);
});

Deno.test("send() sends once what must not come twice", async () => {
  await using served = server(status(503));
  const request = { method: "POST", url: served.url, body: "x", repeatable: false } as const;
  assertEquals((await send(request, patient())).status, 503);
  assertEquals(served.asked.length, 1);
});

Deno.test("send() waits as long as the server says, within a limit", async () => {
  const date = new Date(NOW + 47_000).toUTCString();
  await using served = server(
    status(429, { "retry-after": "7" }),
    status(503, { "retry-after": date }),
    status(429, { "retry-after": "86400" }),
  );
  const options = patient();
  assertEquals((await send({ method: "GET", url: served.url }, options)).status, 200);
  assertEquals(options.clock.now() - NOW, 7_000 + 40_000 + 60_000);
});

Deno.test("send() replaces a refused token once", async () => {
  await using served = server(status(401), status(401));
  let token = 1;
  const request = {
    method: "GET",
    url: served.url,
    headers: () => ({ authorization: `Bearer ${token}` }),
    renew: () => token++,
  } as const;
  assertEquals((await send(request, patient())).status, 401);
  assertEquals(served.asked, [
    "Bearer 1",
    "Bearer 2",
  ]);
});

Deno.test("send() says that no answer came, and why", async () => {
  const closed = server();
  await closed[Symbol.asyncDispose]();
  const options = patient({ attemptsMax: 3 });
  const error = await assertRejects(
    () => send({ method: "GET", url: closed.url }, options),
    NoAnswer,
  );
  assertEquals(options.clock.now() - NOW, 1500);
  assertEquals(/refused|connect/i.test(error.message), true, error.message);
});

Deno.test("send() gives up when the signal aborts, also while it waits", async () => {
  await using served = server(status(503));
  const stop = new AbortController();
  const clock = {
    now: () => NOW,
    sleep: () => Promise.resolve(stop.abort(new Error("enough"))),
  };
  const error = await assertRejects(() =>
    send({ method: "GET", url: served.url }, { clock, signal: stop.signal })
  );
  assertEquals([(error as Error).message, served.asked.length], ["enough", 1]);
});

Deno.test("retryAfterMs() reads seconds and dates, and takes anything else for nothing", () => {
  assertEquals(retryAfterMs("1.5", NOW), 1500);
  assertEquals(retryAfterMs("Thu, 01 Jan 2026 00:00:10 GMT", NOW), 10_000);
  for (const text of [null, "", "soon", "-5", "Thu, 01 Jan 2015 00:00:10 GMT"]) {
    assertEquals(retryAfterMs(text, NOW), 0);
  }
});
