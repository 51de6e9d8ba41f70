import { assertEquals, assertThrows } from "@std/assert";
import { Packed } from "../batch.ts";
import { bars } from "../datasets/bars.ts";
import { TickhouseError } from "../errors.ts";
import { openMetadata } from "../metadata/open.ts";
import type { SeriesReport } from "../source/series.ts";
import type { Source } from "../source/source.ts";
import { TempFolder } from "../testing.ts";
import { failover } from "./failover.ts";

const COVERED = { fromUs: 0, toUs: 100 };

/** A provider of some symbols; what is said of each becomes its report when it is read. */
function provider(name: string, said: Readonly<Record<string, Partial<SeriesReport>>>) {
  const read: string[] = [];
  const parts = Object.entries(said).map(([symbol, outcome]): Source => {
    const counts = { requests: 1, received: 1, added: 1, revised: 0, provisional: 0, cancelled: 0 };
    let report: SeriesReport = {
      ...{ provider: name, symbol, interval: "1d", ...counts, refused: 0, blank: 0, actions: 0 },
      ...{ missing: 0, covered: null, ended: true, failure: null },
    };
    return {
      name: `${name}:${symbol}`,
      dataset: bars,
      series: () => [report],
      async *read() {
        read.push(symbol);
        report = { ...report, covered: COVERED, ...outcome };
        const values = Packed.from([`{"source":"${name}"}`]);
        yield { records: [{ key: symbol, values }], refused: [], state: "" };
      },
    };
  });
  const none = () => {
    throw new TypeError("a group is read by its parts");
  };
  const feed: Source = { name, dataset: bars, group: { parts }, read: none };
  return { feed, read };
}

const FAILED: Partial<SeriesReport> = {
  covered: null,
  failure: { code: "PROVIDER_QUOTA", reason: "quota", message: "", againMs: null },
};

async function readAll(source: Source): Promise<void> {
  for (const part of source.group?.parts ?? []) {
    await Array.fromAsync(part.read(undefined, new AbortController().signal));
  }
}

Deno.test("failover(): the next provider is asked for what one does not give, and for nothing else", async () => {
  using folder = new TempFolder();
  await using metadata = await openMetadata({ home: folder.path, metadata: "" });
  const first = provider("yahoo", { A: {}, B: FAILED, C: { missing: 2 }, D: FAILED });
  const second = provider("alphavantage", { A: {}, B: {}, C: {}, D: FAILED });
  const third = provider("finnhub", { A: {}, B: {}, C: {}, D: {} });
  const source = failover([first.feed, second.feed, third.feed], metadata, () => 7);
  await readAll(source);
  assertEquals(first.read, ["A", "B", "C", "D"]);
  assertEquals(second.read, ["B", "C", "D"]);
  assertEquals(third.read, ["D"]);
  const told = source.series?.().map(({ provider, symbol }) => `${symbol} ${provider}`).sort();
  assertEquals(told, [
    ...["A yahoo", "B alphavantage", "B yahoo", "C alphavantage", "C yahoo"],
    ...["D alphavantage", "D finnhub", "D yahoo"],
  ]);
});

Deno.test("failover(): as it trades, what was missing in an earlier round asks nobody again", async () => {
  using folder = new TempFolder();
  await using metadata = await openMetadata({ home: folder.path, metadata: "" });
  const first = provider("yahoo", { A: { missing: 2 } });
  const second = provider("alphavantage", { A: {} });
  const source = failover([first.feed, second.feed], metadata, () => 7);
  for (let round = 0; round < 3; round++) await readAll(source);
  assertEquals([first.read.length, second.read.length], [3, 1]);
});

Deno.test("failover(): what another provider has is filled in the ledger of the one before, but for its own gaps", async () => {
  using folder = new TempFolder();
  await using metadata = await openMetadata({ home: folder.path, metadata: "" });
  const series = { provider: "yahoo", symbol: "A", interval: "1d" };
  const other = { ...series, provider: "alphavantage" };
  const noticed = { detail: null, noticedUs: 1 };
  await metadata.gaps.open({ ...series, fromUs: 10, toUs: 60, reason: "quota", ...noticed });
  await metadata.gaps.open({ ...other, fromUs: 50, toUs: 55, reason: "no_trade", ...noticed });
  const feeds = [provider("yahoo", { A: FAILED }).feed, provider("alphavantage", { A: {} }).feed];
  await readAll(failover(feeds, metadata, () => 7));
  const found = await metadata.gaps.list(series);
  assertEquals(found.map(({ fromUs, toUs, state, filledBy }) => [fromUs, toUs, state, filledBy]), [
    [10, 50, "filled", "alphavantage"],
    [50, 55, "open", null],
    [55, 60, "filled", "alphavantage"],
  ]);
});

Deno.test("failover(): a feed that is no history of series can't stand in", async () => {
  using folder = new TempFolder();
  await using metadata = await openMetadata({ home: folder.path, metadata: "" });
  const { feed } = provider("yahoo", { A: {} });
  const { group: _, ...trades } = feed;
  assertThrows(() => failover([feed, trades], metadata, () => 7), TickhouseError, "--source");
});
