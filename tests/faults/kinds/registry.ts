/** The Schema Registry is away. @module */
import { delay } from "@std/async";
import { Packed } from "tickhouse/batch.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { assertClean, assertError } from "../check.ts";
import { tickMessage } from "../data.ts";
import { Gate } from "../gate.ts";
import type { Kind } from "../kind.ts";
import type { Run } from "../run.ts";
import { patiently } from "../world.ts";
import { codecOf } from "../work.ts";
import { finish } from "./finish.ts";

async function produceAvro(run: Run): Promise<{ gate: Gate; through: string }> {
  const url = await run.world.registryUrl();
  run.registryUrl = url;
  const codec = codecOf({ registryUrl: url });
  // Its first answer takes it seconds.
  await patiently(() => codec.fromLines(Packed.from([tickMessage("KEY0", 1).text]), ticks));
  await run.produce({}, codec);
  const gate = run.use(await Gate.before(url));
  return { gate, through: gate.through(url) };
}

/** It comes back while the worker tries. */
const away: Kind = {
  name: "registry away and back",
  weight: 3,
  async run(run) {
    const { gate, through } = await produceAvro(run);
    const ends = run.ends();
    await gate.shut();
    const working = run.work(run.job({ ...ends, registryUrl: through }));
    await delay(run.between(500, 4_000));
    await gate.open();
    assertClean(run, await working);
    run.struck("registry away");
    await finish(run, ends);
  },
};

/** It stays away for longer than the worker tries. */
const gone: Kind = {
  name: "registry gone",
  weight: 2,
  async run(run) {
    const { gate, through } = await produceAvro(run);
    const ends = run.ends();
    await gate.shut();
    const end = await run.work(run.job({ ...ends, registryUrl: through, attemptsMax: 3 }));
    const says = new RegExp(`TICKHOUSE_REGISTRY_URL.*${RegExp.escape(through)}`);
    assertError(run, end, ["REGISTRY_UNAVAILABLE"], says);
    run.struck("registry gone");
    await finish(run, ends);
  },
};

/** Kinds about the registry. */
export const registryKinds: readonly Kind[] = [away, gone];
