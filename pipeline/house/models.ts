/**
 * The models beside a stream: built again and again.
 * @module
 */
import { delay } from "@std/async";
import { fileURLToPath } from "node:url";
import { isTransient, messageOf } from "../errors.ts";
import { backlogOf } from "../transform/backlog.ts";
import { Project, transform } from "../transform/transform.ts";
import { note, number } from "../console.ts";
import type { Engine } from "../ends/end.ts";
import type { OnNote } from "./adapters.ts";

/** The folder of the dbt project. */
export const MODELS_FOLDER = fileURLToPath(new URL("../../models", import.meta.url));

/**
 * DuckDB's memory for each record that a step may read; the half of it was too little. Steps of few
 * records take more time a record: 160 MiB build a backlog of 5 million ticks at 470,000/s by slices
 * of 200,000, at 290,000/s by 100,000 (`deno task bench models-backlog`).
 */
const BYTES_A_RECORD = 800;
/** Steps with less are not tried. */
const MIN_SLICE = 10_000;
/** Steps in a row for which even the smallest slice may run out of memory, and the time between them. */
const STARVED_MAX = 60;
const STARVED_MS = 1_000;
/** Steps that must have gone well before more is tried again. */
const STEPS_TO_GROW = 16;

/** What building models beside a stream takes from outside. */
export interface ModelsOptions {
  /** Told when it waits, or goes on by smaller steps. Default: a line on stderr. */
  readonly onNote?: OnNote;
  readonly sleep?: (ms: number) => Promise<void>;
}

/**
 * Reads the project. The result builds, each time, what changed since the last time, and tells
 * whether that was all: of a backlog it takes a slice that memory should be enough for, and half of
 * that for a while if it was not, since writing and queries share it. If not even the smallest has
 * enough, though one had before, it waits, for a minute in all, and then throws.
 */
export async function openModels(
  warehouse: Engine,
  { onNote = note, sleep = delay }: ModelsOptions = {},
): Promise<() => Promise<boolean>> {
  const { rows } = await warehouse.query(
    "SELECT parse_formatted_bytes(current_setting('memory_limit'))",
  );
  const most = Math.max(MIN_SLICE, Math.floor(Number(rows[0]?.[0]) / BYTES_A_RECORD));
  let slice = most;
  let steps = 0;
  let hasBuilt = false;
  let starved = 0;
  let project = await load(slice);
  const change = async (records: number) => {
    slice = Math.min(most, Math.max(MIN_SLICE, Math.floor(records)));
    steps = 0;
    project = await load(slice);
  };
  return async () => {
    if (steps >= STEPS_TO_GROW && slice < most) await change(slice * 2);
    try {
      await using session = await warehouse.session();
      const report = await transform({ project, session, database: warehouse, checks: false });
      steps++;
      hasBuilt = true;
      starved = 0;
      return report.complete;
    } catch (error) {
      const isLeast = slice <= MIN_SLICE;
      if (!isTransient(error) || (isLeast && !(hasBuilt && ++starved <= STARVED_MAX))) throw error;
      if (isLeast) {
        if (starved === 1) onNote(`waiting    ${messageOf(error)}`);
        await sleep(STARVED_MS);
        return false;
      }
      await change(slice / 2);
      onNote(`${messageOf(error).split(". ")[0]}: building by ${number(slice)} records for now`);
      return false;
    }
  };
}

/** How many records the models have yet to take, of all that is loaded. */
export async function modelsLeft(warehouse: Engine): Promise<number> {
  await using session = await warehouse.session();
  return await backlogOf(await load(MIN_SLICE), session);
}

function load(slice: number): Promise<Project> {
  return Project.load(MODELS_FOLDER, { slice_records: slice });
}
