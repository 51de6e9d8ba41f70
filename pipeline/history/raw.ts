/** Answers of providers, kept as they came. @module */
import { stringify } from "@std/csv";
import type { MetadataStore } from "../metadata/metadata.ts";
import type { ProviderAnswer } from "../provider/client.ts";
import { segmentOf } from "../provider/symbol.ts";
import type { ObjectStore } from "../store/store.ts";
import { type TimedBar, timeText } from "./bar.ts";

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
 * `feeds/PROVIDER/INTERVAL/SYMBOL/`; notes where, with what was asked, without the key. The same
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
  await put(store, objectKey, text, about);
  if (bars.length > 0) await put(store, `${stem}.csv`, csvOf(bars, interval), about);
  const bytes = new TextEncoder().encode(text).length;
  await metadata.bodies.add({ sha256, provider, url, askedUs, status, bytes, objectKey });
  return objectKey;
}

function csvOf(bars: readonly TimedBar[], interval: string): string {
  const rows = bars.map((bar) => ({
    Date: timeText(bar.openUs, interval),
    Open: bar.open,
    High: bar.high,
    Low: bar.low,
    Close: bar.close,
    "Adj Close": bar.adjClose ?? "",
    Volume: bar.volume ?? "",
  }));
  return stringify(rows, { columns: COLUMNS });
}

async function put(
  store: ObjectStore,
  key: string,
  text: string,
  metadata: Record<string, string>,
): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "tickhouse-answer-" });
  try {
    await Deno.writeTextFile(path, text);
    // A key that is taken has the same bytes: its name has their hash.
    await store.createFromFile(key, path, metadata);
  } finally {
    await Deno.remove(path);
  }
}
