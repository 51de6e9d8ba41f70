/**
 * Runs seeds, several at once, on servers that live as long as the suite.
 * @module
 */
import { Random } from "tickhouse/source/simulator/random.ts";
import type { Kind } from "./kind.ts";
import { KINDS } from "./kinds/mod.ts";
import { Memory } from "./process.ts";
import { type Outcome, type Report, summarize } from "./report.ts";
import { Run } from "./run.ts";
import type { Defect } from "./work.ts";
import { World } from "./world.ts";

/** What to run. */
export interface SuiteOptions {
  readonly runs: number;
  /** Seed of the first run; the others follow. Default: 1. */
  readonly seed?: number;
  /** Runs at once. Default: `LANES`. */
  readonly lanes?: number;
  /** Only kinds whose names have one of these words, separated by commas. Default: all. */
  readonly only?: string;
  /** Planted in all workers. Default: none. */
  readonly defect?: Defect;
  /** Servers to use. Default: new ones, which end with the suite. */
  readonly world?: World;
  /** Told of each run. */
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** Runs at once: most of the time of a run is waiting. */
export const LANES = 8;
/** Milliseconds after which a run counts as hanging: many times what it takes on a busy machine. */
const RUN_MAX_MS = 600_000;
/** MiB that a worker process may hold. */
export const MEMORY_MAX_MIB = 700;

/** The kind that a seed chooses, of those that `only` names. */
export function kindOf(seed: number, only?: string): Kind {
  const kinds = kindsNamed(only);
  const all = kinds.reduce((sum, { weight }) => sum + weight, 0);
  // Neighbouring seeds are cards of one deck: first each kind once, then a second time, and so on,
  // until each has come as often as it weighs.
  const deck = Math.floor((seed - 1) / all);
  const rounds = Math.max(...kinds.map(({ weight }) => weight));
  const cards = Array.from(
    { length: rounds },
    (_, round) => shuffled(kinds.filter(({ weight }) => weight > round), deck),
  ).flat();
  const kind = cards[seed - 1 - deck * all];
  if (!kind) throw new RangeError(`seed ${seed} is no whole number above 0`);
  return kind;
}

/** Runs them all. */
export async function runSuite(options: SuiteOptions): Promise<Report> {
  const { runs, seed = 1, lanes = LANES, onOutcome } = options;
  await using own = options.world ? undefined : await World.start();
  const world = options.world ?? own;
  if (!world) throw new TypeError("no servers");
  const memory = new Memory();
  const startedAt = performance.now();
  const outcomes: Outcome[] = [];
  let next = seed;
  const lane = async () => {
    while (next < seed + runs) {
      const outcome = await runSeed(world, next++, memory, options);
      outcomes.push(outcome);
      onOutcome?.(outcome);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, runs) }, lane));
  const kinds = KINDS.map(({ name }) => name);
  return summarize(outcomes, kinds, performance.now() - startedAt, memory.peak);
}

async function runSeed(
  world: World,
  seed: number,
  memory: Memory,
  { only, defect }: SuiteOptions,
): Promise<Outcome> {
  const kind = kindOf(seed, only);
  const startedAt = performance.now();
  const mark = world.mark();
  const strikes: string[] = [];
  const excuses: string[] = [];
  const notes: string[] = [];
  let failure: string | undefined;
  try {
    await within(RUN_MAX_MS, async () => {
      await using run = await Run.open(world, seed, memory, { strikes, excuses, notes });
      run.defect = defect;
      await kind.run(run);
    });
  } catch (error) {
    failure = error instanceof Error ? error.stack ?? error.message : String(error);
  }
  const bystander = world.blows.slice(mark).filter((blow) => blow.seed !== seed);
  return {
    seed,
    kind: kind.name,
    strikes: strikes.length,
    bystander: bystander.map((blow) => `${blow.what} of seed ${blow.seed}`),
    excuses,
    ms: performance.now() - startedAt,
    notes,
    ...(failure === undefined ? {} : { failure }),
  };
}

/** The kinds whose names have one of the words; a RangeError if there is none. */
export function kindsNamed(only: string | undefined): readonly Kind[] {
  if (only === undefined) return KINDS;
  const kinds = KINDS.filter(({ name }) => only.split(",").some((word) => name.includes(word)));
  if (kinds.length > 0) return kinds;
  throw new RangeError(`no kind ${only}; there are:\n  ${KINDS.map((k) => k.name).join("\n  ")}`);
}

async function within(ms: number, work: () => Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`hangs: not ended after ${ms / 1000} s`)), ms);
  try {
    await Promise.race([work(), promise]);
  } finally {
    clearTimeout(timer);
  }
}

function shuffled<T>(cards: T[], seed: number): T[] {
  const random = Random.seeded(seed);
  for (let i = cards.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [cards[i], cards[j]] = [cards[j] as T, cards[i] as T];
  }
  return cards;
}
