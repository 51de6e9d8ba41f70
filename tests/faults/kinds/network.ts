/** Connections to Kafka break, lag or fall silent in the middle of a request. @module */
import { assertClean } from "../check.ts";
import { API, type Fate, type Plan } from "../kafka_proxy.ts";
import type { Kind } from "../kind.ts";
import type { Run } from "../run.ts";
import { finish } from "./finish.ts";

/** Instead of an api. */
const ANY = -1;

/** Strikes some requests of one api, from the n-th on. */
function planOf(run: Run, api: number, fates: readonly Fate[], hits: number): Plan {
  const first = run.between(1, 4);
  const dice = Array.from({ length: 500 }, () => run.random.next());
  const chosen = Array.from({ length: hits }, () => run.pick(fates));
  let seen = 0;
  // A worker whose first look at the cluster fails says so and ends, by design; see `open`.
  let hasBegun = api === API.produce;
  return (request) => {
    hasBegun ||= request.api === API.joinGroup;
    if (!hasBegun) return undefined;
    if (api !== ANY && request.api !== api) return undefined;
    if (++seen < first || (dice.pop() ?? 1) > 0.5) return undefined;
    const fate = chosen.pop();
    if (fate === undefined) return undefined;
    run.struck(typeof fate === "object" ? "delayed" : fate);
    return fate;
  };
}

function consuming(
  name: string,
  weight: number,
  fates: (run: Run) => readonly Fate[],
  hitsMax: number,
): Kind {
  return {
    name,
    weight,
    async run(run) {
      await run.produce({ bad: 0.02 });
      const ends = run.ends();
      const api = run.pick([API.fetch, API.produce, API.metadata, API.joinGroup, ANY]);
      run.note(`api ${api}`);
      const job = run.job({ ...ends, rollRecords: run.between(20, 90), workMs: 1_500 });
      run.world.proxy.plans.set(
        job.clientId,
        planOf(run, api, fates(run), run.between(1, hitsMax)),
      );
      const end = await run.work(job);
      run.world.proxy.plans.delete(job.clientId);
      assertClean(run, end);
      await finish(run, ends);
    },
  };
}

/** The producer's connections break: each record is there once all the same. */
const producing: Kind = {
  name: "Kafka cut while producing",
  weight: 3,
  async run(run) {
    const client = `${run.name}-harness`;
    const plan = planOf(run, API.produce, ["cut before", "cut after"], run.between(1, 4));
    // What is appended without a cursor is sent again until it is there.
    run.world.proxy.plans.set(client, plan);
    await run.produce({}, undefined, ["plain"]);
    run.world.proxy.plans.delete(client);
    const ends = run.ends();
    await finish(run, ends);
  },
};

/** Kinds that hurt connections to Kafka. */
export const networkKinds: readonly Kind[] = [
  consuming("Kafka cut", 5, () => ["cut before", "cut after"], 6),
  consuming("Kafka slow", 3, (run) => [{ delayMs: run.between(20, 900) }], 15),
  consuming("Kafka silent", 1, () => ["hang"], 1),
  producing,
];
