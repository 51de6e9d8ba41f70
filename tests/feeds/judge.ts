/**
 * Whether a world's trades are all told of: in silver once, or in the ledger with their reason.
 * @module
 */
import type { FeedServers } from "services/feeds/feeds.ts";
import type { Gap } from "tickhouse/metadata/gaps.ts";
import { idOf } from "tickhouse/source/finnhub/fixture.ts";

/** What became of the trades. */
export interface Verdict {
  /** Trades that happened, those that are equal in all fields being one. */
  readonly happened: number;
  /** Of them, those that are facts. */
  readonly stored: number;
  /** Of them, those that are no facts, but in a gap that says why. */
  readonly explained: number;
  /** Nobody says where they are. */
  readonly silent: readonly string[];
  /** Facts that never happened. */
  readonly made: readonly string[];
}

/** Compares facts, by symbol and identity, with what happened from the first subscription on. */
export function judge(
  feeds: FeedServers,
  symbols: readonly string[],
  facts: ReadonlySet<string>,
  gaps: readonly Gap[],
  [fromUs, toUs]: readonly [number, number],
): Verdict {
  const silent: string[] = [];
  const truth = new Set<string>();
  let [stored, explained] = [0, 0];
  for (const symbol of symbols) {
    const open = gaps.filter((gap) => gap.symbol === symbol && gap.state !== "filled");
    for (const trade of feeds.truth(symbol, fromUs, toUs)) {
      const fact = `${symbol} ${idOf(trade)}`;
      if (truth.has(fact)) continue;
      truth.add(fact);
      const { timeUs } = trade;
      if (facts.has(fact)) stored++;
      else if (open.some((gap) => timeUs >= gap.fromUs && timeUs < gap.toUs)) explained++;
      else {silent.push(
          `${fact} ${new Date(timeUs / 1000).toISOString()} sent ${trade.sent.length}`,
        );}
    }
    // What is stored of the last moments has happened, too.
    for (const trade of feeds.truth(symbol, toUs, 4e15)) truth.add(`${symbol} ${idOf(trade)}`);
  }
  const made = [...facts].filter((fact) => !truth.has(fact));
  return { happened: truth.size, stored, explained, silent, made };
}
