/** What of an answer can be stored. The rest is refused here, where it is known whose it is. @module */
import type { Dataset } from "../datasets/dataset.ts";
import { corporateActions } from "../datasets/corporate_actions.ts";
import { parseNumerals } from "../datasets/digits.ts";
import { problemsOf, type Row } from "../datasets/zod.ts";
import type { RefusedRecord } from "../source/source.ts";
import { actionRow, toldActions } from "./actions.ts";
import { rowsOf, timeText } from "./bar.ts";
import type { BarsAnswer, FetchedAction, FetchedBar, Figure, HistoryProvider } from "./provider.ts";

/** Whose answer it is, and where it goes. */
export interface SoundOptions {
  readonly provider: Pick<HistoryProvider, "name" | "adjustment" | "amounts">;
  readonly symbol: string;
  readonly interval: string;
  /** Of the bars. */
  readonly dataset: Dataset;
  /** Of splits and payouts. Default: `corporate_actions`. */
  readonly actions?: Dataset;
}

/** The answer with those bars, splits and payouts that their datasets take; the others are refused. */
export function soundAnswer(answer: BarsAnswer, options: SoundOptions): BarsAnswer {
  const refused: RefusedRecord[] = [];
  const bars = answer.bars.filter((bar) => {
    if (isPlain(bar)) return true;
    const problems = barProblems(bar, options);
    if (problems) {
      refused.push(refusal(timeText(bar.openUs, options.interval), bar, problems, options));
    }
    return !problems;
  });
  const actions = answer.actions.filter((action) => {
    const problems = actionProblems(action, options, answer.answer.answeredUs);
    if (problems) {
      refused.push(refusal(`${action.kind} ${action.exDate}`, action, problems, options));
    }
    return !problems;
  });
  return refused.length === 0
    ? answer
    : { ...answer, bars, actions, refused: [...answer.refused, ...refused] };
}

/** Far within what any column of figures holds. */
const [PLAIN_MAX, PLAIN_CHARS] = [1e9, 10];

/** Whether a look at the figures is enough: nearly all bars are so, and there may be a million. */
function isPlain({ open, high, low, close, adjClose, volume }: FetchedBar): boolean {
  const [o, h, l, c] = [plain(open), plain(high), plain(low), plain(close)];
  return l > 0 && l <= o && l <= c && o <= h && c <= h &&
    (adjClose === null || plain(adjClose) >= 0) &&
    (volume === null || hasFewDecimals(volume) && plain(volume) >= 0);
}

/** The figure, if a price holds its digits: a double from 1 on has at most 16 decimals; else NaN. */
function plain(figure: Figure): number {
  if (typeof figure === "string") return figure.length <= PLAIN_CHARS ? Number(figure) : NaN;
  return figure < PLAIN_MAX && (figure >= 1 || figure === 0) ? figure : NaN;
}

function hasFewDecimals(figure: Figure): boolean {
  return typeof figure === "string" || Math.round(figure * 1e4) / 1e4 === figure;
}

function barProblems(bar: FetchedBar, options: SoundOptions): string[] | undefined {
  const constants = { ...options, origin: options.provider.name };
  return problemsIn(options.dataset, rowsOf([{ ...bar, provisional: false }], constants)[0]);
}

function actionProblems(
  fetched: FetchedAction,
  options: SoundOptions,
  answeredUs: number,
): string[] | undefined {
  const { provider, symbol, actions: dataset = corporateActions } = options;
  const [action] = toldActions(provider.name, symbol, [fetched]);
  if (!action) return undefined;
  const about = { adjustment: provider.amounts, origin: provider.name, receivedUs: answeredUs };
  return problemsIn(dataset, actionRow(action, about));
}

function problemsIn(dataset: Dataset, text = "{}"): string[] | undefined {
  return problemsOf(dataset, parseNumerals(text) as Row);
}

function refusal(
  what: string,
  element: FetchedBar | FetchedAction,
  problems: readonly string[],
  { provider, symbol, interval }: SoundOptions,
): RefusedRecord {
  return {
    at: `${what} of ${symbol}`,
    reason: `${provider.name} ${symbol} ${interval}: ${what}: ${problems.join("; ")}`,
    raw: new TextEncoder().encode(JSON.stringify({ symbol, interval, ...element })),
  };
}
