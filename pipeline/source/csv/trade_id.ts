/** Identities of trades whose feed gives none. @module */

/** The trades of a symbol's last time. */
interface Latest {
  us: number;
  /** 1 where times grow, -1 where they fall, 0 before there are two. */
  direction: number;
  /** Price and size of the only one, or how many there are of each. */
  trades: string | Map<string, number>;
}

/**
 * Names a trade by time, price, size and its place among those that are equal: so a longer export of
 * the same day, or a copy, names the same trades alike. While the times of each symbol are in order,
 * those of its last time are remembered; `disordered` says that this does not do, and that a
 * `remembering` one is to begin from the start.
 */
export class TradeIds {
  /** Whether some time came that was not in order. */
  disordered = false;
  readonly #all: Map<string, number> | undefined;
  readonly #latest = new Map<string, Latest>();

  /** With `remembering`, all trades are remembered, in whatever order they come. */
  constructor(remembering = false) {
    this.#all = remembering ? new Map() : undefined;
  }

  /** The next trade's. Time in microseconds, price and size as they are stored. */
  next(symbol: string, us: number, price: string, size: string): string {
    const trade = `${price}:${size}`;
    const place = this.#all
      ? counted(this.#all, `${symbol} ${us}:${trade}`)
      : this.#place(symbol, us, trade);
    return place === 1 ? `${us}:${trade}` : `${us}:${trade}#${place}`;
  }

  #place(symbol: string, us: number, trade: string): number {
    const latest = this.#latest.get(symbol);
    if (!latest) {
      this.#latest.set(symbol, { us, direction: 0, trades: trade });
      return 1;
    }
    if (us !== latest.us) {
      const direction = us > latest.us ? 1 : -1;
      if (latest.direction === -direction) this.disordered = true;
      latest.us = us;
      latest.direction = direction;
      latest.trades = trade;
      return 1;
    }
    if (typeof latest.trades === "string") latest.trades = new Map([[latest.trades, 1]]);
    return counted(latest.trades, trade);
  }
}

function counted(counts: Map<string, number>, name: string): number {
  const count = (counts.get(name) ?? 0) + 1;
  counts.set(name, count);
  return count;
}
