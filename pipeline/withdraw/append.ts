/** Appends withdrawals to the log. @module */
import { type KeyedValues, Packed } from "../batch.ts";
import type { Broker, Cursor } from "../broker/broker.ts";
import type { Codec } from "../codec/codec.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { TickhouseError } from "../errors.ts";
import { Cells } from "./history.ts";
import type { FoundFact } from "./search.ts";

/** Records of one commit. */
const COMMIT_RECORDS = 10_000;

/**
 * Appends to the topics of several datasets in commits; the last one moves the cursor too, so that a
 * run which is cut before it leaves the cursor where it was.
 */
export class Appender {
  readonly #broker: Broker;
  readonly #codec: Codec;
  readonly #cursor: Cursor | undefined;
  #waiting: { readonly dataset: Dataset; readonly facts: readonly FoundFact[] } | undefined;

  constructor(broker: Broker, codec: Codec, cursor?: Cursor) {
    this.#broker = broker;
    this.#codec = codec;
    this.#cursor = cursor;
  }

  async add(dataset: Dataset, facts: readonly FoundFact[]): Promise<void> {
    for (let from = 0; from < facts.length; from += COMMIT_RECORDS) {
      await this.#flush(undefined);
      this.#waiting = { dataset, facts: facts.slice(from, from + COMMIT_RECORDS) };
    }
  }

  /** Appends what is left, and moves the cursor with it. */
  async end(): Promise<void> {
    await this.#flush(this.#cursor);
  }

  async #flush(cursor: Cursor | undefined): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!waiting) return;
    const records = await this.#recordsOf(waiting.dataset, waiting.facts);
    await this.#broker.produce(waiting.dataset.topic, records, cursor);
  }

  async #recordsOf(dataset: Dataset, facts: readonly FoundFact[]): Promise<KeyedValues[]> {
    const cells = new Cells(dataset);
    const byKey = new Map<string, string[]>();
    for (const fact of facts) {
      const key = cells.of(fact.now, dataset.key) ?? "";
      const messages = byKey.get(key) ?? [];
      messages.push(...cells.messages(fact));
      byKey.set(key, messages);
    }
    const records: KeyedValues[] = [];
    for (const [key, messages] of byKey) {
      const { values, failures } = await this.#codec.fromLines(Packed.from(messages), dataset);
      for (const [index, reason] of failures) {
        throw new TickhouseError(
          "SCHEMA_INCOMPATIBLE",
          `a record can't be written again: ${reason}`,
          {
            field: dataset.name,
            value: messages[index],
            fix: "let the topic's schema hold what the dataset declares",
          },
        );
      }
      records.push({ key, values });
    }
    return records;
  }
}
