import type { Config } from "../config.ts";
import { datasetNamed } from "../datasets/datasets.ts";
import { connect } from "../read/connect.ts";
import { openBroker } from "./adapters.ts";
import { print, printJson } from "./console.ts";
import { prove, showProof } from "./proof.ts";

/** Compares log, lake and warehouse, also while a stream runs. */
export async function runReconcile(
  config: Config,
  flags: { dataset?: string | undefined; json: boolean },
): Promise<number> {
  const names = flags.dataset === undefined ? [] : [datasetNamed(flags.dataset).name];
  await using reader = await connect({ home: config.home });
  await using broker = openBroker(config);
  const proof = await prove(config, broker, (sql, binds) => reader.query(sql, binds), names);
  if (flags.json) printJson(proof);
  else print(showProof(proof));
  return proof.proven ? 0 : 1;
}
