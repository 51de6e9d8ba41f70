/** What settings are made of. @module */
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

/** A whole number. */
export const count = (min: number, max: number) =>
  z.coerce.number("must be a number").int("must be a whole number")
    .min(min, `must be at least ${min}`).max(max, `must be at most ${max}`);
/** A number. */
export const amount = (min: number, max: number) =>
  z.coerce.number("must be a number").min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`);
/** One of some words. */
export const choice = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, `must be one of ${values.join(", ")}`);

/** Any text. */
export const text = z.string();
/** Empty for not set. */
export const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => value === "" ? undefined : value, schema.optional());
/** Parts, separated. */
export const list = (separator: string) => (value: string) =>
  value.split(separator).map((part) => part.trim()).filter(Boolean);
/** Topics by dataset. */
export const pairs = z.string().transform(list(",")).refine(
  (parts) => parts.every((part) => /^[^=]+=[A-Za-z0-9._-]{1,249}$/.test(part)),
  "must be pairs such as index_bars=market_data, separated by commas",
).transform((parts): Readonly<Record<string, string>> =>
  Object.fromEntries(parts.map((part) => part.split("=")))
);
/** Hosts with ports. */
export const hosts = z.string().transform(list(",")).refine(
  (parts) => parts.every((part) => /^[A-Za-z0-9.:[\]_-]+:\d{1,5}$/.test(part)),
  "must be host:port, several separated by commas",
);
/** An HTTP address, or empty. */
export const url = z.string().refine(
  (value) => value === "" || /^https?:\/\/[^\s/]+/.test(value),
  "must be such as https://host:port",
);
/** yes or no. */
export const yes = z.enum(["yes", "no"], "must be yes or no").transform((value) => value === "yes");
