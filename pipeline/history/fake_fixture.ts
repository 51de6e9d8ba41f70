/** A provider that says what a test lets it say. @module */
import type { ErrorCode } from "../error_codes.ts";
import { type FailureReason, ProviderError } from "../provider/errors.ts";
import { sha256 } from "../sha256.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { bars as barsDataset } from "../datasets/bars.ts";
import { corporateActions } from "../datasets/corporate_actions.ts";
import type { RefusedRecord } from "../source/source.ts";
import { calendar, type HistoryWorld } from "./fixture.ts";
import type {
  BarsAnswer,
  BarsRequest,
  FetchedAction,
  FetchedBar,
  HistoryProvider,
} from "./provider.ts";
import { Series, type SeriesOptions } from "./series.ts";
import { windowsOf } from "./windows.ts";

/** A provider of one symbol, of an exchange of New York. */
export class FakeProvider implements HistoryProvider {
  readonly name = "fake";
  readonly intervals = ["1m", "1h", "1d"];
  adjustment: HistoryProvider["adjustment"] = "splits";
  readonly amounts = "splits";
  settleSeconds = 1_200;
  lateSeconds = 7_200;
  exchange: string | null = "XNYS";
  /** Microseconds that it goes back. */
  backUs = Infinity;
  windowUs = Infinity;
  /** What it has, by where they begin. */
  readonly bars_ = new Map<number, FetchedBar>();
  actions: FetchedAction[] = [];
  refused: RefusedRecord[] = [];
  /** Says why it fails, if it does. */
  fails: (request: BarsRequest) => FailureReason | undefined = () => undefined;
  /** What it was asked for. */
  readonly asked: BarsRequest[] = [];
  readonly #world: HistoryWorld;

  constructor(world: HistoryWorld) {
    this.#world = world;
  }

  earliestUs(_interval: string, nowUs: number): number {
    return this.backUs === Infinity ? 0 : nowUs - this.backUs;
  }

  windows(_interval: string, range: Readonly<{ fromUs: number; toUs: number }>) {
    return windowsOf(range, this.windowUs);
  }

  /** Has bars at these times, or others than before. */
  has(times: readonly number[], price = 100, volume: number | null = 10): void {
    for (const openUs of times) this.bars_.set(openUs, bar(openUs, price, volume));
  }

  async bars(request: BarsRequest): Promise<BarsAnswer> {
    this.asked.push(request);
    const reason = this.fails(request);
    if (reason) {
      throw new ProviderError(CODES[reason], "the test says so", {
        ...{ field: "fake", value: request.symbol, reason, fix: "none" },
      });
    }
    const all = [...this.bars_.values()].filter(({ openUs }) =>
      openUs >= request.fromUs && openUs < request.toUs && openUs <= this.#world.nowUs
    ).sort((a, b) => a.openUs - b.openUs);
    const text = JSON.stringify([all, this.actions]);
    return {
      bars: all,
      refused: this.refused,
      blank: 0,
      actions: this.actions,
      listing: { exchange: this.exchange, currency: "USD", name: null, listedUs: null },
      notes: [],
      answer: {
        provider: this.name,
        status: 200,
        text,
        url: `https://fake/bars?from=${request.fromUs}`,
        askedUs: this.#world.nowUs,
        answeredUs: this.#world.nowUs,
        sha256: await sha256(new TextEncoder().encode(text)),
      },
    };
  }
}

const CODES: Readonly<Record<FailureReason, ErrorCode>> = {
  quota: "PROVIDER_QUOTA",
  unknown_symbol: "PROVIDER_SYMBOL_UNKNOWN",
  no_access: "PROVIDER_ACCESS",
  provider_error: "PROVIDER_UNAVAILABLE",
};

/** A bar of one price. */
export function bar(openUs: number, price: number, volume: number | null = 10): FetchedBar {
  return {
    ...{ openUs, open: price, high: price, low: price, close: price },
    ...{ adjClose: null, volume },
  };
}

/** A series of it, of the symbol ACME. */
export function fakeSeries(
  world: HistoryWorld,
  provider: HistoryProvider,
  options: Partial<SeriesOptions> = {},
): Series {
  const actions: Dataset = corporateActions;
  return new Series({
    ...{ provider, actions, calendar, dataset: barsDataset, symbol: "ACME", interval: "1d" },
    ...{ metadata: world.metadata, store: world.store, clock: world.clock },
    onNote: (text) => world.notes.push(text),
    ...options,
  });
}

/** Where bars of New York begin. */
export function slots(interval: string, from: string, to: string): readonly number[] {
  return calendar.slots("XNYS", interval, Date.parse(from) * 1000, Date.parse(to) * 1000);
}
