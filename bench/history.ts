/**
 * History of providers: answers parsed, compared, kept and in the log; reading their JSON alone, and
 * appending the same records alone beside it.
 * @module
 */
import { join } from "node:path";
import { cpuUsage } from "node:process";
import { VirtualClock } from "tickhouse/clock.ts";
import { bars } from "tickhouse/datasets/datasets.ts";
import type { HistoryProvider } from "tickhouse/history/provider.ts";
import { Series } from "tickhouse/history/series.ts";
import { openCalendar } from "tickhouse/calendar/open.ts";
import { sqliteEngine } from "tickhouse/metadata/sqlite.ts";
import { storeOn } from "tickhouse/metadata/store.ts";
import type { ProviderClient, ProviderRequest } from "tickhouse/provider/client.ts";
import { sha256 } from "tickhouse/sha256.ts";
import { AlphaVantage } from "tickhouse/source/alphavantage/alphavantage.ts";
import type { Source, SourceBatch } from "tickhouse/source/source.ts";
import { Yahoo } from "tickhouse/source/yahoo/yahoo.ts";
import { DirectoryStore } from "tickhouse/store/directory.ts";
import { createTopics, ingest } from "tickhouse/stream/ingest.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { type Figures, openRig } from "./rig.ts";

const NOW_MS = Date.UTC(2026, 10, 20, 23, 30);
const MINUTE_S = 60;
const FROM = "2026-10-23";
const calendar = openCalendar(join(import.meta.dirname ?? "", "../models/seeds"));

/** Bars a second of wall clock and of processor, of each provider. */
export async function history(records: number): Promise<Figures> {
  const yahoo = await measure("yahoo", records, yahooText, (client) => new Yahoo(client));
  const alphavantage = await measure(
    "alphavantage",
    records,
    alphavantageText,
    (client) => new AlphaVantage(client, "premium", () => NOW_MS * 1000),
  );
  const named = (name: string, figures: Figures) =>
    Object.entries(figures).map(([key, value]) => [`${name}_${key}`, value]);
  return Object.fromEntries([...named("yahoo", yahoo), ...named("alphavantage", alphavantage)]);
}

/** What a provider answers to a request. */
type Text = (request: ProviderRequest) => string;

async function measure(
  name: string,
  records: number,
  textOf: Text,
  make: (client: ProviderClient) => HistoryProvider,
): Promise<Figures> {
  const texts: string[] = [];
  const provider = make(clientOf(name, textOf, texts));
  // One symbol first: what is compiled on the way is compiled.
  const one = await fetched(provider, ["WARM"]);
  const each = one.count;
  texts.length = 0;
  const symbols = Array.from(
    { length: Math.max(1, Math.round(records / each)) },
    (_, i) => `S${i}`,
  );
  const { count, whole, batches } = await fetched(provider, symbols);
  const parsing = timed(() => {
    for (const text of texts) JSON.parse(text);
  });
  const appending = await appended(batches);
  const rate = (ms: number) => count / ms * 1000;
  return {
    records: count,
    rate: rate(whole.wall),
    cpu_rate: rate(whole.cpu),
    parse_rate: rate((await parsing).cpu),
    append_rate: rate(appending.cpu),
  };
}

/** Symbols through series into a log; what came into it, and how long that took. */
async function fetched(provider: HistoryProvider, symbols: readonly string[]) {
  using folder = new TempFolder();
  await using rig = await openRig();
  await using metadata = await storeOn(sqliteEngine({ path: join(folder.path, "m.sqlite") }));
  const store = new DirectoryStore(join(folder.path, "raw"));
  const clock = new VirtualClock(NOW_MS);
  const batches: SourceBatch[] = [];
  const parts = symbols.map((symbol): Source => {
    const series = new Series({
      ...{ provider, dataset: bars, symbol, interval: "1m", from: FROM },
      ...{ metadata, store, calendar, clock },
    });
    return {
      name: series.name,
      dataset: bars,
      read: async function* (state, signal) {
        for await (const batch of series.read(state, signal)) {
          batches.push(batch);
          yield batch;
        }
      },
    };
  });
  await createTopics(rig.broker, bars);
  const source: Source = { name: "bench", dataset: bars, group: { parts }, read: NEVER };
  const signal = new AbortController().signal;
  let count = 0;
  const whole = await timed(async () => {
    count = (await ingest({ source, broker: rig.broker, signal })).accepted;
  });
  return { count, whole, batches };
}

/** The same batches into another log, nothing else. */
async function appended(batches: readonly SourceBatch[]) {
  await using rig = await openRig();
  await createTopics(rig.broker, bars);
  return await timed(async () => {
    for (const { records, state } of batches) {
      await rig.broker.produce(bars.topic, records, { source: "bench", state });
    }
  });
}

const NEVER: Source["read"] = () => {
  throw new TypeError("a group is read by its parts");
};

/** Milliseconds of the clock, and of processor in all threads of this process. */
async function timed(work: () => void | Promise<void>): Promise<{ wall: number; cpu: number }> {
  const [startedAt, before] = [performance.now(), cpuUsage()];
  await work();
  const { user, system } = cpuUsage(before);
  return { wall: performance.now() - startedAt, cpu: (user + system) / 1000 };
}

/** Answers at once, with all that a client does with an answer but the sending. */
function clientOf(provider: string, textOf: Text, texts: string[]): ProviderClient {
  const get = async (request: ProviderRequest) => {
    const text = textOf(request);
    texts.push(text);
    return {
      ...{ provider, status: 200, text, url: `https://${provider}/${request.symbol}` },
      ...{ askedUs: NOW_MS * 1000, answeredUs: NOW_MS * 1000 },
      sha256: await sha256(new TextEncoder().encode(text)),
    };
  };
  return { provider, get } as unknown as ProviderClient;
}

/** Prices of a minute, to the cent. */
function pricesAt(timeS: number): readonly number[] {
  const price = 100 + timeS / 60 % 997 / 100;
  return [price, price + 0.3, price - 0.3, price + 0.05];
}

const cache = new Map<string, string>();

/** The text, made once; the symbol is put in. */
function cached(key: string, symbol: string, make: () => string): string {
  const text = cache.get(key) ?? make();
  cache.set(key, text);
  return text.replace("SYMBOL", symbol);
}

/** Minutes around the clock, as of a coin. */
function yahooText({ query = {}, symbol = "" }: ProviderRequest): string {
  const [from, to] = [Number(query["period1"]), Math.min(Number(query["period2"]), NOW_MS / 1000)];
  return cached(`yahoo ${from}`, symbol, () => {
    const first = Math.ceil(from / MINUTE_S) * MINUTE_S;
    const timestamp = Array.from(
      { length: Math.ceil((to - first) / MINUTE_S) },
      (_, i) => first + i * MINUTE_S,
    );
    const column = (i: number) => timestamp.map((time) => Math.fround(pricesAt(time)[i] ?? 0));
    const [open, high, low, close] = [0, 1, 2, 3].map(column);
    const volume = timestamp.map((time) => time % 99_991);
    const meta = {
      ...{ symbol: "SYMBOL", currency: "USD", exchangeName: "CCC", dataGranularity: "1m" },
      ...{ exchangeTimezoneName: "UTC", gmtoffset: 0 },
    };
    const indicators = { quote: [{ open, high, low, close, volume }] };
    return JSON.stringify({ chart: { result: [{ meta, timestamp, indicators }], error: null } });
  });
}

/** The minutes of New York's sessions in a month. */
function alphavantageText({ query = {}, symbol = "" }: ProviderRequest): string {
  const { month = "" } = query;
  return cached(`alphavantage ${month}`, symbol, () => {
    const start = Date.parse(`${month}-01`) * 1000;
    const slots = calendar.slots(
      "XNYS",
      "1m",
      start,
      Math.min(NOW_MS * 1000, start + 31 * 86_400e6),
    );
    const rows = slots.toReversed().map((us) => {
      const local = Temporal.Instant.fromEpochMilliseconds(us / 1000)
        .toZonedDateTimeISO("US/Eastern").toPlainDateTime().toString({ smallestUnit: "second" });
      const [open, high, low, close] = pricesAt(us / 1e6).map((price) => price.toFixed(4));
      const prices = { "1. open": open, "2. high": high, "3. low": low, "4. close": close };
      return [local.replace("T", " "), { ...prices, "5. volume": `${us / 1e6 % 99_991}` }];
    });
    const head = { "2. Symbol": "SYMBOL", "4. Interval": "1min", "6. Time Zone": "US/Eastern" };
    return JSON.stringify({
      "Meta Data": head,
      "Time Series (1min)": Object.fromEntries(rows),
    });
  });
}
