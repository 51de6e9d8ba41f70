import { assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { ONE_PRESS_MS } from "./interrupt.ts";

Deno.test("Interrupt: a second press ends the process at once", async () => {
  const script = new URL("./interrupt_fixture.ts", import.meta.url).pathname;
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", script],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>, text: string) => {
    let all = "";
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      all += part;
      if (all.includes(text)) return;
    }
    throw new Error(`it never said ${text}, but: ${all}`);
  };
  await said(child.stdout, "ready");
  child.kill("SIGINT");
  await said(child.stderr, "draining; once more to stop at once");
  await delay(2 * ONE_PRESS_MS);
  child.kill("SIGINT");
  assertEquals((await child.status).code, 130);
});
