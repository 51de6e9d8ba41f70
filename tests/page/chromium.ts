/** Chromium for the page tests. @module */
import { type Browser, chromium } from "playwright-core";

const CANDIDATES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the browser that TICKHOUSE_CHROMIUM names, or one of the usual places. */
export async function launchChromium(): Promise<Browser> {
  const named = Deno.env.get("TICKHOUSE_CHROMIUM");
  for (const executablePath of named ? [named] : CANDIDATES) {
    if (await exists(executablePath)) return await chromium.launch({ executablePath, args: ARGS });
  }
  throw new Error(
    `no Chromium at ${named ?? CANDIDATES.join(", ")}: install it (apt-get install chromium) or ` +
      "set TICKHOUSE_CHROMIUM to its path",
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
