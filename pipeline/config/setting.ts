/** What settings are made of. @module */
import { z } from "zod";
import { topicsFault } from "../datasets/topics.ts";

/** One setting: an environment variable. */
export interface Setting {
  /** Name in the environment. */
  readonly variable: string;
  /** @ignore */
  readonly schema: z.ZodType;
  /** As text, as it would stand in the environment. Empty: not set. */
  readonly default: string;
  /** What it does, as a sentence. */
  readonly meaning: string;
  /** Never shown. Default: false. */
  readonly secret?: boolean;
}

/** In decimal digits: what JavaScript takes for a number besides, such as "0x10", is a slip. */
const decimal = z.string().trim().regex(/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i, "must be a number")
  .transform(Number);
/** A whole number. */
export const count = (min: number, max: number) =>
  decimal.pipe(
    z.number("must be a number").int("must be a whole number")
      .min(min, `must be at least ${min}`).max(max, `must be at most ${max}`),
  );
/** A number. */
export const amount = (min: number, max: number) =>
  decimal.pipe(
    z.number("must be a number").min(min, `must be at least ${min}`)
      .max(max, `must be at most ${max}`),
  );
/** One of some words. */
export const choice = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, `must be one of ${values.join(", ")}`);

/** Any text. */
export const anyText = z.string();
/** Empty for not set. */
export const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => value === "" ? undefined : value, schema.optional());
/** Parts, separated. */
export const list = (separator: string) => (value: string) =>
  value.split(separator).map((part) => part.trim()).filter(Boolean);
/** Topics by dataset. */
export const pairs = z.string().transform(list(",")).refine(
  (parts) => parts.every((part) => TOPIC_PAIR.test(part)),
  "must be pairs such as index_bars=market_data, separated by commas",
).transform((parts) =>
  parts.map((part): [string, string] => {
    const [name = "", topic = ""] = part.split("=");
    return [name, topic];
  })
).superRefine((parts, context) => {
  const fault = topicsFault(parts);
  if (fault) context.addIssue({ code: "custom", message: fault });
}).transform((parts): Readonly<Record<string, string>> => Object.fromEntries(parts));
/** Hosts with ports. */
export const hosts = z.string().transform(list(",")).refine(
  (parts) => parts.every((part) => isPort(/^[A-Za-z0-9.:[\]_-]+:(\d{1,5})$/.exec(part)?.[1])),
  "must be host:port, several separated by commas",
);
/** An HTTP address, or empty. What follows ? or # would be lost, or come before the path. */
export const url = z.string().refine(
  (value) => value === "" || isAddress(value),
  "must be such as https://host:port, without ? and #",
);
/** What a name of others is made of, which becomes a part of addresses; or empty. */
export const nameOf = (allowed: RegExp, what: string) =>
  z.string().regex(allowed, `must be ${what}`);
/** yes or no. */
export const yes = z.enum(["yes", "no"], "must be yes or no").transform((value) => value === "yes");

/** A dataset and its topic, whose dead letters' must fit into the 249 characters that Kafka takes. */
const TOPIC_PAIR = /^[^=]+=(?!\.{1,2}$)[A-Za-z0-9._-]{1,244}$/;

function isPort(text: string | undefined): boolean {
  return text !== undefined && Number(text) >= 1 && Number(text) <= 65_535;
}

function isAddress(text: string): boolean {
  return /^https?:\/\/[^\s?#]+$/.test(text) && (URL.parse(text)?.hostname ?? "") !== "";
}
