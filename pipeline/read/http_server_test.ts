import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { connect, type Socket } from "node:net";
import { type HttpOptions, serveHttp } from "./http_server.ts";

async function serve(options: Partial<HttpOptions> = {}) {
  const server = await serveHttp({
    hostname: "127.0.0.1",
    port: 0,
    handler: ({ body }) => Promise.resolve(new Response(`got ${body.length}`)),
    ...options,
  });
  const sockets: Socket[] = [];
  return {
    url: `http://127.0.0.1:${server.port}/`,
    /** A connection that sends `text`; what came until it was closed. */
    send(text: string) {
      const socket = connect(server.port, "127.0.0.1");
      sockets.push(socket);
      let received = "";
      const closed = new Promise<string>((resolve) => {
        socket.on("data", (data) => received += data);
        socket.on("error", () => {});
        socket.on("close", () => resolve(received));
      });
      socket.write(text);
      return { socket, closed };
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await server.close();
    },
  };
}

const text = async (response: Response) => await response.text();

describe("serveHttp()", () => {
  it("closes connections that send nothing, a part of the headers, or a part of the body", async () => {
    await using server = await serve({ requestMs: 200 });
    const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n";
    const slow = ["", "GET / HT", "GET / HTTP/1.1\r\nHost: x\r\nX: y", `${head}12345`];
    const closed = await Promise.all(slow.map((sent) => server.send(sent).closed));
    assert(closed.every((received) => !received.includes(" 200 ")), closed.join());
    assertEquals(await text(await fetch(server.url, { method: "POST", body: "12" })), "got 2");
  });

  it("takes no more connections than it may, and serves again when there is room", async () => {
    await using server = await serve({ connectionsMax: 4, requestMs: 60_000 });
    const held = Array.from({ length: 4 }, () => server.send("GET / HT"));
    await server.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").closed;
    for (const { socket, closed } of held) {
      socket.destroy();
      await closed;
    }
    for (;;) {
      const status = await fetch(server.url).then(
        async (r) => (await r.body?.cancel(), r.status),
        () => 0,
      );
      if (status === 200) break;
    }
  });

  it("refuses a body that is too large, and headers too", async () => {
    await using server = await serve({ bodyBytesMax: 10 });
    const large = await fetch(server.url, { method: "POST", body: "x".repeat(100_000) });
    assertEquals([large.status, (await large.json()).code], [413, "BODY_TOO_LARGE"]);
    const many = server.send(`GET / HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(100_000)}\r\n\r\n`);
    assert(!(await many.closed).includes(" 200 "));
  });

  it("answers what is no HTTP, and odd targets, by an error or by silence", async () => {
    await using server = await serve();
    const odd = [
      "\x16\x03\x01\x02\x00",
      "\0\0\0\r\n\r\n",
      "GET http://evil/ HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET //[ HTTP/1.1\r\nHost: [\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    ];
    for (const sent of odd) {
      const { socket, closed } = server.send(sent);
      socket.end();
      assert(!/ 200 | 500 /.test(await closed), sent);
    }
    assertEquals(await fetch(server.url).then(text), "got 0");
  });

  it("tells the handler that its client is gone, and stops sending", async () => {
    const { promise: aborted, resolve: onAbort } = Promise.withResolvers<void>();
    const { promise: cancelled, resolve: onCancel } = Promise.withResolvers<void>();
    await using server = await serve({
      handler: ({ signal }) => {
        signal.addEventListener("abort", () => onAbort());
        const pull = (c: ReadableStreamDefaultController) => c.enqueue(new Uint8Array(65_536));
        return Promise.resolve(new Response(new ReadableStream({ pull, cancel: onCancel })));
      },
    });
    const gone = new AbortController();
    const response = await fetch(server.url, { signal: gone.signal });
    await response.body?.getReader().read();
    gone.abort();
    await aborted;
    await cancelled;
  });

  it("drops a client that takes nothing", async () => {
    const { promise: cancelled, resolve: onCancel } = Promise.withResolvers<void>();
    const pull = (c: ReadableStreamDefaultController) => c.enqueue(new Uint8Array(65_536));
    await using server = await serve({
      silenceMs: 200,
      handler: () => Promise.resolve(new Response(new ReadableStream({ pull, cancel: onCancel }))),
    });
    const { socket } = server.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    socket.pause();
    await cancelled;
  });

  it("tells nothing of what failed inside", async () => {
    await using server = await serve({ handler: () => Promise.reject(new Error("a secret path")) });
    const response = await fetch(server.url);
    const body = await response.text();
    assertEquals(response.status, 500);
    assert(!body.includes("secret"));
    assertStringIncludes(body, "FAILED");
  });

  it("outlives a shortage of descriptors", async () => {
    const script = new URL("http_server_fixture.ts", import.meta.url).pathname;
    // Low enough for the clients' connections to use them up.
    const child = new Deno.Command("sh", {
      args: ["-c", `ulimit -n 64; exec "$0" run -A --quiet "$1"`, Deno.execPath(), script],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const port = Number((await lines.read()).value);
    const sockets = Array.from({ length: 120 }, () => connect(port, "127.0.0.1"));
    for (const socket of sockets) socket.on("error", () => {});
    await Promise.all(sockets.map((socket) =>
      new Promise((resolve) => {
        socket.on("connect", resolve);
        socket.on("close", resolve);
      })
    ));
    for (const socket of sockets) socket.destroy();
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}/`).then(text, () => "");
      if (answer === "still here") break;
    }
    await child.stdin.close();
    assertEquals((await child.status).code, 0);
    await lines.cancel();
  });
});
