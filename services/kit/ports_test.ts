import { assert, assertEquals } from "@std/assert";
import { accepts, answers, freePorts, LOOPBACK } from "./ports.ts";

Deno.test("freePorts() gives different ports that can be bound, below those of outgoing calls", () => {
  const ports = freePorts(50);
  assertEquals(new Set(ports).size, 50);
  for (const port of ports) {
    assert(port >= 20_000 && port < 32_000);
    Deno.listen({ hostname: LOOPBACK, port }).close();
  }
});

Deno.test("accepts() and answers() tell an open port from a closed one, and 200 from 503", async () => {
  const [port = 0] = freePorts(1);
  assertEquals(await accepts(port), false);
  assertEquals(await answers(`http://${LOOPBACK}:${port}/`), false);
  let status = 503;
  await using _server = Deno.serve(
    { hostname: LOOPBACK, port, onListen: () => {} },
    () => new Response("", { status }),
  );
  assertEquals(await accepts(port), true);
  assertEquals(await answers(`http://${LOOPBACK}:${port}/`), false);
  status = 200;
  assertEquals(await answers(`http://${LOOPBACK}:${port}/`), true);
});
