/**
 * One symbol of one provider at one interval, as a feed: what is not covered yet is fetched, what
 * came is kept as it came, and what is missing is noted with its reason.
 * @module
 */
import { Packed } from "../batch.ts";
import type { Calendar } from "../calendar/calendar.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { hasCode } from "../errors.ts";
import type { CorporateAction } from "../metadata/actions.ts";
import type { MetadataStore } from "../metadata/metadata.ts";
import { intersection, type Range } from "../metadata/range.ts";
import { type FailureReason, ProviderError } from "../provider/errors.ts";
import type { SeriesReport } from "../source/series.ts";
import type { RecordsBeside, RefusedRecord, Source, SourceBatch } from "../source/source.ts";
import type { ObjectStore } from "../store/store.ts";
import { type ActionConstants, actionRecords, newActions, toldActions } from "./actions.ts";
import { rowsOf, type TimedBar } from "./bar.ts";
import { type Changes, changesOf } from "./changes.ts";
import { Ledger } from "./ledger.ts";
import { keepListing } from "./listing.ts";
import type { BarsAnswer, HistoryProvider } from "./provider.ts";
import { keepAnswer } from "./raw.ts";
import { SeriesTally } from "./report.ts";
import { type Reading, readingOf } from "./reading.ts";
import { parseSeriesState, type SeriesState } from "./state.ts";
import { plan, type Step } from "./plan.ts";
import { isRestated, refusedText, stateOf } from "./next.ts";
import { soundAnswer } from "./sound.ts";
import { day, DAY_US } from "./time.ts";

/** Gaps in the midst of what is covered that one reading asks for again. */
const GAPS_ASKED = 3;
/** Milliseconds until a gap that stays is asked for again by the same process. */
const GAP_REST_MS = 600_000;

/** What a series is fetched with. */
export interface SeriesOptions {
  readonly provider: HistoryProvider;
  /** Where bars go. */
  readonly dataset: Dataset;
  /** Where splits and payouts go; left out, they are noted in the metadata store only. */
  readonly actions?: Dataset;
  readonly symbol: string;
  readonly interval: string;
  /** First day, `YYYY-MM-DD`; left out, where an earlier run ended. */
  readonly from?: string;
  /** Last day, included. Default: now. */
  readonly to?: string;
  /** Fetch all again, though it is covered. Default: false. */
  readonly again?: boolean;
  readonly metadata: MetadataStore;
  readonly store: ObjectStore;
  readonly calendar: Calendar;
  readonly clock?: Clock;
  /** Told what a person should know. Default: nobody is told. */
  readonly onNote?: (text: string) => void;
}

/** A step that was taken: what it brought, and what is known now. */
interface Taken {
  readonly state: SeriesState;
  readonly batch: SourceBatch;
}

/** Milliseconds until a series that failed is asked for again by the same process. */
const REST_MS: Readonly<Record<FailureReason, number>> = {
  quota: 60_000,
  provider_error: 60_000,
  unknown_symbol: 3_600_000,
  no_access: 3_600_000,
};

/** A series as a source of bars. */
export class Series implements Source {
  readonly name: string;
  readonly dataset: Dataset;
  readonly #options: SeriesOptions;
  readonly #clock: Clock;
  readonly #tally: SeriesTally;
  readonly #ledger: Ledger;
  readonly #told = new Set<string>();
  /** Kinds of steps that the provider could not give in this round. */
  readonly #failed = new Set<Step["kind"]>();
  /** When gaps were asked for, milliseconds, by where they begin. */
  readonly #gapsAsked = new Map<number, number>();
  /** The state that the ledger was told last. */
  #ledgerHas: string | undefined;
  #isBegun = false;
  #restsUntilMs = 0;
  #isFailing = false;

  constructor(options: SeriesOptions) {
    const { provider, symbol, interval, clock = systemClock } = options;
    const series = { provider: provider.name, symbol, interval };
    this.name = `history:${provider.name}:${interval}:${symbol}`;
    this.dataset = options.dataset;
    this.#options = options;
    this.#clock = clock;
    this.#tally = new SeriesTally(series);
    this.#ledger = new Ledger(options.metadata, series);
  }

  /** What became of it so far. */
  series(): readonly SeriesReport[] {
    return [this.#tally.report];
  }

  /**
   * What is new since the state. What a provider could not give is noted in the ledger and in the
   * report, and ends the reading without an error: the next run asks for it again. Throws
   * `OPTION_INVALID`, `SERIES_STATE_INVALID`, and what the metadata and the object store throw.
   */
  async *read(text: string | undefined, signal: AbortSignal): AsyncIterable<SourceBatch> {
    // As it trades it is read again and again: what failed is left alone for a while.
    if (this.#clock.now() < this.#restsUntilMs) return;
    const again = this.#options.again === true && !this.#isBegun;
    this.#isBegun = true;
    const known = this.#known(text, again);
    // A run that was cut off may not have told the ledger.
    if (known && text !== this.#ledgerHas) {
      await this.#ledger.told(known, this.#nowUs());
      await this.#relisted(known);
    }
    let state = known && again ? this.#stale(known) : known;
    this.#tally.begin(state?.covered ?? null);
    // A split that is first seen now makes what is covered stale: that is fetched in a second round.
    for (let round = 0; round === 0 || round === 1 && state?.stale; round++) {
      const before = state;
      for (const step of await this.#steps(state)) {
        if (signal.aborted) return;
        if (this.#failed.has(step.kind)) continue;
        const taken = await this.#take(step, state, signal);
        if (taken === "ended") {
          if (!signal.aborted) this.#tally.ended();
          return;
        }
        if (taken === "failed") continue;
        state = taken.state;
        yield taken.batch;
        // Its records are in the log now.
        await this.#ledger.told(state, this.#nowUs());
        this.#ledgerHas = taken.batch.state;
        this.#tally.covered(state.covered);
      }
      if (before?.stale || this.#failed.has("again")) break;
    }
    this.#tally.ended();
  }

  #known(text: string | undefined, again: boolean): SeriesState | undefined {
    if (text === undefined) return undefined;
    try {
      return parseSeriesState(text);
    } catch (error) {
      // From its start it needs none.
      if (again && hasCode(error, "SERIES_STATE_INVALID")) return undefined;
      throw error;
    }
  }

  /** What is left to ask for; what is out of reach is noted. */
  async #steps(state: SeriesState | undefined): Promise<readonly Step[]> {
    const { from } = this.#options;
    const since = from === undefined && !state ? await this.#ledger.sinceDay() : undefined;
    const wanted = { ...this.#options, ...since === undefined ? {} : { from: since } };
    const { steps, beyond, reachUs } = plan(wanted, state, this.#nowUs());
    for (const range of beyond) await this.#outOfReach(range);
    if (reachUs !== undefined) this.#tally.failed(this.#unreachable(reachUs));
    const first = steps.find(({ kind }) => kind === "again")?.window.fromUs;
    if (state?.stale && first !== undefined && first > state.stale.fromUs) {
      this.#note(`bars before ${day(first)} can't be had again: they stay as they were told`);
    }
    this.#failed.clear();
    return [...steps, ...await this.#gapSteps(state, steps)];
  }

  /** What could not be read before is asked for again: it may have been corrected. */
  async #gapSteps(state: SeriesState | undefined, steps: readonly Step[]): Promise<Step[]> {
    const { provider, interval } = this.#options;
    if (!state) return [];
    const earliestUs = provider.earliestUs(interval, this.#nowUs());
    for (const [fromUs, askedMs] of this.#gapsAsked) {
      if (this.#clock.now() >= askedMs + GAP_REST_MS) this.#gapsAsked.delete(fromUs);
    }
    const found = await this.#ledger.fillable(state.covered, GAPS_ASKED + this.#gapsAsked.size);
    const isAsked = (gap: Range) =>
      this.#gapsAsked.has(gap.fromUs) ||
      steps.some(({ window }) => gap.fromUs < window.toUs && window.fromUs < gap.toUs);
    return found.filter((gap) => gap.fromUs >= earliestUs && gap.fromUs < gap.toUs && !isAsked(gap))
      .slice(0, GAPS_ASKED)
      .map((window) => ({ window, rest: window, kind: "gap", isFirst: true }));
  }

  /** What of it is wanted is to be fetched again. */
  #stale(state: SeriesState): SeriesState {
    const { from, to } = this.#options;
    const { covered } = state;
    const fromUs = from === undefined ? covered.fromUs : Date.parse(from) * 1000;
    const toUs = to === undefined ? covered.toUs : Date.parse(to) * 1000 + DAY_US;
    const stale = intersection(covered, { fromUs, toUs });
    return stale.fromUs < stale.toUs ? { ...state, stale } : state;
  }

  /** `failed`: the provider could not give it, which is noted; `ended`: no more is to be asked. */
  async #take(
    step: Step,
    state: SeriesState | undefined,
    signal: AbortSignal,
  ): Promise<Taken | "failed" | "ended"> {
    const { provider, symbol, interval } = this.#options;
    const askedUs = this.#nowUs();
    try {
      this.#tally.add({ requests: 1 });
      if (step.kind === "gap") this.#gapsAsked.set(step.window.fromUs, this.#clock.now());
      const given = await provider.bars({ symbol, interval, ...step.window }, signal);
      const answer = soundAnswer(given, this.#options);
      if (this.#isFailing) this.#say("it answers again");
      this.#isFailing = false;
      for (const note of answer.notes) this.#note(note);
      await this.#listed(answer);
      const reading = readingOf(this.#options, step, answer, state);
      // It is noted already that it is missing.
      if (step.kind === "gap" && reading.bars.length === 0) return "failed";
      if (reading.fault === "empty") {
        throw emptyDay(provider.name, symbol, step.window, reading.exchange);
      }
      if (reading.fault) throw unreadable(provider.name, symbol, answer.refused);
      return await this.#taken(step, answer, reading, state);
    } catch (error) {
      if (signal.aborted) return "ended";
      if (!(error instanceof ProviderError)) throw error;
      await this.#ledger.refused(step.window, askedUs);
      if (step.kind === "gap") return "ended";
      // What is asked for again is there, as it was told before.
      if (step.kind !== "again") {
        await this.#ledger.missing(step.rest, error.reason, error.what, this.#nowUs());
      }
      this.#tally.failed(error);
      this.#failed.add(step.kind);
      this.#restsUntilMs = this.#clock.now() + REST_MS[error.reason];
      if (error.reason === "quota") this.#restsUntilMs = error.againMs ?? this.#restsUntilMs;
      // Who watches should not take silence for a quiet market.
      if (!this.#isFailing) this.#say(error.message);
      this.#isFailing = true;
      // The rest of the series would fail, too.
      return error.reason === "quota" ? "ended" : "failed";
    }
  }

  async #taken(
    step: Step,
    answer: BarsAnswer,
    reading: Reading,
    state: SeriesState | undefined,
  ): Promise<Taken> {
    const { provider, symbol, interval, metadata } = this.#options;
    const lacked = step.kind === "again" ? await this.#ledger.lacked(step.window) : [];
    const changes = changesOf(state?.tail ?? [], reading, step.kind, lacked);
    const told = toldActions(provider.name, symbol, answer.actions);
    const fresh = await newActions(metadata, told);
    const origin = `${provider.name}#${answer.answer.sha256.slice(0, 16)}`;
    const letters = new Set(step.kind === "later" ? state?.refused : []);
    // What fills a gap was a letter when that was noted.
    const refused = step.kind === "gap"
      ? []
      : answer.refused.filter((one) => !letters.has(refusedText(one)));
    const isNews = changes.rows.length + refused.length + fresh.length > 0;
    if (isNews) await this.#keep(answer, reading.bars);
    const isStale = provider.adjustment !== "raw" && isRestated(step, answer, reading, state);
    const next = stateOf(step, answer, reading, { before: state, fresh, isStale });
    this.#count({ ...answer, refused }, reading, changes, fresh.length);
    this.#tally.provisional(next.tail.filter(({ provisional }) => provisional).length);
    if (next.stale && isStale) this.#note("a split: what came before it is fetched again");
    const constants = { symbol, interval, provider, origin };
    const values = Packed.from(rowsOf(changes.rows, constants));
    const records = values.length > 0 ? [{ key: symbol, values }] : [];
    return {
      state: next,
      batch: {
        records,
        refused,
        state: JSON.stringify(next),
        ...this.#beside(fresh, { origin, receivedUs: answer.answer.answeredUs }),
      },
    };
  }

  /** A store that was begun anew does not know where it is listed: nothing would be missing. */
  async #relisted({ exchange }: SeriesState): Promise<void> {
    const { provider, symbol, metadata, calendar } = this.#options;
    const today = day(this.#nowUs());
    if (exchange === null || calendar.exchangeOf(provider.name, symbol, today)) return;
    if (await metadata.symbols.at(provider.name, symbol, today)) return;
    const listing = { exchange, currency: null, name: null, listedUs: null };
    await keepListing(metadata, { provider: provider.name, symbol }, listing, today);
  }

  async #listed({ listing }: BarsAnswer): Promise<void> {
    const { provider, symbol, metadata } = this.#options;
    const series = { provider: provider.name, symbol };
    const moved = await keepListing(metadata, series, listing, day(this.#nowUs()));
    if (moved !== undefined) this.#note(moved);
  }

  #beside(
    fresh: readonly CorporateAction[],
    about: Omit<ActionConstants, "adjustment">,
  ): { readonly beside?: readonly RecordsBeside[] } {
    const { actions, provider: { amounts: adjustment } } = this.#options;
    if (!actions || fresh.length === 0) return {};
    return { beside: [actionRecords(actions, fresh, { adjustment, ...about })] };
  }

  async #keep({ answer }: BarsAnswer, bars: readonly TimedBar[]): Promise<void> {
    const { store, metadata, symbol, interval } = this.#options;
    await keepAnswer({ store, metadata }, answer, { symbol, interval }, bars);
  }

  #count(answer: BarsAnswer, reading: Reading, changes: Changes, actions: number): void {
    const { added, revised, cancelled } = changes;
    const missing = reading.missingSlots;
    const { blank, refused } = answer;
    this.#tally.add({
      ...{ received: reading.bars.length, added, revised, cancelled },
      ...{ refused: refused.length, blank, actions, missing },
    });
  }

  /** What the provider does not have any more. */
  async #outOfReach(beyond: Range): Promise<void> {
    const { provider, interval } = this.#options;
    const since = day(beyond.toUs);
    const detail = `${provider.name} has bars of ${interval} from about ${since} on only`;
    this.#note(detail);
    await this.#ledger.missing(beyond, "no_access", detail, this.#nowUs(), true);
  }

  /** Nothing of what is wanted is in reach. */
  #unreachable(reachUs: number): ProviderError {
    const { provider, symbol, interval } = this.#options;
    const what = `it has bars of ${interval} from about ${day(reachUs)} on only`;
    return new ProviderError("PROVIDER_ACCESS", what, {
      field: `${provider.name} symbol`,
      value: symbol,
      reason: "no_access",
      fix: "ask for later days, another interval, another provider or a larger plan",
    });
  }

  #note(text: string): void {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.#say(text);
  }

  #say(text: string): void {
    const { provider, symbol, interval, onNote } = this.#options;
    onNote?.(`${provider.name.padEnd(10)} ${symbol} ${interval}: ${text}`);
  }

  #nowUs(): number {
    return Math.floor(this.#clock.now() * 1000);
  }
}

/** Success with nothing on a day of trading is none. */
function emptyDay(
  provider: string,
  symbol: string,
  { fromUs, toUs }: Range,
  exchange: string | null,
): ProviderError {
  const days = exchange === null ? "and nobody knows its trading days" : "which had trading days";
  const what = `it has nothing from ${day(fromUs)} to ${day(toUs)}, ${days}`;
  return new ProviderError("PROVIDER_ANSWER_EMPTY", what, {
    field: `${provider} symbol`,
    value: symbol,
    reason: "provider_error",
    fix: "the next run asks again; see that the symbol is the one that is meant",
  });
}

/** An answer of which nothing can be read is none: the next run asks again. */
function unreadable(
  provider: string,
  symbol: string,
  refused: readonly RefusedRecord[],
): ProviderError {
  const what = `none of its ${refused.length} elements can be read, such as ${refused[0]?.reason}`;
  return new ProviderError("PROVIDER_ANSWER_INVALID", what, {
    field: provider,
    value: symbol,
    reason: "provider_error",
    fix: "the next run asks again",
  });
}
