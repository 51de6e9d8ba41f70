/**
 * How an answer goes over the wire, and what can go wrong there at any provider.
 * @module
 */
import { gzipSync } from "node:zlib";
import type { Answer, World } from "./world/world.ts";

const PAGE_502 = `<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body>
</html>
`;
const CHUNK = new TextEncoder().encode(" ".repeat(64 * 1024));
const LINK_LOCAL = "http://169.254.169.254/latest/meta-data/";

/** The answer as it is sent, or what comes in its place. */
export async function sent(world: World, provider: string, answer: Answer): Promise<Response> {
  const { quirks, clock } = world;
  const occasion = { provider, symbol: answer.symbol };
  const slow = quirks.take("http.slow", occasion);
  if (slow) await clock.sleep(Number(slow["ms"]));
  const gone = quirks.take("http.status", occasion);
  if (gone) return new Response("", { status: Number(gone["status"]), headers: retryAfter(gone) });
  if (quirks.take("http.bad_gateway", occasion)) {
    return new Response(PAGE_502, { status: 502, headers: { "content-type": "text/html" } });
  }
  const elsewhere = quirks.take("http.redirect", occasion);
  if (elsewhere) return redirect(String(elsewhere["to"]));
  if (quirks.take("http.redirect_link_local", occasion)) return redirect(LINK_LOCAL);
  if (quirks.take("http.endless", occasion)) return response(answer, endless());
  const huge = quirks.take("http.huge", occasion);
  if (huge) return response(answer, repeated(Math.ceil(Number(huge["bytes"]) / CHUNK.length)));
  const bomb = quirks.take("http.gzip_bomb", occasion);
  if (bomb) {
    const zipped = gzipSync(new Uint8Array(Number(bomb["bytes"])).fill(32));
    return response(answer, zipped, { "content-encoding": "gzip" });
  }
  if (quirks.take("http.truncated", occasion)) {
    return response(answer, answer.body.slice(0, Math.ceil(answer.body.length / 2)));
  }
  if (quirks.take("http.cut", occasion)) return response(answer, cut(answer.body));
  return response(answer, answer.body);
}

function response(
  { status, type, headers }: Answer,
  body: string | ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>,
  more: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, { status, headers: { "content-type": type, ...headers, ...more } });
}

function redirect(to: string): Response {
  return new Response(null, { status: 302, headers: { location: to } });
}

function retryAfter(parameters: Readonly<Record<string, unknown>>): Record<string, string> {
  const seconds = Number(parameters["retry_after_s"]);
  return seconds > 0 ? { "retry-after": `${seconds}` } : {};
}

/** Blanks until the client goes. */
function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(CHUNK) });
}

function repeated(count: number): ReadableStream<Uint8Array> {
  let left = count;
  return new ReadableStream({
    pull: (controller) => {
      if (left-- > 0) controller.enqueue(CHUNK);
      else controller.close();
    },
  });
}

/** Half of it, and then the connection ends. */
function cut(body: string): ReadableStream<Uint8Array> {
  const half = new TextEncoder().encode(body.slice(0, Math.ceil(body.length / 2)));
  let isSent = false;
  return new ReadableStream({
    pull: (controller) => {
      if (isSent) controller.error(new Error("cut"));
      else controller.enqueue(half);
      isSent = true;
    },
  });
}
