import { assertMatch } from "@std/assert";
import type { Config } from "../config/config.ts";
import type { MetadataStore } from "../metadata/metadata.ts";
import { listRuns } from "./runs.ts";

async function spoken(refused: number, proven: boolean): Promise<string> {
  const report = {
    read: { accepted: 0, refused },
    ends: [{ rows: 0, dead: 0, left: 0 }],
    proof: { partitions: [{ compared: 0 }], proven },
  };
  const run = { verb: "ingest", route: null, source: "a", startedUs: 0, endedUs: 1 };
  const runs = { list: () => Promise.resolve([{ ...run, status: "not_proven", report }]) };
  const store = { runs } as unknown as MetadataStore;
  const config = { metadata: "postgres://x" } as Config;
  return String(await listRuns(config, () => Promise.resolve(store)));
}

Deno.test("listRuns() says of a run in which no record came that there was nothing to prove", async () => {
  assertMatch(await spoken(0, true), /nothing to prove: no record came/);
  assertMatch(await spoken(3, true), /NOT proven/);
  assertMatch(await spoken(0, false), /NOT proven/);
});
