/** A feed of one's own: a walk of rates, resumable at any record. @module */
import { z } from "zod";
import type { Source, SourceEntry } from "tickhouse";
import { Packed } from "tickhouse/batch.ts";
import { rates } from "../rates/dataset.ts";

const PAIRS = ["EUR/USD", "GBP/USD", "USD/JPY"];
const BATCH = 50;

/** `--source walk`. */
export const walk: SourceEntry = {
  name: "walk",
  meaning: "a walk of rates of exchange",
  settings: {
    step: {
      variable: "TICKHOUSE_WALK_STEP",
      schema: z.string().regex(/^\d+$/, "must be a whole number").transform(Number),
      default: "1",
      meaning: "Hundredths by which a rate goes up from record to record.",
    },
  },
  open: ({ limit = Infinity }) => ({ settings }) => feed(limit, Number(settings["step"])),
};

function feed(limit: number, step: number): Source {
  return {
    name: "walk",
    dataset: rates,
    async *read(state, signal) {
      for (let sent = Number(state ?? 0); sent < limit && !signal.aborted;) {
        const count = Math.min(BATCH, limit - sent);
        const records = PAIRS.map((key, p) => ({
          key,
          values: Packed.from(
            Array.from({ length: count }, (_, i) => sent + i).filter((n) => n % PAIRS.length === p)
              .map((n) => JSON.stringify(record(key, n, step))),
          ),
        }));
        sent += count;
        yield {
          records: records.filter(({ values }) => values.length > 0),
          refused: [],
          state: String(sent),
        };
      }
    },
  };
}

/** One in a hundred has a rate that can't be. */
function record(pair: string, n: number, step: number) {
  const rate = n % 100 === 99 ? -1 : 1 + n * step / 100;
  return { pair, rate, fixed_at: 1_763_700_000_000_000 + n * 1000 };
}
