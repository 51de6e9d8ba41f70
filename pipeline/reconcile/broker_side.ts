/**
 * The log as a side of the comparison.
 * @module
 */
import { batchUpTo, countOf, offsetAt } from "../batch.ts";
import type { Broker, OffsetRange } from "../broker/broker.ts";
import type { Codec } from "../codec/codec.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { Decoder } from "../decode/decoder.ts";
import type { Workbench } from "../decode/workbench.ts";
import { addContents, type Contents, measure, NOTHING, toContents } from "./contents.ts";
import type { DeadOffsets } from "./dead.ts";
import type { Side } from "./side.ts";

const READ_RECORDS = 250_000;

/** The log itself, read and decoded again. */
export class BrokerSide implements Side {
  readonly name = "broker";
  readonly #broker: Broker;
  readonly #workbench: Workbench;
  readonly #dataset: Dataset;
  readonly #decoder: Decoder;
  readonly #exists: boolean;

  /** `exists`: whether the broker has the dataset's topic; without, the log is empty. */
  constructor(
    broker: Broker,
    codec: Codec,
    workbench: Workbench,
    dataset: Dataset,
    exists: boolean,
  ) {
    this.#exists = exists;
    this.#broker = broker;
    this.#workbench = workbench;
    this.#dataset = dataset;
    this.#decoder = new Decoder(dataset, codec, workbench.spool);
  }

  /** The offsets that the log holds. */
  async range(partition: number): Promise<OffsetRange> {
    if (!this.#exists) return { earliest: 0, next: 0 };
    return await this.#broker.offsets(this.#dataset.topic, partition);
  }

  async position(partition: number): Promise<number> {
    return (await this.range(partition)).next;
  }

  async contents(partition: number, from: number, to: number): Promise<Contents> {
    const { topic } = this.#dataset;
    const { earliest } = await this.range(partition);
    let at = Math.max(from, earliest);
    let total = NOTHING;
    while (at < to) {
      const batch = await this.#broker.read(topic, partition, at, Math.min(READ_RECORDS, to - at));
      if (!batch) break;
      const { session } = this.#workbench;
      const parts = batchUpTo(batch, to);
      at = batch.nextOffset;
      if (countOf(parts) === 0) continue;
      const separated = await this.#decoder.separate(session, parts);
      using spooled = this.#decoder.spoolSeparated([separated.batch], 0);
      const counted = await session.query(
        measure(this.#dataset, `(${spooled.rows})`, { dialect: "duckdb", isDistinct: true }),
      );
      const records = countOf(parts);
      const found = { ...toContents(counted, this.#dataset), rows: records, distinct: records };
      const [first, last] = [offsetAt(parts, 0), offsetAt(parts, records - 1)];
      total = addContents(total, { ...found, first, last });
    }
    return total;
  }

  dead(partition: number, letters: DeadOffsets): Promise<ReadonlySet<number>> {
    return Promise.resolve(letters(this.name, partition));
  }

  problems(): readonly string[] {
    return [];
  }
}
