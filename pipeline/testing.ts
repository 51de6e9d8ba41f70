/**
 * What several test suites need. Not part of the product.
 * @module
 */
import { Packed, type RecordBatch } from "./batch.ts";
import type { Column, Dataset } from "./datasets/dataset.ts";
import { wireName } from "./datasets/dataset.ts";
import type { DeadLetter } from "./sink/sink.ts";

/** A folder that goes with all in it. */
export class TempFolder implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "tickhouse-test-" });

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** A valid message of the dataset, different for each `index`. */
export function validMessage(dataset: Dataset, index: number): Record<string, unknown> {
  const lifting = dataset.columns.map(({ signedBy }) => signedBy);
  const entries = dataset.columns.map((column) => {
    // The limits hold for a message that lifts none.
    if (lifting.includes(column.name)) return [wireName(column), null];
    const value = {
      text: () => column.oneOf?.[0] ?? nameOf(column, index),
      decimal: () =>
        column.type.kind === "decimal" && column.type.scale === 0 ? index : 100 + index / 100,
      timestamp: () =>
        column.type.kind === "timestamp" && column.type.wireUnit === "s"
          ? 1_763_700_000 + index
          : 1_763_700_000_000_000 + index * 1000,
      date: () => new Date(Date.UTC(2000, 0, 1 + index % 9000)).toISOString().slice(0, 10),
    }[column.type.kind]();
    return [wireName(column), value];
  });
  return Object.fromEntries(entries);
}

/** A text that fits the column, different for each `index`. */
function nameOf({ name, type }: Column, index: number): string {
  const room = type.kind === "text" ? type.maxLength : Infinity;
  return `${name.slice(0, room - 1 - String(index).length)}-${index}`;
}

/** A batch of the given messages; objects become JSON, text and bytes stay as they are. */
export function batchOf(
  topic: string,
  partition: number,
  startOffset: number,
  messages: readonly (string | Uint8Array | Record<string, unknown>)[],
  timestampMs = 1_763_700_000_000,
): RecordBatch {
  const values = Packed.from(
    messages.map((message) =>
      typeof message === "string" || message instanceof Uint8Array
        ? message
        : JSON.stringify(message)
    ),
  );
  const nextOffset = startOffset + values.length;
  const runs = [{ key: "k", count: values.length, timestampMs }];
  return { topic, partition, startOffset, nextOffset, values, runs };
}

/** `count` valid messages of the dataset as a batch. */
export function validBatch(
  dataset: Dataset,
  partition: number,
  startOffset: number,
  count: number,
): RecordBatch {
  const messages = Array.from({ length: count }, (_, i) => validMessage(dataset, startOffset + i));
  return batchOf(dataset.topic, partition, startOffset, messages);
}

/** Collects dead letters, or fails while `failing` is set. */
export class DeadLetterTrap {
  readonly letters: DeadLetter[] = [];
  failing: Error | undefined;

  #held: { readonly arrived: () => void; readonly released: Promise<void> } | undefined;

  readonly queue = async (letters: readonly DeadLetter[]): Promise<void> => {
    if (this.failing) throw this.failing;
    this.letters.push(...letters);
    this.#held?.arrived();
    await this.#held?.released;
  };

  /** Keeps who brings letters waiting until released. */
  hold(): { readonly arrived: Promise<void>; readonly release: () => void } {
    const [arrived, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    this.#held = { arrived: arrived.resolve, released: released.promise };
    return { arrived: arrived.promise, release: released.resolve };
  }
}

/** The values of a packing as text. */
export function texts(values: Packed): string[] {
  const decoder = new TextDecoder();
  return Array.from({ length: values.length }, (_, i) => decoder.decode(values.at(i)));
}
