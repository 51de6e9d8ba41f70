/**
 * Every setting, declared once: the configuration, `.env.example`, the reference in the docs and
 * `doctor` derive from it.
 * @module
 */
import { z } from "zod";

/** One setting: an environment variable. */
export interface Setting {
  readonly variable: string;
  readonly schema: z.ZodType;
  /** As text, as it would stand in the environment. Empty: not set. */
  readonly default: string;
  readonly meaning: string;
  /** Never shown. Default: false. */
  readonly secret?: boolean;
}

const count = (min: number, max: number) =>
  z.coerce.number("must be a number").int("must be a whole number")
    .min(min, `must be at least ${min}`).max(max, `must be at most ${max}`);
const amount = (min: number, max: number) =>
  z.coerce.number("must be a number").min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`);
const choice = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, `must be one of ${values.join(", ")}`);

/** The settings by their name in the code. */
export const SETTINGS = {
  home: {
    variable: "TICKHOUSE_HOME",
    schema: z.string().min(1, "must name a folder"),
    default: ".tickhouse",
    meaning: "Folder of the embedded log, lake and warehouse.",
  },
  symbols: {
    variable: "TICKHOUSE_SYMBOLS",
    schema: z.string().transform((text) => text.split(",").map((s) => s.trim()).filter(Boolean))
      .refine((symbols) => symbols.length > 0, "must name at least one symbol")
      .refine(
        (symbols) => symbols.every((s) => s.length <= 32),
        "symbols have at most 32 characters",
      ),
    default: "AAPL,GOOGL,MSFT,AMZN,TSLA",
    meaning: "Symbols to simulate, separated by commas.",
  },
  rate: {
    variable: "TICKHOUSE_RATE",
    schema: z.union(
      [z.literal("max").transform(() => Infinity), amount(0.5, 1e7)],
      "must be `max` or a number from 0.5 to 10,000,000",
    ),
    default: "50",
    meaning: "Simulated ticks per second over all symbols, from 0.5; `max` for as fast as it goes.",
  },
  seed: {
    variable: "TICKHOUSE_SEED",
    schema: count(0, Number.MAX_SAFE_INTEGER),
    default: "1",
    meaning: "Seed of the simulator: equal seeds walk equal prices.",
  },
  session: {
    variable: "TICKHOUSE_SESSION",
    schema: choice("always", "us-equities"),
    default: "always",
    meaning: "When the simulated market is open: always, or 09:30 to 16:00 New York on weekdays.",
  },
  lakeFormat: {
    variable: "TICKHOUSE_LAKE_FORMAT",
    schema: choice("parquet", "ndjson"),
    default: "parquet",
    meaning: "Format of raw objects: parquet (zstd) or ndjson (gzip).",
  },
  lakeRollRows: {
    variable: "TICKHOUSE_LAKE_ROLL_ROWS",
    schema: count(1, 10_000_000),
    default: "75000",
    meaning: "Rows after which raw objects are written.",
  },
  lakeRollSeconds: {
    variable: "TICKHOUSE_LAKE_ROLL_SECONDS",
    schema: amount(0.1, 3600),
    default: "60",
    meaning: "Seconds after which raw objects are written, full or not.",
  },
  retentionHours: {
    variable: "TICKHOUSE_RETENTION_HOURS",
    schema: amount(0.01, 1e6),
    default: "168",
    meaning: "Hours for which the embedded log keeps records.",
  },
  retentionMib: {
    variable: "TICKHOUSE_RETENTION_MIB",
    schema: count(1, 1e9),
    default: "20480",
    meaning: "MiB that the embedded log takes at the most; older records are dropped.",
  },
  transformSeconds: {
    variable: "TICKHOUSE_TRANSFORM_SECONDS",
    schema: amount(0.1, 86_400),
    default: "1",
    meaning: "Seconds between builds of the models while streaming.",
  },
  memory: {
    variable: "TICKHOUSE_MEMORY",
    schema: z.string().regex(/^(\d+(MiB|GiB|MB|GB))?$/, "must be such as 2GiB"),
    default: "",
    meaning:
      "Memory that DuckDB may take; if not set, 160MiB while streaming, else most of the machine's.",
  },
  port: {
    variable: "TICKHOUSE_PORT",
    schema: z.preprocess((text) => text === "" ? undefined : text, count(0, 65_535).optional()),
    default: "",
    meaning: "Port of the dashboard on 127.0.0.1, 0 for any; if not set, the first free from 8600.",
  },
  queryToken: {
    variable: "TICKHOUSE_QUERY_TOKEN",
    schema: z.string().refine(
      (t) => t === "" || t.length >= 16,
      "must have at least 16 characters",
    ),
    default: "",
    meaning: "Token of the query endpoint; if not set, a new one at each start.",
    secret: true,
  },
} as const satisfies Record<string, Setting>;

/** The configuration: every setting by its name in the code. */
export type Config = {
  readonly [K in keyof typeof SETTINGS]: z.infer<typeof SETTINGS[K]["schema"]>;
};
