/** Random tables of prices, written in random layouts: what is read is what was written, or nothing. */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { TempFolder } from "tickhouse/testing.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import type { FileAnswers } from "tickhouse/source/answers.ts";
import { readFile } from "./read.ts";

const LAYOUTS = 400;

interface Bar {
  readonly symbol: string;
  readonly day: string;
  /** Decimal text: open, high, low, close, volume. */
  readonly values: readonly string[];
  readonly adjusted: string | null;
}

/** Of a seed: the same numbers each time. */
function randomOf(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 % 2_147_483_647 || 1;
  return (below) => (state = state * 48_271 % 2_147_483_647) % below;
}

function table(random: (below: number) => number): Bar[] {
  const scale = random(5);
  const base = [1, 100, 3_000, 40_000, 1_500_000][random(5)] ?? 1;
  const symbols = ["AAPL", "^GSPC", "BRK.B", "BTC-USD"].slice(0, 1 + random(3));
  const bars: Bar[] = [];
  for (const symbol of symbols) {
    const first = Date.UTC(2000 + random(24), random(12), 1 + random(28));
    for (let i = 0; i < 4 + random(20); i++) {
      const low = base * (1 + random(1000) / 1000);
      const [open, close] = [random(900) / 1000, random(900) / 1000].map((x) => low * (1 + x));
      const high = low * 2;
      bars.push({
        symbol,
        day: new Date(first + i * 86_400_000).toISOString().slice(0, 10),
        values: [open ?? 0, high, low, close ?? 0].map((price) => price.toFixed(scale))
          .concat(String(random(2_000_000_000))),
        adjusted: random(4) === 0 ? null : (low * 0.9).toFixed(scale),
      });
    }
  }
  return bars;
}

type Style = Record<string, string | boolean>;

const pick = <T>(random: (below: number) => number, of: readonly T[]): T =>
  of[random(of.length)] as T;

function layout(random: (below: number) => number): Style {
  const separator = pick(random, [",", ";", "\t", "|"]);
  const decimal = pick(random, [".", "."].concat(separator === "," ? [] : [","]));
  return {
    separator,
    decimal,
    thousands: pick(random, ["", "", decimal === "." ? "," : ".", " ", "'"]),
    quotes: pick(random, ["needed", "all"]),
    days: pick(random, ["iso", "dots", "us", "uk", "compact", "named", "ms", "excel", "clock"]),
    names: pick(random, ["plain", "shouting", "brackets", "german", "long"]),
    missing: pick(random, ["", "N/A", "-", "null", "NaN"]),
    lineEnd: pick(random, ["\n", "\n", "\r\n", "\r"]),
    encoding: pick(random, ["utf-8", "utf-8", "bom", "utf-16le", "latin1"]),
    preamble: pick(random, ["", "", "sep", "title"]),
    newest: pick(random, ["", "yes"]),
    packed: pick(random, ["", "", "gz"]),
    counter: pick(random, ["", "", "yes"]),
    currency: pick(random, ["", "", "$"]),
  };
}

const NAMES: Readonly<Record<string, readonly string[]>> = {
  plain: ["Symbol", "Date", "Open", "High", "Low", "Close", "Volume", "Adj Close"],
  shouting: ["TICKER", "DATE", "OPEN", "HIGH", "LOW", "CLOSE", "VOL", "ADJ_CLOSE"],
  brackets: ["<TICKER>", "<DATE>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<VOL>", "<ADJ_CLOSE>"],
  german: ["Symbol", "Datum", "Eröffnung", "Hoch", "Tief", "Schluss", "Volumen", "Adj. Close"],
  long: ["Security", "Trade Date", "Open Price", "High Price", "Low Price", "Closing Price"]
    .concat(["Traded Volume", "Adjusted Close"]),
};
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function dayIn(day: string, form: unknown): string {
  const [y = "", m = "", d = ""] = day.split("-");
  const ms = Date.parse(day);
  switch (form) {
    case "dots":
      return `${d}.${m}.${y}`;
    case "us":
      return `${m}/${d}/${y}`;
    case "uk":
      return `${d}/${m}/${y}`;
    case "compact":
      return y + m + d;
    case "named":
      return `${d}-${MONTHS[Number(m) - 1]}-${y}`;
    case "ms":
      return String(ms);
    case "excel":
      return String(ms / 86_400_000 + 25_569);
    case "clock":
      return `${day} 00:00:00-05:00`;
    default:
      return day;
  }
}

function numberIn(text: string, { decimal, thousands }: Style, currency: string): string {
  const [whole = "", fraction] = text.split(".");
  const grouped = thousands === "" ? whole : whole.replace(/\B(?=(\d{3})+$)/g, String(thousands));
  return currency + (fraction === undefined ? grouped : `${grouped}${decimal}${fraction}`);
}

function written(bars: readonly Bar[], style: Style, order: readonly number[]): string {
  const { separator, quotes, missing, lineEnd, names, days, newest, counter, preamble } = style;
  const cell = (text: string) =>
    quotes === "all" || text.includes(String(separator)) ? `"${text}"` : text;
  const rows = (newest ? bars.toReversed() : bars).map(({ symbol, day, values, adjusted }) => {
    const money = (text: string) => numberIn(text, style, String(style["currency"]));
    const prices = values.map((text, i) => i < 4 ? money(text) : numberIn(text, style, ""));
    return [symbol, dayIn(day, days), ...prices, adjusted === null ? missing : money(adjusted)];
  });
  const lines = [NAMES[String(names)] ?? [], ...rows].map((cells, i) => {
    const ordered = order.map((at) => cell(String(cells[at])));
    const count = counter ? [cell(i === 0 ? "index" : String(i - 1))] : [];
    return [...count, ...ordered].join(String(separator));
  });
  const before = preamble === "sep"
    ? [`sep=${separator}`]
    : preamble === "title"
    ? ["Price history", ""]
    : [];
  return [...before, ...lines].join(String(lineEnd)) + lineEnd;
}

function bytesOf(text: string, { encoding, packed }: Style): Uint8Array<ArrayBuffer> {
  const bytes = encoding === "utf-16le"
    ? new Uint8Array(Uint16Array.from(`\ufeff${text}`, (c) => c.charCodeAt(0)).buffer)
    : encoding === "latin1"
    ? Uint8Array.from(text, (c) => c.charCodeAt(0))
    : new TextEncoder().encode(encoding === "bom" ? `\ufeff${text}` : text);
  return new Uint8Array(packed ? gzipSync(bytes) : bytes);
}

/** What a person would answer, were it asked. */
function answersOf({ days, decimal, thousands }: Style): FileAnswers {
  const told: FileAnswers = {
    decimal: decimal as "." | ",",
    ...(thousands === "" ? {} : { thousands: thousands as "." | "," | " " | "'" }),
  };
  if (days === "us") return { ...told, dateOrder: "mdy" };
  if (days === "uk") return { ...told, dateOrder: "dmy" };
  if (days === "ms") return { ...told, timeFormat: "ms" };
  return days === "excel" ? { ...told, timeFormat: "excel" } : told;
}

const plain = (text: string | null | undefined) =>
  text?.includes(".") ? text.replace(/\.?0+$/, "") : text ?? null;

Deno.test(`${LAYOUTS} random tables in random layouts are read as written, or refused`, async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "table.csv");
  let [silent, asked] = [0, 0];
  for (let seed = 1; seed <= LAYOUTS; seed++) {
    const random = randomOf(seed);
    const bars = table(random);
    const style = layout(random);
    const order = [0, 1, 2, 3, 4, 5, 6, 7].sort(() => random(3) - 1);
    const text = written(bars, style, order);
    Deno.writeFileSync(path, bytesOf(text, style));
    const expected = bars.map(({ symbol, day, values, adjusted }) =>
      [symbol, day, ...values, adjusted].map((value) => plain(value)).join(" ")
    ).toSorted();
    const what = `seed ${seed}: ${JSON.stringify(style)}\n${text.slice(0, 300)}`;
    for (const told of [{}, answersOf(style)]) {
      let read;
      try {
        read = await readFile(path, told);
      } catch (error) {
        if (!(error instanceof TickhouseError)) throw error;
        // With the answers a person would give, nothing is left to ask.
        assert(told !== answersOf(style) && Object.keys(told).length === 0, `${error}\n${what}`);
        assertEquals(error.code, "CSV_UNCERTAIN", what);
        asked++;
        continue;
      }
      assertEquals([read.refused, read.dataset], [[], "bars"], what);
      const names = ["symbol", "time", "open", "high", "low", "close", "volume", "adj_close"];
      const found = read.rows.map((row) => names.map((name) => plain(row[name])).join(" "));
      assertEquals(found.toSorted(), expected, what);
      silent++;
    }
  }
  // Were all asked, or none, the test would say little.
  assert(silent > LAYOUTS && asked > LAYOUTS / 20, `${silent} read, ${asked} asked`);
});
