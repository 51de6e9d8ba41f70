/**
 * The feeds as a process: what `deno task services up feeds` starts.
 * @module
 */
import { parseArgs } from "node:util";
import { FeedClock } from "./clock.ts";
import { startFeedServers } from "./feeds.ts";
import { REAL_LIMITS } from "./world/limits.ts";

const text = { type: "string" } as const;
const { values } = parseArgs({
  args: Deno.args,
  options: {
    ...{ port: text, seed: text, rate: text, "keys-file": text, "token-file": text },
  },
});
const keysFile = values["keys-file"] ?? "";
const key = keysFile === "" ? undefined : Deno.readTextFileSync(keysFile).trim();
const token = crypto.randomUUID();
if (values["token-file"]) {
  // Another one at each start: who controls the feeds can read this file.
  Deno.writeTextFileSync(values["token-file"], token, { mode: 0o600 });
}
const feeds = startFeedServers({
  clock: new FeedClock({ speed: 1 }),
  limits: REAL_LIMITS,
  port: Number(values.port ?? 0),
  seed: Number(values.seed ?? 1),
  token,
  ...(key === undefined ? {} : { keys: { finnhub: key, alphavantage: key } }),
  ...(values.rate === undefined ? {} : { rate: Number(values.rate) }),
});
console.log(`ready on ${feeds.origin}`);
