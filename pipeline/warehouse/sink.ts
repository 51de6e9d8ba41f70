import type { RecordBatch } from "../batch.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { bronzeTable } from "../datasets/tables.ts";
import { TickhouseError } from "../errors.ts";
import type { Warehouse } from "./warehouse.ts";
import type { Sink, WriteReport } from "../sink/sink.ts";

/** Streams one dataset into a warehouse's bronze table. The warehouse stays its owner's to close. */
export class WarehouseSink implements Sink {
  readonly name: "warehouse" | "snowflake";
  readonly #warehouse: Warehouse;
  readonly #dataset: Dataset;
  /** Partitions whose rows end before their position. */
  readonly #checked = new Set<string>();

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

  async position(topic: string, partition: number): Promise<number> {
    await this.#checkRows(topic, partition);
    return await this.#warehouse.position(topic, partition);
  }

  write(batches: readonly RecordBatch[]): Promise<WriteReport> {
    return this.#warehouse.write(this.#dataset, batches);
  }

  /**
   * Once a partition: rows behind a position that was set back or removed would be written again.
   * Throws `POSITION_BEHIND`.
   */
  async #checkRows(topic: string, partition: number): Promise<void> {
    // Another may fill Snowflake meanwhile, and asking costs there.
    if (this.name === "snowflake" || this.#checked.has(`${topic}/${partition}`)) return;
    const found = await this.#warehouse.query(
      `SELECT max(_offset), (SELECT next_offset FROM bronze._positions
         WHERE topic = ? AND "partition" = ?)
       FROM ${bronzeTable(this.#dataset)} WHERE _topic = ? AND _partition = ?`,
      [topic, partition, topic, partition],
    );
    const [last, position] = (found.rows[0] ?? []).map((cell) => Number(cell ?? -1));
    if (last === undefined || last < Math.max(0, position ?? 0)) {
      this.#checked.add(`${topic}/${partition}`);
      return;
    }
    const table = bronzeTable(this.#dataset);
    throw new TickhouseError(
      "POSITION_BEHIND",
      `${table} holds rows of ${topic}/${partition} up to offset ${last}, its position is ` +
        `${Math.max(0, position ?? 0)}: they would be written twice`,
      {
        field: "warehouse",
        fix: "restore it from a copy, or move it away and fill a new one by `deno task load`",
      },
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
