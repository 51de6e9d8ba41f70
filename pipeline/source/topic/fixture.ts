/** What the tests of the topic source share: a log with a topic of others in it. @module */
import { join } from "node:path";
import { Packed } from "../../batch.ts";
import { EmbeddedBroker } from "../../broker/embedded/embedded.ts";
import { toJsonLines } from "../../codec/json.ts";
import { DATASETS } from "../../datasets/datasets.ts";
import { findMapping } from "../../mapping/find.ts";
import type { Mapping } from "../../mapping/mapping.ts";
import { TempFolder } from "../../testing.ts";
import { type TopicOptions, TopicSource } from "./topic.ts";

/** The topic's name. */
export const THEIRS = "their.trades";

/** A log of others. */
export class Others implements AsyncDisposable {
  readonly broker: EmbeddedBroker;
  readonly path: string;
  readonly notes: string[] = [];
  readonly #folder: TempFolder;

  private constructor(folder: TempFolder) {
    this.#folder = folder;
    this.path = join(folder.path, "broker.sqlite");
    this.broker = new EmbeddedBroker({ path: this.path });
  }

  /** With an empty topic. */
  static async open(partitions = 3): Promise<Others> {
    const others = new Others(new TempFolder());
    await others.broker.createTopic({ name: THEIRS, partitions });
    return others;
  }

  /** Appends messages, to the partition of each key in turn. */
  async send(messages: readonly (string | object)[], key = "k"): Promise<void> {
    const texts = messages.map((one) => typeof one === "string" ? one : JSON.stringify(one));
    await this.broker.produce(THEIRS, [{ key, values: Packed.from(texts) }]);
  }

  /** The topic as a source that ends with it. */
  source(
    mapping: string | Mapping,
    options: Partial<TopicOptions> & { readonly declared?: readonly Mapping[] } = {},
  ): TopicSource {
    const { declared = [], ...rest } = options;
    return new TopicSource({
      topic: THEIRS,
      checked: findMapping({ topic: THEIRS, mapping, declared, datasets: DATASETS }),
      open: () => Promise.resolve(new EmbeddedBroker({ path: this.path })),
      toLines: toJsonLines,
      toEnd: true,
      onNote: (text) => this.notes.push(text.replace(/^topic +[\w.]+: /, "")),
      ...rest,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

/** Ticks as a tutorial's producer sends them. */
export function plainTick(index: number): Record<string, unknown> {
  const symbol = ["AAPL", "MSFT", "TSLA"][index % 3];
  const timestamp = new Date(Date.UTC(2024, 2, 11, 14, 30, index)).toISOString();
  return { symbol, price: 100 + index / 100, timestamp };
}
