/** Quotes of Finnhub: asked for in turn, as often as the plan allows. @module */
import { z } from "zod";
import { Packed } from "../../batch.ts";
import { type Clock, systemClock } from "../../clock.ts";
import type { Dataset } from "../../datasets/dataset.ts";
import type { ProviderClient } from "../../provider/client.ts";
import { ProviderError } from "../../provider/errors.ts";
import { checkSymbol } from "../../provider/symbol.ts";
import type { RefusedRecord, Source, SourceBatch } from "../source.ts";
import { parseCursor } from "../state.ts";
import { jsonOf, unknownSymbol } from "./client.ts";
import { askQuote, quoteLine, readQuote } from "./quote.ts";

/** What quotes are read with. */
export interface QuotesOptions {
  readonly symbols: readonly string[];
  readonly client: ProviderClient;
  /** Where they go. */
  readonly dataset: Dataset;
  /** End after this many records, counted over all runs. Default: never. */
  readonly limit?: number;
  /** Milliseconds from the begin of a round to that of the next, at the least. Default: 1,000. */
  readonly everyMs?: number;
  /** Told what a person should know. Default: nobody is told. */
  readonly onNote?: (text: string) => void;
  readonly clock?: Clock;
}

/** What the cursor keeps. */
const STATE = z.strictObject({
  sent: z.number().int().min(0),
  /** The figures of each symbol's last record. */
  last: z.record(z.string(), z.string()),
  /** The symbol of the last record: its turn is over. */
  turn: z.string(),
});
type State = z.infer<typeof STATE>;
const HOW = { of: "Finnhub's quotes", fix: "use another home, or remove the log" };

const EVERY_MS = 1_000;
/**
 * A symbol that Finnhub did not know is asked for again after so long: it may be listed meanwhile.
 */
const UNKNOWN_MS = 900_000;
/** After an answer that failed the symbol rests. */
const REST_MS = 10_000;

/** The feed. A quote that says the same as the one before is no new record. */
export class Quotes implements Source {
  readonly name: string = "finnhub:quotes";
  readonly dataset: Dataset;
  readonly skippedAs: string = "quotes without a change";
  readonly #options: QuotesOptions;
  readonly #clock: Clock;
  /** When a symbol is asked for again, milliseconds since 1970. */
  readonly #restsUntil = new Map<string, number>();
  readonly #unknown = new Set<string>();
  readonly #told = new Set<string>();

  constructor(options: QuotesOptions) {
    this.dataset = options.dataset;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Quotes from now on. Throws `PROVIDER_ACCESS` for a key that is refused,
   * `PROVIDER_SYMBOL_UNKNOWN`
   * when Finnhub knows none of the symbols, and `SERIES_STATE_INVALID`.
   */
  async *read(text: string | undefined, signal: AbortSignal): AsyncIterable<SourceBatch> {
    const { symbols, limit = Infinity, everyMs = EVERY_MS } = this.#options;
    let state: State = text === undefined
      ? { sent: 0, last: {}, turn: "" }
      : parseCursor(STATE, text, HOW);
    let first = symbols.indexOf(state.turn) + 1;
    while (!signal.aborted && state.sent < limit) {
      const beganMs = this.#clock.now();
      const turns = symbols.slice(first);
      first = 0;
      for (const symbol of turns) {
        if (signal.aborted || state.sent >= limit) return;
        if ((this.#restsUntil.get(symbol) ?? 0) > this.#clock.now()) continue;
        const batch = await this.#ask(symbol, state, signal);
        if (!batch) continue;
        state = batch.state;
        yield { ...batch, state: JSON.stringify(state) };
      }
      await this.#clock.sleep(beganMs + everyMs - this.#clock.now(), signal);
    }
  }

  /** Undefined where nothing came of it. */
  async #ask(
    symbol: string,
    state: State,
    signal: AbortSignal,
  ): Promise<(Omit<SourceBatch, "state"> & { readonly state: State }) | undefined> {
    const { client } = this.#options;
    try {
      const answer = await askQuote(client, checkSymbol(symbol), signal);
      const read = readQuote(symbol, jsonOf(client, answer.text, symbol));
      const nothing = { records: [], refused: [], state };
      if (read.kind === "unknown") {
        return state.last[symbol] === undefined
          ? this.#isUnknown(symbol)
          : { ...nothing, refused: [refused(symbol, ZEROS, answer.text)] };
      }
      this.#unknown.delete(symbol);
      if (read.kind === "fault") {
        return { ...nothing, refused: [refused(symbol, read.fault, answer.text)] };
      }
      if (state.last[symbol] === read.figures) return { ...nothing, skipped: 1 };
      const values = Packed.from([quoteLine(symbol, read.figures, answer.answeredUs)]);
      const last = { ...state.last, [symbol]: read.figures };
      return {
        records: [{ key: symbol, values }],
        refused: [],
        state: { sent: state.sent + 1, last, turn: symbol },
      };
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof ProviderError) || this.#isHopeless(error, state)) throw error;
      this.#rest(symbol, Math.max(this.#clock.now() + REST_MS, error.againMs ?? 0));
      this.#note(error.message);
      return undefined;
    }
  }

  /** Refused before anything came, or none is known: it will stay so. */
  #isHopeless(error: ProviderError, state: State): boolean {
    if (error.reason === "unknown_symbol") return true;
    return error.reason === "no_access" && Object.keys(state.last).length === 0;
  }

  #isUnknown(symbol: string): undefined {
    const { client, symbols } = this.#options;
    this.#unknown.add(symbol);
    this.#rest(symbol, this.#clock.now() + UNKNOWN_MS);
    const error = unknownSymbol(client, symbol);
    if (this.#unknown.size === symbols.length) throw error;
    this.#note(error.message);
  }

  #rest(symbol: string, untilMs: number): void {
    this.#restsUntil.set(symbol, untilMs);
  }

  #note(text: string): void {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.#options.onNote?.(`${"finnhub".padEnd(10)} ${text}`);
  }
}

const ZEROS = "all figures are 0, of a symbol that had others before";

function refused(symbol: string, reason: string, text: string): RefusedRecord {
  const said = reason.startsWith("finnhub") ? reason : `finnhub ${symbol}: ${reason}`;
  return { at: `a quote of ${symbol}`, reason: said, raw: new TextEncoder().encode(text) };
}
