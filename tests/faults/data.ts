/**
 * What a run puts into the log: keyed ticks that count themselves, and messages that are none.
 * @module
 */
import { ticks } from "tickhouse/datasets/datasets.ts";
import type { Random } from "tickhouse/source/simulator/random.ts";
import { validMessage } from "tickhouse/testing.ts";

/** A message that is produced. */
export interface Message {
  readonly key: string;
  /** Counts the valid messages of a key, from 1; 0 for one that is no tick. */
  readonly trade: number;
  readonly text: string;
}

/** Messages that are appended together. */
export interface Send {
  /** `aborted`: in a transaction that is given up, so that nobody may see them. */
  readonly how: "plain" | "transaction" | "aborted";
  readonly messages: readonly Message[];
}

/** How much there is. */
export interface DataOptions {
  readonly messages: number;
  readonly keys: number;
  /** Share of messages that are no ticks. */
  readonly bad: number;
  /** Characters of those at the most, of which no compression makes few. Default: short ones. */
  readonly badMax?: number;
}

/**
 * Sends that the random numbers choose, each in one of the ways `hows`. `trades` counts the valid
 * messages of each key.
 */
export function makeSends(
  random: Random,
  trades: Map<string, number>,
  { messages, keys, bad, badMax = 0 }: DataOptions,
  hows: readonly Send["how"][],
): Send[] {
  const sends: Send[] = [];
  for (let left = messages; left > 0;) {
    const count = Math.min(left, 15 + random.below(120));
    const how = hows[random.below(hows.length)] ?? "plain";
    const made = Array.from({ length: count }, () => {
      const key = `KEY${random.below(keys)}`;
      return random.next() < bad ? badMessage(random, key, badMax) : goodMessage(trades, key);
    });
    if (how === "aborted") {
      // Never seen, so they do not count.
      for (const { key, trade } of made) if (trade) trades.set(key, (trades.get(key) ?? 1) - 1);
    } else left -= count;
    sends.push({ how, messages: made });
  }
  return sends;
}

/** All that readers must see, in the order of appending. */
export function visible(sends: readonly Send[]): Message[] {
  return sends.filter(({ how }) => how !== "aborted").flatMap(({ messages }) => messages);
}

/** The tick that is the key's `trade`-th. */
export function tickMessage(key: string, trade: number): Message {
  const price = (100 + trade / 100).toFixed(2);
  const message = { ...validMessage(ticks, trade), symbol: key, price, trade_id: String(trade) };
  return { key, trade, text: JSON.stringify(message) };
}

function goodMessage(trades: Map<string, number>, key: string): Message {
  const trade = (trades.get(key) ?? 0) + 1;
  trades.set(key, trade);
  return tickMessage(key, trade);
}

function badMessage(random: Random, key: string, max: number): Message {
  const id = `bad-${random.below(2 ** 31)}`;
  const tick = { ...validMessage(ticks, 1), symbol: key, trade_id: id };
  const texts = [
    `{"symbol":"${key}","trade_id":"${id}"`,
    JSON.stringify({ ...tick, price: -1 }),
    JSON.stringify({ ...tick, event_time: "soon" }),
    JSON.stringify({ ...tick, price: undefined }),
    `${id} is no JSON`,
  ];
  const text = texts[random.below(texts.length)] ?? id;
  if (max === 0) return { key, trade: 0, text };
  const words = Array.from({ length: random.below(max / 8) }, () => random.below(2 ** 32));
  return { key, trade: 0, text: text + words.map((word) => word.toString(16)).join("") };
}
