/** Showing values in a notebook, whole and in the right cell. @module */
import { delay } from "@std/async";
import { shown } from "../shown.ts";

/** What Jupyter shows: one value in several media types, of which the reader takes the best. */
export type MediaBundle = Readonly<Record<string, unknown>>;

/** The method by which a value says how a notebook shows it. */
export const DISPLAY: unique symbol = Symbol.for("Jupyter.display") as typeof DISPLAY;

const SETTLE_MS = 30;
const SETTLE_BYTES_PER_MS = 10_000;
const SETTLE_MS_MAX = 2000;

/**
 * Shows a value below the cell: a chart, a polars frame, or anything else as text. Outside a
 * notebook it prints the text.
 *
 * The kernel may report a cell as done before it has sent what the cell shows, and a notebook then
 * loses it. So this waits until the output is on its way: 30 ms, and longer for large ones.
 */
export async function show(value: unknown): Promise<void> {
  const bundle = await bundleOf(value);
  const display = kernelDisplay();
  if (!display) {
    console.log(bundle["text/plain"]);
    return;
  }
  await display(bundle, { raw: true });
  const size = JSON.stringify(bundle).length;
  await delay(Math.min(SETTLE_MS + size / SETTLE_BYTES_PER_MS, SETTLE_MS_MAX));
}

async function bundleOf(value: unknown): Promise<MediaBundle> {
  const shows = (value as { [DISPLAY]?: () => MediaBundle | Promise<MediaBundle> } | null)
    ?.[DISPLAY];
  if (typeof shows !== "function") {
    return { "text/plain": shown(typeof value === "string" ? value : Deno.inspect(value)) };
  }
  const bundle = await shows.call(value);
  return { ...bundle, "text/plain": shown(String(bundle["text/plain"] ?? value)) };
}

function kernelDisplay(): typeof Deno.jupyter.display | undefined {
  try {
    return Deno.jupyter.display;
  } catch {
    return undefined; // Deno throws on the mere mention of it outside its kernel.
  }
}
