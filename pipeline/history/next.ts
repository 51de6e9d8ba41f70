/** What the cursor of a series keeps after a request. @module */
import type { CorporateAction } from "../metadata/actions.ts";
import { type Range, subtract } from "../metadata/range.ts";
import type { Step } from "./plan.ts";
import type { BarsAnswer } from "./provider.ts";
import type { Reading } from "./reading.ts";
import type { RefusedRecord } from "../source/source.ts";
import type { SeriesState } from "./state.ts";

/** What was known, and what came beside the bars. */
export interface Beside {
  readonly before: SeriesState | undefined;
  /** Splits and payouts that were new. */
  readonly fresh: readonly CorporateAction[];
  /** Whether the provider tells what came before in other units now. */
  readonly isRestated: boolean;
}

/** What the cursor keeps after the step. */
export function stateOf(
  step: Step,
  { answer, refused }: BarsAnswer,
  { bars, settledUs, missing, exchange, tail }: Reading,
  { before, fresh, isRestated }: Beside,
): SeriesState {
  const { window } = step;
  return {
    covered: coveredAfter(step, settledUs, before),
    tail: before && step.kind !== "later" ? before.tail : [...tail],
    exchange,
    stale: staleAfter(step, before, isRestated),
    refused: before && step.kind !== "later" ? before.refused : refusedOf(refused),
    told: {
      asked: window,
      askedUs: answer.askedUs,
      sha256: answer.sha256,
      received: bars.length,
      lastTimeUs: bars.at(-1)?.openUs ?? null,
      whole: subtract({ fromUs: window.fromUs, toUs: settledUs }, missing),
      actions: fresh.map(({ exDate, kind, amount, currency }) => ({
        ...{ exDate, kind, amount, currency },
      })),
      // What an answer leaves out that is told again was there, or is noted.
      missing: step.kind === "again" ? [] : [...missing],
    },
  };
}

const REFUSED_MAX = 50;
const REFUSED_CHARS_MAX = 200;

/** What was refused, as the state keeps it. */
export function refusedOf(refused: readonly RefusedRecord[]): string[] {
  return refused.slice(-REFUSED_MAX).map(refusedText);
}

/** What it is known by: the element itself, wherever it stood. */
export function refusedText({ raw }: RefusedRecord): string {
  return new TextDecoder().decode(raw).slice(0, REFUSED_CHARS_MAX);
}

function coveredAfter(
  { window, kind, rest, isFirst }: Step,
  settledUs: number,
  before: SeriesState | undefined,
): Range {
  if (!before) return { fromUs: window.fromUs, toUs: settledUs };
  const { covered } = before;
  if (kind === "again") return covered;
  if (kind === "earlier") return { fromUs: window.fromUs, toUs: covered.toUs };
  // The request before this one left some open: the next run asks from there.
  if (rest.fromUs > covered.toUs && !isFirst) return covered;
  return { fromUs: covered.fromUs, toUs: Math.max(covered.toUs, settledUs) };
}

function staleAfter(
  { window, kind }: Step,
  before: SeriesState | undefined,
  isRestated: boolean,
): Range | null {
  if (!before) return null;
  const { stale, covered } = before;
  if (isRestated) {
    const toUs = Math.min(window.fromUs, covered.toUs);
    return covered.fromUs < toUs ? { fromUs: covered.fromUs, toUs } : stale;
  }
  if (kind !== "again" || !stale) return stale;
  return window.toUs < stale.toUs ? { fromUs: window.toUs, toUs: stale.toUs } : null;
}
