/** What bars out of any parser must be, whatever it was given. @module */
import { assert } from "@std/assert";
import type { RefusedRecord } from "../source/source.ts";
import type { FetchedBar } from "./provider.ts";

const DECIMAL = /^-?\d{1,20}(\.\d{1,20})?$/;
/** Microseconds of the years 1900 to 2200. */
const [FIRST_US, LAST_US] = [Date.UTC(1900, 0, 1) * 1000, Date.UTC(2200, 0, 1) * 1000];

/** Ascending, each once, with figures that are numbers; letters that say what they are of. */
export function assertBars(
  { bars, refused }: {
    readonly bars: readonly FetchedBar[];
    readonly refused: readonly RefusedRecord[];
  },
): void {
  let last = -Infinity;
  for (const { openUs, open, high, low, close, adjClose, volume } of bars) {
    assert(Number.isSafeInteger(openUs) && openUs > last, `${last} before ${openUs}`);
    assert(openUs >= FIRST_US - 8 * 86_400e6 && openUs < LAST_US, `${openUs}`);
    last = openUs;
    for (const figure of [open, high, low, close]) assertFigure(figure);
    for (const figure of [adjClose, volume]) if (figure !== null) assertFigure(figure);
  }
  for (const { at, reason, raw } of refused) {
    assert(at !== "" && at.length < 500 && reason.length < 1000, reason);
    assert(!reason.includes("\n") && raw.length > 0, reason);
  }
}

function assertFigure(figure: unknown): void {
  const isNumber = typeof figure === "number" && Number.isFinite(figure);
  assert(isNumber || typeof figure === "string" && DECIMAL.test(figure), Deno.inspect(figure));
}
