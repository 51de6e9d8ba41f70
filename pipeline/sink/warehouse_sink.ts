import type { RecordBatch } from "../batch.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { Warehouse } from "../warehouse/warehouse.ts";
import type { Sink, WriteReport } from "./sink.ts";

/** Streams one dataset into a warehouse's bronze table. The warehouse stays its owner's to close. */
export class WarehouseSink implements Sink {
  readonly name: "warehouse" | "snowflake";
  readonly #warehouse: Warehouse;
  readonly #dataset: Dataset;

  constructor(
    warehouse: Warehouse,
    dataset: Dataset,
    name: "warehouse" | "snowflake" = "warehouse",
  ) {
    this.name = name;
    this.#warehouse = warehouse;
    this.#dataset = dataset;
  }

  claim(topic: string, logId: string, beginnings?: readonly number[]): Promise<void> {
    return this.#warehouse.claim(topic, logId, beginnings);
  }

  position(topic: string, partition: number): Promise<number> {
    return this.#warehouse.position(topic, partition);
  }

  write(batches: readonly RecordBatch[]): Promise<WriteReport> {
    return this.#warehouse.write(this.#dataset, batches);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
