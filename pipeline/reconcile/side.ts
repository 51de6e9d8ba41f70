/**
 * A side of the comparison, as the proof asks it.
 * @module
 */
import type { Dataset } from "../datasets/dataset.ts";
import type { Workbench } from "../decode/workbench.ts";
import type { Contents } from "./contents.ts";
import type { DeadOffsets } from "./dead.ts";

/** One side of the comparison, for one dataset. */
export interface Side {
  /** `broker` for the log, else the name of the end. */
  readonly name: string;
  /** The offset up to which the partition is taken. */
  position(partition: number): Promise<number>;
  /** What the partition holds in the offsets [from, to). */
  contents(partition: number, from: number, to: number): Promise<Contents>;
  /** Of all dead letters, the offsets that this side gave up. */
  dead(partition: number, letters: DeadOffsets): Promise<ReadonlySet<number>>;
  /** What is wrong with the side by itself, as found so far. */
  problems(partition: number): readonly string[];
}

/** Makes an end's side for one dataset; it counts by the means of the workbench. */
export type SideOf = (dataset: Dataset, workbench: Workbench) => Side;
