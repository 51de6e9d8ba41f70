/**
 * What every source must do. Each adapter's test calls `sourceConformance`.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { column, wireName } from "../datasets/dataset.ts";
import { rowSchema } from "../datasets/zod.ts";
import { texts } from "../testing.ts";
import type { Source, SourceBatch } from "./source.ts";

/** Makes the same finite source of valid records again at each call. */
export type MakeSource = () => Promise<Source>;

/** Registers the suite under the adapter's name. */
export function sourceConformance(name: string, make: MakeSource): void {
  Deno.test(`${name}: every record is valid and keyed by its dataset's key`, async () => {
    const source = await make();
    const schema = rowSchema(source.dataset);
    const wire = wireName(column(source.dataset, source.dataset.key));
    const batches = await readAll(source);
    assert(batches.length > 0, "the source is empty");
    for (const { records } of batches) {
      for (const { key: recordKey, values } of records) {
        for (const text of texts(values)) {
          const row = JSON.parse(text);
          assertEquals(schema.safeParse(row).success, true, text);
          assertEquals(row[wire], recordKey);
        }
      }
    }
  });

  Deno.test(`${name}: it goes on behind any of its states with nothing lost or twice`, async () => {
    const source = await make();
    const { dataset } = source;
    const naturalKey = dataset.naturalKey.map((name) => wireName(column(dataset, name)));
    const whole = await readAll(source);
    const expected = facts(whole, naturalKey);
    for (let cut = 0; cut < whole.length; cut++) {
      const rest = await readAll(await make(), whole[cut]?.state);
      assertEquals(facts([...whole.slice(0, cut + 1), ...rest], naturalKey), expected);
    }
  });

  Deno.test(`${name}: behind its last state there is nothing more`, async () => {
    const last = (await readAll(await make())).at(-1);
    assertEquals(facts(await readAll(await make(), last?.state), []), {});
  });

  Deno.test(`${name}: an aborted signal ends it without an error`, async () => {
    const stop = new AbortController();
    let batches = 0;
    for await (const _ of (await make()).read(undefined, stop.signal)) {
      batches++;
      stop.abort();
    }
    assertEquals(batches, 1);
  });
}

function readAll(source: Source, state?: string): Promise<SourceBatch[]> {
  return Array.fromAsync(source.read(state, new AbortController().signal));
}

/**
 * The natural keys of the records under each key, in order: all that a partitioned log keeps of
 * the order. A live feed that goes on later has later times, but the same facts.
 */
function facts(
  batches: readonly SourceBatch[],
  naturalKey: readonly string[],
): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { key, values } of batches.flatMap((batch) => batch.records)) {
    const rows = texts(values).map((text) => JSON.parse(text));
    (found[key] ??= []).push(...rows.map((row) => naturalKey.map((name) => row[name]).join("/")));
  }
  return found;
}
