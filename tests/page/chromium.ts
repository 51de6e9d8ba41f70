/** Chromium for the page tests. @module */
import { type Browser, chromium } from "playwright-core";
import { findChromium } from "./find_chromium.ts";

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

/** Starts it. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = await findChromium();
  if (executablePath) return await chromium.launch({ executablePath, args: ARGS });
  throw new Error("no Chromium was found: install one, or set TICKHOUSE_CHROMIUM to its path");
}
