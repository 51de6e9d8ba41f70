/**
 * The models beside a stream: built again and again.
 * @module
 */
import { fileURLToPath } from "node:url";
import { type Clock, systemClock } from "../clock.ts";
import { isOutOfMemory } from "../duckdb/engine/errors.ts";
import { hasCode, isTransient, messageOf } from "../errors.ts";
import { backlogOf } from "../transform/backlog.ts";
import { type CheckReport, Project, transform, type WantedChecks } from "../transform/transform.ts";
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

/** A trade whose time moves further, and does not say that it is corrected, stands twice for a while. */
const MOVED_WITHIN_SECONDS = 3_600;
/** Milliseconds between looks for such. */
const RECHECK_MS = 3_600_000;
/** The same after one that ran out of memory, which the slice beside it may have taken. */
const RETRY_MS = 60_000;
/** Milliseconds between the tests that are cheap enough to run beside a stream. */
const CHECK_MS = 30_000;

/** What building models beside a stream takes from outside. */
export interface ModelsOptions {
  /** Told when it waits, goes on by smaller steps, or a test fails. Default: a line on stderr. */
  readonly onNote?: OnNote;
  /** Default: the machine's. */
  readonly clock?: Pick<Clock, "now" | "sleep">;
}

/** A test that found faults in the models beside a stream. */
export interface ModelFault {
  /** Name of the test. */
  readonly test: string;
  /** The file it is written in, from the project's folder. */
  readonly file: string;
  /** The most rows at fault that it has found. */
  readonly rows: number;
  /** How often it found some. */
  readonly times: number;
}

/** The models of a warehouse, built beside a stream. */
export interface StreamModels {
  /**
   * Builds what changed since the last time and tells whether that was all: of a backlog it takes a
   * slice that memory should be enough for, and half of that for a while if it was not, since writing
   * and queries share it. If not even the smallest has enough, though one had before, it waits, for a
   * minute in all, and then throws. The first time, and each hour, it makes facts one that stand
   * twice; at most each half minute it runs the tests that are tagged `live`.
   */
  build(): Promise<boolean>;
  /**
   * Builds all that is left, makes facts one that stand twice, and runs these tests and those that
   * only warn.
   */
  finish(): Promise<void>;
  /** What the tests have found so far. */
  readonly faults: readonly ModelFault[];
  /** Those of them that still did when they were last run. */
  readonly failing: readonly ModelFault[];
}

/** Reads the project. */
export async function openModels(
  warehouse: Engine,
  { onNote = note, clock = systemClock }: ModelsOptions = {},
): Promise<StreamModels> {
  const { rows } = await warehouse.query(
    "SELECT parse_formatted_bytes(current_setting('memory_limit'))",
  );
  const most = Math.max(MIN_SLICE, Math.floor(Number(rows[0]?.[0]) / BYTES_A_RECORD));
  let slice = most;
  let steps = 0;
  let hasBuilt = false;
  let starved = 0;
  let recheckAt = clock.now();
  let retries = 0;
  let checkAt = clock.now() + CHECK_MS;
  let project = await load(slice);
  const faults = new Faults(onNote);
  const change = async (records: number) => {
    slice = Math.min(most, Math.max(MIN_SLICE, Math.floor(records)));
    steps = 0;
    project = await load(slice);
  };
  /** A look that memory is too small for is left to the next one: steps have to go on. */
  const skips = (error: unknown, recheck: boolean): boolean => {
    const untested = hasCode(error, "TEST_FAILED") && isOutOfMemory(error.cause);
    if (!untested && !(recheck && isTransient(error))) return false;
    if (!untested && retries++ === 0) recheckAt = clock.now() + RETRY_MS;
    onNote(
      `waiting    ${untested ? "a test of the models" : "a look for facts that stand twice"}: ` +
        messageOf(error).split("\n")[0],
    );
    return true;
  };
  const step = async (recheck: boolean, checks: WantedChecks): Promise<boolean> => {
    if (recheck) recheckAt = clock.now() + RECHECK_MS;
    if (checks) checkAt = clock.now() + CHECK_MS;
    try {
      await using session = await warehouse.session();
      const report = await transform({ project, session, database: warehouse, recheck, checks });
      if (recheck) retries = 0;
      if (checks) faults.note(report.checks);
      steps++;
      hasBuilt = true;
      starved = 0;
      return report.complete;
    } catch (error) {
      if (skips(error, recheck)) return false;
      const isLeast = slice <= MIN_SLICE;
      if (!isTransient(error) || (isLeast && !(hasBuilt && ++starved <= STARVED_MAX))) throw error;
      if (isLeast) {
        if (starved === 1) onNote(`waiting    ${messageOf(error)}`);
        await clock.sleep(STARVED_MS);
        return false;
      }
      await change(slice / 2);
      onNote(`${messageOf(error).split(". ")[0]}: building by ${number(slice)} records for now`);
      return false;
    }
  };
  const build = async () => {
    if (steps >= STEPS_TO_GROW && slice < most) await change(slice * 2);
    return await step(clock.now() >= recheckAt, clock.now() >= checkAt && "live");
  };
  return {
    build,
    finish: async () => {
      while (!await build());
      if (!await step(true, false)) { while (!await build()); }
      await step(false, "live and warnings");
    },
    get faults() {
      return faults.all;
    },
    get failing() {
      return faults.failing;
    },
  };
}

/** What tests found, each told when it begins to. */
class Faults {
  readonly #onNote: OnNote;
  readonly #found = new Map<string, ModelFault>();
  readonly #failing = new Set<string>();

  constructor(onNote: OnNote) {
    this.#onNote = onNote;
  }

  get all(): readonly ModelFault[] {
    return [...this.#found.values()];
  }

  get failing(): readonly ModelFault[] {
    return this.all.filter(({ test }) => this.#failing.has(test));
  }

  note(reports: readonly CheckReport[]): void {
    for (const report of reports.filter(({ warns, faults }) => warns && faults > 0)) {
      this.#onNote(describeCheck("warning", report));
    }
    for (const { name, file, faults } of reports.filter(({ warns }) => !warns)) {
      if (faults === 0) {
        this.#failing.delete(name);
        continue;
      }
      const before = this.#found.get(name);
      const rows = Math.max(faults, before?.rows ?? 0);
      const fault = { test: name, file, rows, times: (before?.times ?? 0) + 1 };
      this.#found.set(name, fault);
      if (!this.#failing.has(name)) this.#onNote(describeFault({ ...fault, rows: faults }));
      this.#failing.add(name);
    }
  }
}

/** A line on what a test found. */
export function describeFault({ test, file, rows }: ModelFault): string {
  return `failed     the models' test ${test} (models/${file}) found ${
    number(rows)
  } rows at fault: ` +
    "`deno task transform --full-refresh` builds them again";
}

/** A line on a test with faults, behind what it is called: its name and file, how many and which. */
export function describeCheck(word: string, { name, file, faults, example }: CheckReport): string {
  return `${word.padEnd(11)}${name} (${file}): ${number(faults)} rows at fault` +
    (example ? `, such as ${example}` : "");
}

/** How many records the models have yet to take, of all that is loaded. */
export async function modelsLeft(warehouse: Engine): Promise<number> {
  await using session = await warehouse.session();
  return await backlogOf(await load(MIN_SLICE), session);
}

function load(slice: number): Promise<Project> {
  return Project.load(MODELS_FOLDER, {
    slice_records: slice,
    moved_within_seconds: MOVED_WITHIN_SECONDS,
  });
}
