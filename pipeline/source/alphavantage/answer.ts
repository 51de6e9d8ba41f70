/** What Alpha Vantage answers. @module */
import { z } from "zod";
import type { HttpAnswer } from "../../http.ts";
import { beginningOf, judgedByStatus, type Judgement } from "../../provider/verdict.ts";
import { judgedBySaying } from "./sayings.ts";

/** Fields under which it says why there are no data, the plainest first. */
const SAYS = ["Error Message", "Information", "Note"] as const;
const META = z.record(z.string(), z.unknown());

/** A series, its rows not looked at yet. */
export interface SeriesAnswer {
  /** Of the head, by what they are called without their number, such as `Time Zone`. */
  readonly head: ReadonlyMap<string, string>;
  /** As they came, newest first: when, and what. */
  readonly rows: readonly (readonly [at: string, cells: unknown])[];
}

/** A parsed answer, or what is wrong with it. */
export type Parsed = SeriesAnswer | { readonly fault: string };

/** Reads the body; `name` is that of the series, such as `Time Series (Daily)`. */
export function parseSeries(text: string, name: string): Parsed {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { fault: `it is no JSON: ${beginningOf(text)}` };
  }
  if (!isObject(json)) return { fault: `it is no object: ${beginningOf(text)}` };
  if (Object.keys(json).length === 0) return { fault: "it is {}: neither data nor a reason" };
  const meta = META.safeParse(json["Meta Data"]);
  if (!meta.success) return { fault: `Meta Data is missing: ${beginningOf(text)}` };
  // Its rows are looked at one by one: what is wrong with one is no fault of the others.
  const series = Object.hasOwn(json, name) ? json[name] : undefined;
  if (!isObject(series)) {
    return { fault: `${name} is missing among ${beginningOf(Object.keys(json).join(", "))}` };
  }
  const head = Object.entries(meta.data).flatMap(([key, value]) =>
    typeof value === "string" ? [[key.replace(/^\d+\. /, ""), value] as const] : []
  );
  return { head: new Map(head), rows: Object.entries(series) };
}

/** What an answer means: limits, premium and bad calls have status 200. */
export function judgeAlphaVantage(answer: HttpAnswer): Judgement {
  const verdict = judgedByStatus(answer);
  const says = saidIn(answer.text);
  if (says === undefined) return { verdict };
  return verdict === "fine" ? judgedBySaying(says) : { verdict, says: beginningOf(says) };
}

/** What is said in place of data; undefined where there are data, or nothing is said. */
function saidIn(text: string): string | undefined {
  // A whole series need not be read twice: what is said is short.
  if (text.length > SAID_CHARS_MAX || !text.trimStart().startsWith("{")) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined; // `parseSeries` says so.
  }
  if (!isObject(json) || Object.hasOwn(json, "Meta Data")) return undefined;
  for (const field of SAYS) {
    const says = Object.hasOwn(json, field) ? json[field] : undefined;
    if (typeof says === "string") return says;
  }
  return undefined;
}

const SAID_CHARS_MAX = 20_000;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
