/** One declaration for several datasets of a topic: a field of the messages says which it is. @module */
import { z } from "zod";

const declaration = z.looseObject({
  name: z.string(),
  dataset: z.strictObject({ path: z.string(), values: z.record(z.string(), z.string()) }),
  when: z.record(z.string(), z.unknown()).optional(),
  fields: z.record(z.string(), z.unknown()),
});

/**
 * A mapping for each dataset that `dataset.values` names, `<name>-<dataset>`, with the fields that are
 * declared under the dataset's name; what is declared for one dataset is returned as it is.
 */
export function eachDataset(declared: unknown): unknown[] {
  const parsed = declaration.safeParse(declared);
  if (!parsed.success) return [declared];
  const { name, dataset: { path, values }, when, fields, ...rest } = parsed.data;
  return [...new Set(Object.values(values))].map((dataset) => ({
    ...rest,
    name: `${name}-${dataset}`,
    dataset,
    when: {
      ...when,
      [path]: Object.keys(values).filter((value) => values[value] === dataset),
    },
    fields: fields[dataset],
  }));
}
