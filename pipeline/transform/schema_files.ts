/**
 * The files beside the models: dbt_project.yml, and the .yml files with sources and tests.
 * @module
 */
import { z } from "zod";
// @ts-types="./yaml.d.ts"
import { parse } from "deno-std/yaml/mod.js";
import { messageOf, TickhouseError } from "../errors.ts";

const PROJECT = z.object({
  name: z.string(),
  "model-paths": z.array(z.string()).default(["models"]),
  "test-paths": z.array(z.string()).default(["tests"]),
  "macro-paths": z.array(z.string()).default(["macros"]),
  "seed-paths": z.array(z.string()).default(["seeds"]),
  vars: z.looseObject({
    ahead_seconds: z.record(z.string(), z.number().nonnegative()).optional(),
  }).default({}),
  // By the project's name, as dbt has it.
  seeds: z.record(z.string(), z.looseObject({ "+schema": z.string().optional() })).default({}),
});

const ARGUMENTS = z.looseObject({
  values: z.array(z.union([z.string(), z.number(), z.boolean()])).optional(),
  to: z.string().optional(),
  field: z.string().optional(),
});
const TEST_OPTIONS = z.object({
  arguments: ARGUMENTS.default({}),
  config: z.object({ severity: z.enum(["error", "warn"]).default("error") })
    .default({ severity: "error" }),
});
const GENERIC_TEST = z.union([
  z.string().transform((name) => ({ name, ...TEST_OPTIONS.parse({}) })),
  z.record(z.string(), TEST_OPTIONS).transform((test) => {
    const [name, options] = Object.entries(test)[0] ?? ["", TEST_OPTIONS.parse({})];
    return { name, ...options };
  }),
]);
const COLUMNS = z.array(
  z.object({
    name: z.string(),
    data_type: z.string().optional(),
    data_tests: z.array(GENERIC_TEST).default([]),
  }),
).default([]);
const TABLE = z.object({ name: z.string(), columns: COLUMNS });
const MODEL = TABLE.extend({
  config: z.object({
    contract: z.object({ enforced: z.boolean().default(false) }).default({ enforced: false }),
  }).default({ contract: { enforced: false } }),
});
const SEED = TABLE.extend({
  config: z.object({ column_types: z.record(z.string(), z.string()).default({}) })
    .default({ column_types: {} }),
});
const SCHEMA_FILE = z.object({
  models: z.array(MODEL).default([]),
  seeds: z.array(SEED).default([]),
  sources: z.array(
    z.object({ name: z.string(), schema: z.string().optional(), tables: z.array(TABLE) }),
  ).default([]),
});

/** dbt_project.yml, as far as it matters here. */
export type ProjectFile = z.infer<typeof PROJECT>;
/** A file that describes models, seeds and sources. */
export type SchemaFile = z.infer<typeof SCHEMA_FILE>;
/** A table with columns and their tests. */
export type TableEntry = z.infer<typeof TABLE>;
/** A model with what it promises. */
export type ModelEntry = z.infer<typeof MODEL>;
/** A test of a column, such as `not_null`. */
export type GenericTest = z.infer<typeof GENERIC_TEST>;

/** Reads dbt_project.yml; throws `PROJECT_INVALID`. */
export function readProjectFile(file: string, text: string): ProjectFile {
  return read(PROJECT, file, text);
}

/** Reads a file of models and sources; throws `PROJECT_INVALID`. */
export function readSchemaFile(file: string, text: string): SchemaFile {
  return read(SCHEMA_FILE, file, text);
}

function read<T>(schema: z.ZodType<T>, file: string, text: string): T {
  try {
    return schema.parse(parse(text) ?? {});
  } catch (cause) {
    const what = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new TickhouseError("PROJECT_INVALID", what.replaceAll("\n", " "), {
      field: file,
      fix: "correct the file; `dbt parse` explains the format",
      cause,
    });
  }
}
