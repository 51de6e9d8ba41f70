/** Serves more connections than it has descriptors for, for tests; ends with its input. @module */
import { serveHttp } from "./http_server.ts";

// As every verb does that serves; Deno ends when it first needs this without a descriptor.
Deno.addSignalListener("SIGHUP", () => Deno.exit(1));

const server = await serveHttp({
  hostname: "127.0.0.1",
  port: 0,
  connectionsMax: 10_000,
  lookMs: 200,
  handler: () => Promise.resolve(new Response("still here")),
});
console.log(server.port);
for await (const _ of Deno.stdin.readable) { /* Only its end matters. */ }
await server.close();
