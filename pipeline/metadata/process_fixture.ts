/**
 * A process that uses a store, for tests: `process_fixture.ts PLACE WORK`. It prints a line when it
 * has begun, and then what it did.
 * @module
 */
import type { Series } from "./metadata.ts";
import { type PostgresOptions } from "./postgres.ts";
import type { SqliteOptions } from "./sqlite.ts";
import { storeOn } from "./store.ts";

/** A file, or a schema of a database. */
export type Place = Pick<SqliteOptions, "path"> | PostgresOptions;

/** The engine of a place. */
export async function engineAt(place: Place) {
  if ("path" in place) return (await import("./sqlite.ts")).sqliteEngine(place);
  return (await import("./postgres.ts")).postgresEngine(place);
}

/** What the processes take from. */
export const BUDGET = { provider: "p", keyHash: "k", day: "2026-11-27" };
export const LIMIT = 200;
/** What the processes write. */
export const SERIES: Series = { provider: "p", symbol: "S", interval: "1d" };
export const UNITS = 1000;

if (import.meta.main) {
  const [place = "", work] = Deno.args;
  await using store = await storeOn(await engineAt(JSON.parse(place)));
  if (work === "take") {
    let taken = 0;
    while (await store.requests.take(BUDGET, LIMIT)) taken++;
    console.log(taken);
  } else {
    // Until it is killed.
    for (let step = 0;; step++) {
      const fromUs = (step * 37) % (UNITS - 3);
      await store.gaps.fill(SERIES, { fromUs, toUs: fromUs + 2 }, "fixture", step);
      await store.gaps.open({
        ...SERIES,
        ...{ fromUs: UNITS, toUs: UNITS + 1 + step, reason: "quota", detail: null },
        noticedUs: step,
      });
      console.log(step);
    }
  }
}
