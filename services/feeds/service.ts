/**
 * Stand-ins for Finnhub, Yahoo and Alpha Vantage as a server of their own. They need no
 * installation: Deno runs them.
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LOOPBACK } from "../kit/ports.ts";
import { secret, type StartOptions } from "../kit/service.ts";
import { type Single, startSingle } from "../kit/single.ts";
import { variablesAt } from "./variables.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

/** What else can be said about the feeds. */
export interface FeedsOptions extends StartOptions {
  /** Equal seeds trade equally. Default: 1. */
  readonly seed?: number;
  /** Trades a second over all symbols while their markets are open. Default: about 20. */
  readonly rate?: number;
}

/** Starts the feeds, with the limits of free keys and the machine's time. */
export async function startFeeds(options: FeedsOptions = {}): Promise<Single> {
  return await startSingle("feeds", options, (home, port) => {
    const key = secret(home);
    const folder = home.make("secret");
    const tokenFile = join(folder, "token");
    const { seed = 1, rate } = options;
    return {
      program: Deno.execPath(),
      args: [
        ...["run", "-q", "--no-prompt", `--allow-net=${LOOPBACK}`],
        ...[`--allow-read=${PROJECT},${folder}`, `--allow-write=${folder}`],
        ...[MAIN, "--port", `${port}`, "--seed", `${seed}`],
        ...["--keys-file", join(folder, "password"), "--token-file", tokenFile],
        ...(rate === undefined ? [] : ["--rate", `${rate}`]),
      ],
      ready: (printed) => printed.includes("ready on"),
      variables: (endpoint) => ({
        ...variablesAt(endpoint, { finnhub: key, alphavantage: key }),
        // What control asks for: a file, since each start makes another token.
        TICKHOUSE_SERVICES_FEEDS_TOKEN: tokenFile,
      }),
    };
  });
}
