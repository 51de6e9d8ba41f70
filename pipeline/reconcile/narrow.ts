import type { Side } from "./side.ts";

/**
 * The first offset of [from, until) whose rows differ, for sides whose hashes differ there. Halves
 * the range: both sides are read about once more.
 */
export async function firstDifference(
  one: Side,
  other: Side,
  partition: number,
  from: number,
  until: number,
): Promise<number> {
  let [low, high] = [from, until];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const mine = await one.contents(partition, low, middle);
    const theirs = await other.contents(partition, low, middle);
    if (mine.hash === theirs.hash) low = middle;
    else high = middle;
  }
  return low;
}
