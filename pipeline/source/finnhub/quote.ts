/** A quote as Finnhub answers it. @module */
import { z } from "zod";
import { quotes } from "../../datasets/quotes.ts";
import { problemsOf } from "../../datasets/zod.ts";
import { valueText } from "../../provider/answer.ts";
import type { ProviderAnswer, ProviderClient } from "../../provider/client.ts";
import { numberText, timeMs } from "./value.ts";

const FIELDS = ["c", "d", "dp", "h", "l", "o", "pc", "t"] as const;

/** Each field is looked at by itself, so that an error names it. */
const QUOTE = z.looseObject(
  Object.fromEntries(FIELDS.map((name) => [name, z.unknown().optional()])),
);

/** Asks for the quote of a symbol. Throws what the client throws. */
export async function askQuote(
  client: ProviderClient,
  symbol: string,
  signal?: AbortSignal,
): Promise<ProviderAnswer> {
  const query = { symbol };
  return await client.get({ path: ["quote"], query, symbol, ...(signal ? { signal } : {}) });
}

/** An answer, read. */
export type QuoteRead =
  /** The figures, as text of a JSON object without braces; equal quotes have equal ones. */
  | { readonly kind: "quote"; readonly figures: string }
  /** All zeros: what Finnhub says of a symbol that it does not know. */
  | { readonly kind: "unknown" }
  | { readonly kind: "fault"; readonly fault: string };

/** Zero means that there is none yet. */
const ZERO_IS_NONE = ["h", "l", "o", "pc"] as const;
const MAY_BE_NULL = ["d", "dp"] as const;

/** Reads an answer of /quote. */
export function readQuote(symbol: string, json: unknown): QuoteRead {
  const fault = (what: string): QuoteRead => (
    { kind: "fault", fault: `finnhub ${symbol}: ${what}` }
  );
  const parsed = QUOTE.safeParse(json);
  if (!parsed.success) return fault(`the answer is ${valueText(json)}: no quote`);
  const quote = parsed.data;
  if (["c", "h", "l", "o", "pc", "t"].every((name) => quote[name] === 0)) {
    return { kind: "unknown" };
  }
  const parts: string[] = [];
  const row: Record<string, unknown> = { symbol, source: "finnhub" };
  for (const name of ["c", ...MAY_BE_NULL, ...ZERO_IS_NONE] as const) {
    const value = quote[name];
    const mayBeLeftOut = MAY_BE_NULL.some((one) => one === name);
    const isNone = value === null || value === undefined && mayBeLeftOut ||
      value === 0 && ZERO_IS_NONE.some((one) => one === name);
    const text = isNone ? "null" : typeof value === "number" ? numberOf(name, value) : undefined;
    if (text === undefined) return fault(`${name} is ${valueText(value)}: no number`);
    parts.push(`"${name}":${text}`);
    row[name] = isNone ? null : Number(text);
  }
  const at = timeMs(quote["t"]);
  if (at === undefined) {
    return fault(`t is ${valueText(quote["t"])}: no time in seconds or milliseconds`);
  }
  row["t"] = Math.floor(at / 1000);
  const problems = problemsOf(quotes, row);
  if (problems) return fault(problems.join("; "));
  return { kind: "quote", figures: `${parts.join(",")},"t":${row["t"]}` };
}

/** Changes are calculated: they are rounded to what the column holds. */
function numberOf(name: string, value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  const isChange = name === "d" || name === "dp";
  return numberText(isChange && Math.abs(value) < 1e12 ? Number(value.toFixed(8)) : value);
}

/** The record, as the log has it. */
export function quoteLine(symbol: string, figures: string, receivedUs: number): string {
  return `{"symbol":${JSON.stringify(symbol)},${figures},"source":"finnhub",` +
    `"receive_time":${receivedUs}}`;
}
