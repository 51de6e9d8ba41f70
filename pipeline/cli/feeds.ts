/** `stream`: which feed flows, by flag or route. @module */
import type { Config } from "../config/config.ts";
import { TickhouseError } from "../errors.ts";
import { routeNamed } from "../config/routes.ts";
import { QuoteSimulator } from "../source/simulator/quote_simulator.ts";
import { instruments } from "./adapters.ts";
import { runIngest } from "./ingest.ts";
import { runSimulator, runStream, type StreamFlags } from "./stream.ts";

/** What `stream` may be told. */
export interface FeedFlags extends StreamFlags {
  readonly source?: string | undefined;
  readonly file?: string | undefined;
  readonly limit?: number | undefined;
}

/** Streams the feed that the flags name, or the route's, or simulated ticks. */
export async function runRoute(config: Config, flags: FeedFlags): Promise<number> {
  const route = config.route ? routeNamed(config.route) : undefined;
  const { source = route?.source ?? "simulator", limit } = flags;
  const untilExhausted = limit !== undefined;
  switch (source) {
    case "simulator":
      return await runSimulator(config, flags);
    case "quote-simulator": {
      const perSymbol = limit && Math.ceil(limit / config.symbols.length);
      const feed = new QuoteSimulator({
        instruments: instruments(config),
        seed: config.seed,
        ...(perSymbol ? { limit: perSymbol } : {}),
      });
      return await runStream(config, feed, { ...flags, untilExhausted });
    }
    case "csv":
      return await runFile(config, flags.file ?? route?.file, flags);
    case "none":
      return await runStream(config, undefined, flags);
    default:
      throw new TickhouseError("OPTION_INVALID", "there is no such feed", {
        field: "--source",
        value: source,
        mend: "use simulator, quote-simulator, csv or none",
      });
  }
}

async function runFile(config: Config, file: string | undefined, flags: FeedFlags) {
  if (file !== undefined) {
    const how = { source: "csv", separator: ",", logOnly: false, json: flags.json };
    return await runIngest(config, { ...how, file });
  }
  throw new TickhouseError("OPTION_INVALID", "csv needs a file", {
    field: "--file",
    mend: "name a CSV file, plain or gzip",
  });
}
