/** Answers of providers, kept as they came but for the key. @module */
import type { MetadataStore } from "../metadata/metadata.ts";
import type { ProviderAnswer } from "../provider/client.ts";
import { segmentOf } from "../provider/symbol.ts";
import type { ObjectStore } from "../store/store.ts";
import type { Figure } from "./provider.ts";
import { type TimedBar, timeTexts } from "./bar.ts";

/** Where answers go. */
export interface RawStore {
  readonly store: ObjectStore;
  readonly metadata: Pick<MetadataStore, "bodies">;
}

/** What an answer was about. */
export interface RawAbout {
  readonly symbol: string;
  readonly interval: string;
}

const COLUMNS = ["Date", "Open", "High", "Low", "Close", "Adj Close", "Volume"] as const;

/**
 * Keeps the body as it came, and its bars as CSV beside it, both in the raw bucket below
 * `feeds/PROVIDER/INTERVAL/SYMBOL/`; notes where, with what was asked, without the provider's key:
 * in the body `***` stands in its place (see `KeyedClient`), which is the only change. The same
 * answer again is the same object. Returns the key of the body.
 */
export async function keepAnswer(
  { store, metadata }: RawStore,
  answer: ProviderAnswer,
  { symbol, interval }: RawAbout,
  bars: readonly TimedBar[],
): Promise<string> {
  const { provider, url, askedUs, status, sha256, text } = answer;
  const at = new Date(askedUs / 1000).toISOString().replaceAll(/[-:]/g, "").replace(/\.\d+/, "");
  const stem = `feeds/${provider}/${interval}/${segmentOf(symbol)}/${at}-${sha256.slice(0, 12)}`;
  const about = { provider, "asked-at": `${askedUs}`, status: `${status}`, sha256 };
  const objectKey = `${stem}.json`;
  const encoder = new TextEncoder();
  const body = encoder.encode(text);
  await put(store, objectKey, body, about);
  if (bars.length > 0) {
    await put(store, `${stem}.csv`, encoder.encode(csvOf(bars, interval)), about);
  }
  const bytes = body.length;
  await metadata.bodies.add({ sha256, provider, url, askedUs, status, bytes, objectKey });
  return objectKey;
}

/** Without a library for it: of what it has to mind, numbers in digits have nothing. */
function csvOf(bars: readonly TimedBar[], interval: string): string {
  const text = timeTexts(interval);
  const lines = bars.map(({ openUs, open, high, low, close, adjClose, volume }) =>
    `${text(openUs)},${cell(open)},${cell(high)},${cell(low)},${cell(close)},${cell(adjClose)},${
      cell(volume)
    }\r\n`
  );
  return `${COLUMNS.join()}\r\n${lines.join("")}`;
}

function cell(figure: Figure | null): string {
  if (typeof figure === "number") return `${figure}`;
  if (figure === null || /^[\w.+-]*$/.test(figure)) return figure ?? "";
  return `"${figure.replaceAll('"', '""')}"`;
}

async function put(
  store: ObjectStore,
  key: string,
  bytes: Uint8Array,
  metadata: Record<string, string>,
): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "tickhouse-answer-" });
  try {
    await Deno.writeFile(path, bytes);
    // A key that is taken has the same bytes: its name has their hash.
    await store.createFromFile(key, path, metadata);
  } finally {
    await Deno.remove(path);
  }
}
