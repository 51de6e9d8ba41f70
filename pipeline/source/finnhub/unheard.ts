/** Symbols of which no trade comes: Finnhub does not say so of those that it does not know. @module */
import { ProviderError } from "../../provider/errors.ts";
import { jsonOf, unknownSymbol } from "./client.ts";
import { LOOKS_MAX, type OutagesOptions } from "./outages.ts";
import { askQuote, readQuote } from "./quote.ts";

/** What looking after them needs. */
export interface UnheardOptions extends
  Pick<
    OutagesOptions,
    "symbols" | "clock" | "client" | "hours" | "hearing" | "noteOnce" | "signal"
  > {
  readonly heartbeatMs: number;
}

/** Asks once for the quote of each symbol that may trade and does not, and names what is unknown. */
export class Unheard {
  readonly #options: UnheardOptions;
  readonly #asked = new Set<string>();

  constructor(options: UnheardOptions) {
    this.#options = options;
  }

  /** Returns when of each symbol a trade came or its quote, or when the signal aborts. */
  async run(): Promise<void> {
    const { clock, hearing, hours, heartbeatMs, signal } = this.#options;
    for (let left = this.#left(); left.length > 0; left = this.#left()) {
      await clock.sleep(heartbeatMs / 4, signal);
      if (signal.aborted) return;
      const now = clock.now();
      const isSettled = hearing.subscribedMs > 0 && now - hearing.subscribedMs >= heartbeatMs / 4;
      const due = left.filter((symbol) =>
        isSettled && hearing.lastOf(symbol) === undefined &&
        hours.mayTrade(symbol, Math.floor(now * 1000))
      );
      for (const symbol of due.slice(0, LOOKS_MAX)) await this.#look(symbol);
    }
  }

  #left(): string[] {
    const { symbols, hearing } = this.#options;
    return symbols.filter((one) => !this.#asked.has(one) && hearing.lastOf(one) === undefined);
  }

  async #look(symbol: string): Promise<void> {
    const { client, noteOnce, signal } = this.#options;
    this.#asked.add(symbol);
    try {
      const { text } = await askQuote(client, symbol, signal);
      const { kind } = readQuote(symbol, jsonOf(client, text, symbol));
      if (kind === "unknown") {
        noteOnce(`no trade comes of ${symbol}: ${unknownSymbol(client, symbol).message}`);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ProviderError)) throw error;
      noteOnce(`no trade comes of ${symbol}, and whether it is known was not told: ${error.what}`);
    }
  }
}
