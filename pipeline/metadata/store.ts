/** A metadata store on an engine: all but how the engine is reached. @module */
import { StoredActions } from "./actions.ts";
import { StoredBodies } from "./bodies.ts";
import { StoredCoverage } from "./coverage.ts";
import { Access, type Engine } from "./engine.ts";
import { StoredGaps } from "./gaps.ts";
import type { MetadataStore } from "./metadata.ts";
import { prepare } from "./prepare.ts";
import { StoredRequests } from "./requests.ts";
import { StoredRuns } from "./runs.ts";
import { StoredSymbols } from "./symbols.ts";
import { StoredWatermarks } from "./watermarks.ts";

/**
 * Brings the tables up to date and gives what is in them; aborting the signal gives up. What was opened
 * is closed with the store, and where this throws.
 */
export async function storeOn(engine: Engine, signal?: AbortSignal): Promise<MetadataStore> {
  try {
    signal?.throwIfAborted();
    const version = await orAborted(prepare(engine), signal);
    const access = new Access(engine);
    return {
      where: engine.where,
      version,
      runs: new StoredRuns(access),
      watermarks: new StoredWatermarks(access),
      coverage: new StoredCoverage(access),
      requests: new StoredRequests(access),
      gaps: new StoredGaps(access),
      symbols: new StoredSymbols(access),
      actions: new StoredActions(access),
      bodies: new StoredBodies(access),
      [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
    };
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  work.catch(() => {}); // After it was given up, nobody looks.
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
