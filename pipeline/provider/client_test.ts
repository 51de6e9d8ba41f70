import { assert, assertEquals, assertRejects } from "@std/assert";
import { VirtualClock } from "../clock.ts";
import { TempFolder } from "../testing.ts";
import { type ClientOptions, ProviderClient } from "./client.ts";
import { ProviderError } from "./errors.ts";

const NOW = Date.UTC(2026, 0, 5, 15);

type Answer = (request: Request) => Response | Promise<Response>;

/** A provider that gives each answer once, then "fine"; a client of it, and what it was asked. */
function provider(answers: readonly Answer[], more: Partial<ClientOptions> = {}) {
  const left = [...answers];
  const asked: { readonly url: string; readonly headers: Headers }[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    asked.push({ url: request.url, headers: new Headers(request.headers) });
    return left.shift()?.(request) ?? new Response("fine");
  });
  const folder = new TempFolder();
  const clock = new VirtualClock(NOW);
  const base = `http://127.0.0.1:${server.addr.port}/api`;
  const client = new ProviderClient({
    ...{ provider: "acme", base, paces: folder.path, clock, random: () => 1 },
    limits: [{ requests: 600, seconds: 60 }],
    ...more,
  });
  const get = (path = ["quote"]) => client.get({ path, symbol: "AAPL" });
  const end = async () => {
    await server.shutdown();
    folder[Symbol.dispose]();
  };
  return { client, get, asked, clock, base, [Symbol.asyncDispose]: end };
}

const status = (code: number, body = `says ${code}`, headers: Record<string, string> = {}) => () =>
  new Response(body, { status: code, headers });

async function failure(work: () => Promise<unknown>): Promise<ProviderError> {
  return await assertRejects(work, ProviderError);
}

Deno.test("get(): the key goes out, and is in no address and no error that is kept", async () => {
  for (const how of [{ parameter: "apikey" }, { header: "X-Token" }]) {
    const key = { value: "s3cret-key-of-mine", ...how };
    await using acme = provider([status(200, "{}"), status(403)], { key });
    const { url, sha256 } = await acme.get(["a b", "..%2f"]);
    assertEquals(url, `${acme.base}/a%20b/..%252f`);
    assertEquals(sha256.length, 64);
    const [request] = acme.asked;
    const sent = request?.headers.get("x-token") ??
      new URL(request?.url ?? "").searchParams.get("apikey");
    assertEquals(sent, key.value);
    const error = await failure(() => acme.get());
    assertEquals([error.code, error.reason], ["PROVIDER_ACCESS", "no_access"]);
    assert(!Deno.inspect(error).includes(key.value));
  }
});

Deno.test("get(): what may pass is tried again, bounded, and the error names provider and symbol", async () => {
  await using acme = provider([status(503), status(502), status(500), status(503)]);
  const error = await failure(() => acme.get());
  assertEquals([error.code, error.reason, acme.asked.length], [
    "PROVIDER_UNAVAILABLE",
    "provider_error",
    4,
  ]);
  assert(error.message.includes('acme symbol is "AAPL": it answered 503: says 503'), error.message);
  assertEquals(acme.clock.now() - NOW, 500 + 1000 + 2000);
});

Deno.test("get(): a limit pauses all who ask with the key, as long as the provider says", async () => {
  const reset = { "x-ratelimit-reset": `${NOW / 1000 + 30}` };
  await using acme = provider([
    status(429, "slow", { "retry-after": "7" }),
    status(429, "", reset),
  ]);
  await acme.get();
  assertEquals([acme.asked.length, acme.clock.now() - NOW], [3, 30_000]);
});

Deno.test("get(): a limit of hours is given up at once, with reason quota, and by the next run too", async () => {
  await using acme = provider([status(429, "tomorrow", { "retry-after": "7200" })]);
  const error = await failure(() => acme.get());
  assertEquals([error.code, error.reason, acme.asked.length], ["PROVIDER_QUOTA", "quota", 1]);
  const next = await failure(() => acme.get());
  assertEquals([next.code, next.againMs, acme.asked.length], [
    "PROVIDER_QUOTA",
    NOW + 7_200_000,
    1,
  ]);
  assert(next.message.includes("until 2026-01-05T17:00:00.000Z"), next.message);
  assertEquals(acme.clock.now(), NOW);
  await acme.clock.sleep(7_200_001);
  assertEquals((await acme.get()).text, "fine");
});

Deno.test("get(): sent on with a secret in the address, it fails as a provider does", async () => {
  const key = { value: "s3cret-key-of-mine", parameter: "apikey" };
  const location = `/api/quote?token=${key.value}`;
  await using acme = provider([() => new Response(null, { status: 302, headers: { location } })], {
    key,
  });
  const error = await failure(() => acme.get());
  assertEquals([error.code, error.reason], ["PROVIDER_REDIRECTED", "provider_error"]);
  assert(!Deno.inspect(error).includes(key.value));
});

Deno.test("get(): a day without requests left asks nothing, and says when the next begins", async () => {
  const budget = { take: () => Promise.resolve(false), nextMs: () => NOW + 3_600_000 };
  await using acme = provider([], { budget });
  const error = await failure(() => acme.get());
  assertEquals([error.code, error.againMs, acme.asked.length], [
    "PROVIDER_QUOTA",
    NOW + 3_600_000,
    0,
  ]);
});

Deno.test("get(): a provider that is down is left alone, and tried again by one request", async () => {
  await using acme = provider(Array.from({ length: 6 }, () => status(500)), { attemptsMax: 5 });
  await failure(() => acme.get());
  const error = await failure(() => acme.get());
  assertEquals([error.code, acme.asked.length], ["PROVIDER_UNAVAILABLE", 5]);
  assert((error.againMs ?? 0) > acme.clock.now());
  await acme.clock.sleep(5_000);
  await failure(() => acme.get());
  await acme.clock.sleep(10_000);
  assertEquals((await acme.get()).text, "fine");
});

Deno.test("get(): it is sent on within the provider's host only", async () => {
  const to = (location: string) => status(302, "", { location });
  await using acme = provider([
    to("/api/other"),
    status(200, "moved"),
    to("http://169.254.169.254/latest/meta-data"),
    to("http://localhost/api"),
    to("file:///etc/passwd"),
    to("//evil.example/api"),
    to("https://localhost:1/api"),
    ...Array.from({ length: 9 }, () => to("/api/again")),
  ]);
  assertEquals((await acme.get()).text, "moved");
  for (let i = 0; i < 6; i++) {
    assertEquals((await failure(() => acme.get())).code, "PROVIDER_REDIRECTED");
  }
  assertEquals(acme.asked.length, 2 + 5 + 4);
});

Deno.test("get(): an answer that never ends, or unpacks to more than is believed, is cut off", async () => {
  const endless = () => {
    const pull = (c: ReadableStreamDefaultController) => c.enqueue(new Uint8Array(65_536));
    return new Response(new ReadableStream({ pull }));
  };
  const bomb = async () => {
    const zeros = new Blob([new Uint8Array(8 * 2 ** 20)]).stream();
    const packed = await new Response(zeros.pipeThrough(new CompressionStream("gzip")))
      .arrayBuffer();
    return new Response(packed, { headers: { "content-encoding": "gzip" } });
  };
  await using acme = provider([endless, bomb], { bytesMax: 2 ** 20 });
  for (let i = 0; i < 2; i++) {
    assertEquals((await failure(() => acme.get())).code, "PROVIDER_ANSWER_INVALID");
  }
  assertEquals(acme.asked.length, 2);
});

Deno.test("get(): an aborted signal ends a request and its waits with the signal's reason", async () => {
  const answered = Promise.withResolvers<Response>();
  const never = () => answered.promise;
  await using acme = provider([never]);
  const stop = new AbortController();
  const asked = acme.client.get({ path: ["quote"], signal: stop.signal });
  setTimeout(() => stop.abort(new Error("enough")), 50);
  await assertRejects(() => asked, Error, "enough");
  answered.resolve(new Response());
});

Deno.test("get(): what a judge says counts before the status", async () => {
  const judge = () => ({ verdict: "unknown_symbol", says: "no such thing" }) as const;
  await using acme = provider([], { judge });
  const error = await failure(() => acme.get());
  assertEquals([error.code, error.reason], ["PROVIDER_SYMBOL_UNKNOWN", "unknown_symbol"]);
});

Deno.test("get(): what the provider says of the day's requests counts before what was counted here", async () => {
  const heard: string[] = [];
  const budget = {
    take: () => Promise.resolve(heard.push("take") > 0),
    giveBack: () => Promise.resolve(void heard.push("back")),
    spent: () => Promise.resolve(void heard.push("spent")),
    nextMs: () => NOW + 3_600_000,
  };
  const judge = () => ({ verdict: "quota", says: "25 requests a day" }) as const;
  await using acme = provider([], { budget, judge });
  const error = await failure(() => acme.get());
  assertEquals([error.reason, error.againMs, heard], ["quota", NOW + 3_600_000, ["take", "spent"]]);
});

Deno.test("get(): a request that waits for its turn and is given up is given back to the day", async () => {
  const heard: string[] = [];
  const budget = {
    take: () => Promise.resolve(heard.push("take") > 0),
    giveBack: () => Promise.resolve(void heard.push("back")),
    nextMs: () => NOW,
  };
  await using acme = provider([], { budget });
  const stop = AbortSignal.abort(new Error("enough"));
  await assertRejects(
    () => acme.client.get({ path: ["quote"], signal: stop }),
    Error,
    "enough",
  );
  assertEquals([heard, acme.asked.length], [["take", "back"], 0]);
});

Deno.test("get(): a judge can say for how long nobody asks", async () => {
  const judge = ({ text }: { readonly text: string }) =>
    text === "fine"
      ? { verdict: "fine" } as const
      : { verdict: "throttled", pauseMs: 61_000 } as const;
  await using acme = provider([status(200, "a note")], { judge });
  await acme.get();
  assertEquals([acme.asked.length, acme.clock.now() - NOW], [2, 61_000]);
});

Deno.test("get(): a key that the provider repeats, in words or on the way, is kept nowhere", async () => {
  const key = { value: "s3cret-key-of-mine", parameter: "apikey" };
  await using acme = provider([
    ({ url }) => new Response(null, { status: 302, headers: { location: `${url}&moved=1` } }),
    ({ url }) => new Response(new URL(url).searchParams.getAll("apikey").join()),
    status(403, `your key ${key.value} is not allowed`),
  ], { key });
  const { url, text } = await acme.get();
  assertEquals([url, text], [`${acme.base}/quote?moved=1`, key.value]);
  const error = await failure(() => acme.get());
  assert(error.message.includes("your key *** is not allowed"), error.message);
});
