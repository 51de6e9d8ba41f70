/** Which part of a long list is whose turn. @module */
import { ROOT } from "./tiers.ts";

/** Of the commit that is checked out, some number: with each commit, another part's turn comes. */
export async function turnOfCommit(): Promise<number> {
  const { success, stdout } = await new Deno.Command("git", {
    args: ["rev-parse", "--short=8", "HEAD"],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error("a sample goes by the commit, and git does not know it");
  return parseInt(new TextDecoder().decode(stdout), 16);
}

/**
 * Each `of`-th of the list, beginning with the one whose turn it is. Throws a RangeError for what is
 * no whole number from 1 on: nothing would be tried, and nothing found.
 */
export function shareOf<T>(list: readonly T[], of: number, turn: number): T[] {
  if (!Number.isSafeInteger(of) || of < 1) {
    throw new RangeError(`--share takes 1, 2, 3 ..., not ${of}`);
  }
  return list.filter((_, at) => at % of === turn % of);
}
