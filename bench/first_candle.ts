/** From the command to the first candle in a real browser. @module */
import { launchChromium } from "../tests/page/chromium.ts";

/**
 * Starts `deno task demo` on an empty home and opens its page as soon as it is announced. The
 * browser is started before: users have theirs open. Milliseconds.
 */
export async function firstCandle(): Promise<number> {
  const home = Deno.makeTempDirSync({ prefix: "tickhouse-bench-" });
  const browser = await launchChromium();
  const page = await browser.newPage();
  const startedAt = performance.now();
  const demo = new Deno.Command(Deno.execPath(), {
    args: ["task", "demo", "--seconds", "60"],
    env: { TICKHOUSE_HOME: `${home}/home` },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  try {
    await page.goto(await announced(demo.stderr));
    await page.locator('[aria-label*="last close"]').first().waitFor({ timeout: 60_000 });
    return performance.now() - startedAt;
  } finally {
    demo.kill("SIGINT");
    await demo.status;
    await browser.close();
    Deno.removeSync(home, { recursive: true });
  }
}

/** The URL that the demo prints. */
async function announced(stderr: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  const reader = stderr.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the demo ended: ${text}`);
    text += value;
    const url = /http:\/\/\S+/.exec(text)?.[0];
    if (!url) continue;
    // What it prints later must not fill the pipe and block it.
    void (async () => {
      while (!(await reader.read()).done);
    })();
    return url;
  }
}
