import { EmbeddedBroker } from "../broker/embedded/embedded.ts";
import type { Config } from "../config/config.ts";
import { connect } from "../read/connect.ts";
import { openBroker, openDatasets, openStore } from "./adapters.ts";
import { note, number, print, printJson } from "./console.ts";
import { prove, records, showDays, showProof } from "./proof.ts";
import { openSnowflake } from "../ends/snowflake.ts";

/** Compares log and sinks, also while a stream runs. Exit status 1 unless something is proven. */
export async function runReconcile(
  config: Config,
  flags: { dataset?: string | undefined; byDay: boolean; json: boolean },
): Promise<number> {
  const datasets = openDatasets(config, flags.dataset === undefined ? [] : [flags.dataset]);
  const { sinks } = config;
  await using warehouse = sinks.includes("warehouse") ? await connect({ home: config.home }) : null;
  await using store = sinks.includes("lake") ? await openStore(config) : null;
  await using broker = await openBroker(config);
  await using snowflake = sinks.includes("snowflake") ? await openSnowflake(config) : null;
  const sides = {
    store: store ?? undefined,
    warehouse: warehouse ?? undefined,
    snowflake: snowflake ?? undefined,
  };
  const proof = await prove(config, broker, datasets, sides);
  const unchecked = broker instanceof EmbeddedBroker
    ? datasets.reduce((sum, { topic }) => sum + broker.unchecked(topic), 0)
    : 0;
  if (unchecked > 0) {
    note(
      `note       ${number(unchecked)} records of the log are of a version without checksums: ` +
        "what the sinks had not taken of them could have changed unseen",
    );
  }
  if (flags.json) printJson({ ...proof, compared: records(proof) });
  else print(flags.byDay ? `${showDays(proof)}\n${showProof(proof)}` : showProof(proof));
  return proof.proven && records(proof) > 0 ? 0 : 1;
}
