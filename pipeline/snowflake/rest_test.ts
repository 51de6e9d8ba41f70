import { assertEquals, assertRejects } from "@std/assert";
import { request, RestError, type RestRequest } from "./rest.ts";

/** A server that gives the answers in their order, and the last one for ever. */
async function withAnswers(
  answers: readonly (() => Response)[],
  run: (asked: RestRequest, tokens: string[]) => Promise<void>,
): Promise<void> {
  const tokens: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (asked) => {
    tokens.push(asked.headers.get("Authorization") ?? "");
    const answer = answers[Math.min(tokens.length, answers.length) - 1];
    return answer ? answer() : new Response("{}");
  });
  let made = 0;
  let token = "t0";
  try {
    await run({
      what: "a test",
      method: "GET",
      url: `http://127.0.0.1:${server.addr.port}/`,
      bearer: () => Promise.resolve(token),
      onRefused: () => token = `t${++made}`,
    }, tokens);
  } finally {
    await server.shutdown();
  }
}

const QUICK = { waitMs: 1, attemptsMax: 3 };
const status = (status: number, body = "{}") => () => new Response(body, { status });

Deno.test("request() tries again what may pass, and gives up after the attempts", async () => {
  for (const code of [408, 429, 500, 502, 503, 504]) {
    await withAnswers([status(code), status(200, `{"a":1}`)], async (asked, tokens) => {
      assertEquals(await request(asked, QUICK), { a: 1 });
      assertEquals(tokens.length, 2);
    });
  }
  await withAnswers([status(503)], async (asked, tokens) => {
    const error = await assertRejects(() => request(asked, QUICK), RestError, "HTTP 503");
    assertEquals([error.code, error.kind, tokens.length], [
      "SNOWFLAKE_UNAVAILABLE",
      "transient",
      3,
    ]);
  });
});

Deno.test("request() sends once what must not be repeated, and what can't pass", async () => {
  await withAnswers([status(503)], async (asked, tokens) => {
    await assertRejects(() => request({ ...asked, repeatable: false }, QUICK), RestError);
    assertEquals(tokens.length, 1);
  });
  const refused = `{"code":"STALE_CONTINUATION_TOKEN_SEQUENCER","message":"reopen"}`;
  for (const [code, name] of [[400, "REQUEST"], [403, "REFUSED"], [404, "MISSING"]] as const) {
    await withAnswers([status(code, refused)], async (asked, tokens) => {
      const error = await assertRejects(() => request(asked, QUICK), RestError, "reopen");
      assertEquals([error.code, error.kind], [`SNOWFLAKE_${name}`, "terminal"]);
      assertEquals(error.reason, "STALE_CONTINUATION_TOKEN_SEQUENCER");
      assertEquals(tokens.length, 1);
    });
  }
});

Deno.test("request() replaces a refused token once", async () => {
  await withAnswers([status(401), status(200)], async (asked, tokens) => {
    await request({ ...asked, repeatable: false }, QUICK);
    assertEquals(tokens, ["Bearer t0", "Bearer t1"]);
  });
  await withAnswers([status(401)], async (asked, tokens) => {
    const error = await assertRejects(() => request(asked, QUICK), RestError);
    assertEquals([error.code, tokens.length], ["SNOWFLAKE_REFUSED", 2]);
  });
});

Deno.test("request() gives up on a server that is silent, and takes answers that are plain text", async () => {
  await withAnswers([status(200, "host.example.com")], async (asked) => {
    assertEquals((await request(asked, QUICK))["text"], "host.example.com");
  });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await withAnswers([], async (asked) => {
    const url = `http://127.0.0.1:${listener.addr.port}/`;
    const hasty = { ...QUICK, timeoutMs: 50 };
    const error = await assertRejects(() => request({ ...asked, url }, hasty), RestError);
    assertEquals([error.status, error.kind], [0, "transient"]);
  });
  listener.close();
});
