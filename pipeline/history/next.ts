/** What the cursor of a series keeps after a request. @module */
import type { CorporateAction } from "../metadata/actions.ts";
import { type Range, subtract } from "../metadata/range.ts";
import type { Step } from "./plan.ts";
import type { BarsAnswer, FetchedAction } from "./provider.ts";
import type { Reading } from "./reading.ts";
import type { RefusedRecord } from "../source/source.ts";
import type { SeriesState } from "./state.ts";

/** What was known, and what came beside the bars. */
export interface Beside {
  readonly before: SeriesState | undefined;
  /** Splits and payouts that were new. */
  readonly fresh: readonly CorporateAction[];
  /** Whether the provider tells what came before in other units now. */
  readonly isStale: boolean;
}

/** What the cursor keeps after the step. */
export function stateOf(
  step: Step,
  { answer, refused, actions }: BarsAnswer,
  { bars, settledUs, missing, exchange, tail }: Reading,
  { before, fresh, isStale }: Beside,
): SeriesState {
  const { window } = step;
  return {
    covered: coveredAfter(step, settledUs, before),
    tail: before && step.kind !== "later" ? before.tail : [...tail],
    exchange,
    splits: [...new Set([...before?.splits ?? [], ...splitsOf(actions)])].sort().slice(-SPLITS_MAX),
    stale: staleAfter(step, before, isStale),
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
      missing: step.kind === "again" || step.kind === "gap" ? [] : [...missing],
    },
  };
}

const SPLITS_MAX = 20;

function splitsOf(actions: readonly FetchedAction[]): string[] {
  return actions.filter(({ kind }) => kind === "split")
    .map(({ exDate, amount }) => `${exDate} ${amount}`);
}

/** Bars that tell a split together; further apart than any correction of prices. */
const [SCALED_MIN, SCALED_BY, SCALED_ALIKE] = [3, 0.02, 0.002];

/**
 * Whether the provider tells what came before in other shares now: by a split that is new to the
 * series, or by bars that are all other than they were, by one factor.
 */
export function isRestated(
  { kind }: Step,
  { actions }: BarsAnswer,
  { bars }: Reading,
  before: SeriesState | undefined,
): boolean {
  if (!before || kind !== "later") return false;
  if (splitsOf(actions).some((split) => !before.splits.includes(split))) return true;
  const closes = new Map(before.tail.map((bar) => [bar.openUs, Number(bar.close)]));
  const shares = bars.filter(({ provisional, openUs }) => !provisional && closes.has(openUs))
    .map(({ openUs, close }) => Number(close) / (closes.get(openUs) ?? NaN));
  const [first = 1] = shares;
  return shares.length >= SCALED_MIN && Math.abs(first - 1) > SCALED_BY &&
    shares.every((share) => Math.abs(share / first - 1) < SCALED_ALIKE);
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
  if (kind === "again" || kind === "gap") return covered;
  if (kind === "earlier") return { fromUs: window.fromUs, toUs: covered.toUs };
  // The request before this one left some open: the next run asks from there.
  if (rest.fromUs > covered.toUs && !isFirst) return covered;
  return { fromUs: covered.fromUs, toUs: Math.max(covered.toUs, settledUs) };
}

function staleAfter(
  { window, kind }: Step,
  before: SeriesState | undefined,
  isStale: boolean,
): Range | null {
  if (!before) return null;
  const { stale, covered } = before;
  if (isStale) {
    const toUs = Math.min(window.fromUs, covered.toUs);
    return covered.fromUs < toUs ? { fromUs: covered.fromUs, toUs } : stale;
  }
  if (kind !== "again" || !stale) return stale;
  return window.toUs < stale.toUs ? { fromUs: window.toUs, toUs: stale.toUs } : null;
}
