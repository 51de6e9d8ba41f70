/**
 * What every warehouse must do with tables that an earlier declaration made. Each adapter's test
 * calls `evolutionConformance`.
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { jsonCodec } from "../codec/json.ts";
import type { Column, Dataset } from "../datasets/dataset.ts";
import { bars, ticks } from "../datasets/datasets.ts";
import { TickhouseError } from "../errors.ts";
import { LakeSink } from "../lake/lake.ts";
import { loadLake } from "../lake/load.ts";
import { DirectoryStore } from "../store/directory.ts";
import { TempFolder, validBatch } from "../testing.ts";
import type { Warehouse } from "./warehouse.ts";

/** A place for one warehouse, which is opened with one declaration after the other. */
export interface Place extends AsyncDisposable {
  open(datasets: readonly Dataset[]): Promise<Warehouse>;
}

/** The dataset with columns left out, or changed. */
export function earlier(
  dataset: Dataset,
  changes: Readonly<Record<string, Partial<Column> | undefined>>,
): Dataset {
  const columns = dataset.columns.flatMap((column) => {
    if (!(column.name in changes)) return [column];
    const change = changes[column.name];
    return change ? [{ ...column, ...change }] : [];
  });
  return { ...dataset, columns };
}

/** Ticks with a column that today's have not. */
export function withColumn(column: Partial<Column>): Dataset {
  const tape = {
    name: "tape",
    type: { kind: "text", maxLength: 8 },
    meaning: "Tape it was printed on.",
  } as const;
  return { ...ticks, columns: [{ ...tape, ...column }, ...ticks.columns] };
}

/** The columns of the rows, by offset. */
async function valuesOf(warehouse: Warehouse, dataset: Dataset): Promise<string[]> {
  const names = dataset.columns.map(({ name }) => name);
  const found = await warehouse.query(
    `SELECT ${names.join(", ")} FROM bronze.${dataset.name} ORDER BY _offset`,
  );
  return found.rows.map((row) => JSON.stringify(row));
}

/** The values that a warehouse shows that only ever knew this declaration. */
async function expectedOf(place: () => Promise<Place>, dataset: Dataset): Promise<string[]> {
  await using fresh = await place();
  await using warehouse = await fresh.open([dataset]);
  await warehouse.migrate();
  await warehouse.write(dataset, [validBatch(dataset, 0, 0, 6)]);
  return await valuesOf(warehouse, dataset);
}

/** Rows by the earlier declaration, then rows by today's; what all have by today's. */
async function written(place: () => Promise<Place>, before: Dataset, today: Dataset) {
  await using made = await place();
  {
    await using warehouse = await made.open([before]);
    await warehouse.migrate();
    await warehouse.write(before, [validBatch(before, 0, 0, 3)]);
  }
  await using warehouse = await made.open([today]);
  await warehouse.migrate();
  await warehouse.write(today, [validBatch(today, 0, 3, 3)]);
  return await valuesOf(warehouse, today);
}

/** The same by way of a lake, whose objects the two declarations wrote. */
async function loaded(place: () => Promise<Place>, before: Dataset, today: Dataset) {
  using folder = new TempFolder();
  const store = new DirectoryStore(join(folder.path, "lake"));
  const deadLetters = () => Promise.reject(new TypeError("no row is bad"));
  for (const [dataset, start] of [[before, 0], [today, 3]] as const) {
    await using lake = await LakeSink.open({ store, dataset, codec: jsonCodec, deadLetters });
    await lake.write([validBatch(dataset, 0, start, 3)]);
  }
  await using made = await place();
  await using warehouse = await made.open([today]);
  await warehouse.migrate();
  assertEquals((await loadLake(store, warehouse, today)).rows, 6);
  return await valuesOf(warehouse, today);
}

/** Earlier declarations that today's tables can follow, and the columns they leave empty. */
const FOLLOWED: readonly (readonly [string, Dataset, Dataset, readonly string[]])[] = [
  ["in another order", { ...ticks, columns: ticks.columns.toReversed() }, ticks, []],
  [
    "without nullable columns",
    earlier(bars, { adj_close: undefined, volume: undefined }),
    bars,
    ["adj_close", "volume"],
  ],
  [
    "with narrower columns",
    earlier(bars, {
      volume: { type: { kind: "decimal", precision: 18, scale: 8 } },
      source: { type: { kind: "text", maxLength: 16 } },
    }),
    bars,
    [],
  ],
  ["with a stricter column", earlier(bars, { volume: { nullable: false } }), bars, []],
  ["with a nullable column more", withColumn({ nullable: true }), ticks, []],
];

/** Earlier declarations that today's tables can't follow, and what is said of them. */
const REFUSED: readonly (readonly [string, Dataset, Dataset, string, RegExp])[] = [
  [
    "without a column that is demanded",
    earlier(ticks, { trade_id: undefined }),
    ticks,
    "trade_id",
    /the table has no such column, the declaration says VARCHAR(\(96\))? NOT NULL.*nullable/,
  ],
  [
    "that demanded a column that is gone",
    withColumn({}),
    ticks,
    "tape",
    /the table has VARCHAR(\(8\))? NOT NULL, the declaration no such column.*DROP NOT NULL/,
  ],
  [
    "of wider numbers",
    earlier(ticks, { price: { type: { kind: "decimal", precision: 28, scale: 8 } } }),
    ticks,
    "price",
    /the table has \w+\(28,8\) NOT NULL, the declaration says \w+\(18,8\) NOT NULL.*Declare it/,
  ],
  [
    "of another scale",
    earlier(ticks, { price: { type: { kind: "decimal", precision: 16, scale: 4 } } }),
    ticks,
    "price",
    /the table has \w+\(16,4\) NOT NULL, the declaration says \w+\(18,8\) NOT NULL/,
  ],
  [
    "of another type",
    earlier(ticks, { source: { type: { kind: "decimal", precision: 18, scale: 8 } } }),
    ticks,
    "source",
    /the table has \w+\(18,8\) NOT NULL, the declaration says VARCHAR(\(32\))? NOT NULL/,
  ],
  [
    "that allowed null",
    earlier(ticks, { source: { nullable: true } }),
    ticks,
    "source",
    /the table has VARCHAR(\(32\))?, the declaration says VARCHAR(\(32\))? NOT NULL.*SET NOT NULL/,
  ],
];

/** Registers the suite under the adapter's name. */
export function evolutionConformance(name: string, place: () => Promise<Place>): void {
  for (const [kind, before, today, empty] of FOLLOWED) {
    const expected = async () => {
      const values = await expectedOf(place, today);
      const names = today.columns.map((column) => column.name);
      return values.map((row, offset) =>
        offset >= 3 ? row : JSON.stringify(
          JSON.parse(row).map((cell: unknown, i: number) =>
            empty.includes(names[i] ?? "") ? null : cell
          ),
        )
      );
    };
    Deno.test(`${name}: a table declared ${kind} is followed, each value in its column`, async () => {
      assertEquals(await written(place, before, today), await expected());
    });
    Deno.test(`${name}: a lake declared ${kind} loads, each value in its column`, async () => {
      assertEquals(await loaded(place, before, today), await expected());
    });
  }

  for (const [kind, before, today, column, said] of REFUSED) {
    Deno.test(`${name}: a table ${kind} is refused, naming column and fix`, async () => {
      await using made = await place();
      {
        await using warehouse = await made.open([before]);
        await warehouse.migrate();
        await warehouse.write(before, [validBatch(before, 0, 0, 1)]);
      }
      // Nothing is changed: neither what could be.
      const more = {
        ...today,
        columns: [...today.columns, { ...SECOND, name: "more", nullable: true }],
      };
      await using warehouse = await made.open([more]);
      const error = await assertRejects(() => warehouse.migrate(), TickhouseError);
      assertEquals([error.code, error.field], ["TABLE_DIFFERS", `bronze.ticks.${column}`]);
      assertEquals(said.test(error.message), true, error.message);
      const found = await warehouse.query("SELECT * FROM bronze.ticks");
      assertEquals(found.columns.length, before.columns.length + 4);
    });
  }
}

const SECOND: Column = { name: "", type: { kind: "text", maxLength: 4 }, meaning: "Another." };
