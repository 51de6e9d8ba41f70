/**
 * An end of one's own: a folder of Parquet files, a folder a write, whose name is the offset that it
 * starts at. Who makes it first has it: that moves the position.
 * @module
 */
import { join } from "node:path";
import type { End } from "tickhouse";
import type { RecordBatch } from "tickhouse/batch.ts";
import type { Codec } from "tickhouse/codec/codec.ts";
import type { Dataset } from "tickhouse/datasets/dataset.ts";
import { Decoder } from "tickhouse/decode/decoder.ts";
import { Workbench } from "tickhouse/decode/workbench.ts";
import { writeRows } from "tickhouse/decode/write_rows.ts";
import { logReplaced, PositionConflict } from "tickhouse/errors.ts";
import { measure, NOTHING, toContents } from "tickhouse/reconcile/contents.ts";
import type { SideOf } from "tickhouse/reconcile/side.ts";
import type { DeadLetterQueue, Sink, WriteReport } from "tickhouse/sink/sink.ts";
import { literal } from "tickhouse/sql/names.ts";
import { LIVE } from "tickhouse/stream/stream.ts";

/** The end below the folder. */
export function journal(folder: string): End {
  const nothingToClose = { [Symbol.asyncDispose]: () => Promise.resolve() };
  return {
    name: "journal",
    spoken: "the journal",
    waitMs: () => 0,
    open: ({ codec, deadLetters }) =>
      Promise.resolve({
        ...nothingToClose,
        policy: LIVE,
        side: sideOf(folder),
        position: (topic, partition) => positionIn(folder, topic, partition),
        sink: (dataset) => JournalSink.open(folder, dataset, codec, deadLetters),
      }),
    compare: () => Promise.resolve({ ...nothingToClose, side: sideOf(folder) }),
    probe: () => Promise.resolve(`writes below ${folder}`),
  };
}

/** Writes one dataset. */
export class JournalSink implements Sink {
  readonly name = "journal";
  readonly #folder: string;
  readonly #dataset: Dataset;
  readonly #bench: Workbench;
  readonly #decoder: Decoder;
  readonly #deadLetters: DeadLetterQueue;

  private constructor(
    folder: string,
    dataset: Dataset,
    bench: Workbench,
    codec: Codec,
    deadLetters: DeadLetterQueue,
  ) {
    this.#folder = folder;
    this.#dataset = dataset;
    this.#bench = bench;
    this.#decoder = new Decoder(dataset, codec, bench.spool);
    this.#deadLetters = deadLetters;
  }

  static async open(
    folder: string,
    dataset: Dataset,
    codec: Codec,
    deadLetters: DeadLetterQueue,
  ): Promise<JournalSink> {
    return new JournalSink(folder, dataset, await Workbench.open(), codec, deadLetters);
  }

  async claim(topic: string, logId: string, beginnings: readonly number[] = []): Promise<void> {
    const text = JSON.stringify({ logId, beginnings });
    await Deno.mkdir(join(this.#folder, topic), { recursive: true });
    const path = join(this.#folder, topic, "log.json");
    try {
      await Deno.writeTextFile(path, text, { createNew: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      if (JSON.parse(await Deno.readTextFile(path)).logId !== logId) {
        throw logReplaced(this.name, topic);
      }
    }
  }

  position(topic: string, partition: number): Promise<number> {
    return positionIn(this.#folder, topic, partition);
  }

  async write(batches: readonly RecordBatch[]): Promise<WriteReport> {
    const total = { rows: 0, dead: 0 };
    for (const batch of batches) {
      const { rows, dead } = await this.#write(batch);
      total.rows += rows;
      total.dead += dead;
    }
    return total;
  }

  async #write(batch: RecordBatch): Promise<WriteReport> {
    const { topic, partition, startOffset, nextOffset } = batch;
    const made = await Deno.makeTempDir({ dir: this.#folder, prefix: ".making-" });
    const conflict = async () => {
      await Deno.remove(made, { recursive: true });
      const position = await this.position(topic, partition);
      return new PositionConflict(this.name, topic, partition, startOffset, position);
    };
    if (await this.position(topic, partition) !== startOffset) throw await conflict();
    const { session } = this.#bench;
    const report = await writeRows(
      [batch],
      {
        ...{ session, decoder: this.#decoder, deadLetters: this.#deadLetters },
        ingestTimeUs: Date.now() * 1000,
      },
      // Written over if some are bad: it counts for nothing before it has its name.
      (rows) => session.run(`COPY (${rows}) TO ${literal(join(made, "rows.parquet"))}`),
    );
    await Deno.writeTextFile(join(made, "end"), String(nextOffset));
    const parent = partitionFolder(this.#folder, topic, partition);
    await Deno.mkdir(parent, { recursive: true });
    try {
      // Refused where another writer has made it.
      await Deno.rename(made, join(parent, String(startOffset).padStart(16, "0")));
    } catch (error) {
      if (!/not empty/i.test(String(error))) throw error;
      throw await conflict();
    }
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bench[Symbol.asyncDispose]();
  }
}

/** The offsets that the journal holds of a partition, in no order. */
export async function offsetsIn(folder: string, topic: string, partition: number) {
  await using bench = await Workbench.open();
  const offsets: number[] = [];
  for (const { path } of await writesIn(folder, topic, partition)) {
    const rows = `SELECT _offset FROM read_parquet(${literal(join(path, "rows.parquet"))})`;
    offsets.push(...(await bench.session.query(rows)).rows.map(([offset]) => Number(offset)));
  }
  return offsets;
}

function partitionFolder(folder: string, topic: string, partition: number): string {
  return join(folder, topic, `partition=${partition}`);
}

async function positionIn(folder: string, topic: string, partition: number): Promise<number> {
  const last = (await writesIn(folder, topic, partition)).at(-1);
  if (last) return Number(await Deno.readTextFile(join(last.path, "end")));
  const claimed = await textOf(join(folder, topic, "log.json"));
  return claimed === undefined ? 0 : JSON.parse(claimed).beginnings[partition] ?? 0;
}

/** The writes of a partition in order. */
async function writesIn(folder: string, topic: string, partition: number) {
  const parent = partitionFolder(folder, topic, partition);
  try {
    const names = await Array.fromAsync(Deno.readDir(parent), ({ name }) => name);
    return names.sort().map((name) => ({ startOffset: Number(name), path: join(parent, name) }));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function sideOf(folder: string): SideOf {
  return (dataset, { session }) => ({
    name: "journal",
    position: (partition) => positionIn(folder, dataset.topic, partition),
    contents: async (partition, from, to) => {
      const writes = await writesIn(folder, dataset.topic, partition);
      if (writes.length === 0) return NOTHING;
      const files = writes.map(({ path }) => literal(join(path, "rows.parquet"))).join(", ");
      const rows = `read_parquet([${files}]) WHERE _offset >= ${from} AND _offset < ${to}`;
      return toContents(
        await session.query(measure(dataset, rows, { dialect: "duckdb" })),
        dataset,
      );
    },
    dead: (partition, letters) => Promise.resolve(letters("journal", partition)),
    problems: () => [],
  });
}
