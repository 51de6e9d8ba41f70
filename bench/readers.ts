/** What a live stream feels of readers of the worst kind. @module */
import { join } from "node:path";
import { readEndpoint } from "tickhouse/read/endpoint_file.ts";
import { observe, paced, quantiles, WARM_UP_S } from "./latency.ts";
import { type Figures, openRig } from "./rig.ts";

/** Readers at once. */
export const READERS = 64;

/** Turns without and with readers: what comes but once a minute falls on both. */
const ROUNDS = 3;

/**
 * The whole journey at a pace, in turns of so many seconds without readers and beside 64. `lost` is
 * what was accepted and is not in the warehouse at the end.
 */
export async function readers(seconds: number): Promise<Figures> {
  await using rig = await openRig();
  const observer = await rig.warehouse.session();
  const stop = new AbortController();
  const journey = await paced(rig, true, stop.signal);
  const run = journey.run();
  const alone: number[] = [];
  const beside: number[] = [];
  const answers: Figures = {};
  const observed = async (into: number[]) => {
    // What is on its way from the turn before is not counted.
    await observe(observer, WARM_UP_S);
    for (const age of await observe(observer, seconds)) into.push(age);
  };
  for (let round = 0; round < ROUNDS; round++) {
    await observed(alone);
    const load = await startReaders(rig.config.home);
    await observed(beside);
    for (const [code, count] of Object.entries(await load.stop())) {
      answers[code] = (answers[code] ?? 0) + count;
    }
  }
  stop.abort();
  const { read } = await run;
  const { rows } = await observer.query(
    "SELECT count(*), count(DISTINCT (_partition, _offset)) FROM bronze.ticks",
  );
  await observer[Symbol.asyncDispose]();
  const [stored, distinct] = rows[0] ?? [];
  const named = (name: string, figures: Figures) =>
    Object.fromEntries(Object.entries(figures).map(([key, value]) => [`${name}_${key}`, value]));
  return {
    ...named("alone", quantiles(alone)),
    ...named("beside", quantiles(beside)),
    ...named("answers", answers),
    lost: read.accepted - Number(stored),
    repeated: Number(stored) - Number(distinct),
  };
}

async function startReaders(home: string) {
  const endpoint = await readEndpoint(home);
  if (!endpoint) throw new Error("nobody answers queries");
  const script = join(import.meta.dirname ?? "", "readers_load.ts");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net=127.0.0.1", script, endpoint.url, endpoint.token, `${READERS}`],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  return {
    stop: async () => {
      await child.stdin.close();
      const { stdout } = await child.output();
      return JSON.parse(new TextDecoder().decode(stdout)) as Figures;
    },
  };
}
