import type { Run } from "./run.ts";

/** A kind of fault. */
export interface Kind {
  readonly name: string;
  /** Share of the runs, relative to the others. */
  readonly weight: number;
  /** Injects the fault and checks what must hold; throws if it does not. */
  run(run: Run): Promise<void>;
}
