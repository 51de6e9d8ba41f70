/**
 * What control requests may say.
 * @module
 */
import { z } from "zod";
import { TickhouseError } from "tickhouse/errors.ts";
import { dayOf } from "./market/calendar.ts";

const limits = z.array(z.strictObject({
  requests: z.number().int().min(0),
  perMs: z.number().positive(),
}));

/** The bodies by what they are for. */
export const BODIES = {
  none: z.strictObject({}),
  calm: z.strictObject({ name: z.string().optional() }),
  quirk: z.strictObject({
    name: z.string(),
    symbols: z.array(z.string()).optional(),
    probability: z.number().min(0).max(1).optional(),
    next: z.number().int().min(1).optional(),
    provider: z.string().optional(),
    parameters: z.record(z.string(), z.union([z.number(), z.string()])).optional(),
  }),
  clock: z.strictObject({
    at: z.union([z.number(), z.iso.datetime({ offset: true }).transform((at) => Date.parse(at))])
      .optional(),
    speed: z.number().optional(),
    advance_ms: z.number().optional(),
  }),
  limits: z.strictObject({
    preset: z.enum(["real", "none"]).optional(),
    finnhub: limits.optional(),
    yahoo: limits.optional(),
    alphavantage: limits.optional(),
  }),
  action: z.strictObject({
    symbol: z.string(),
    day: z.iso.date().transform(dayOf),
    kind: z.enum(["split", "dividend"]),
    amount: z.number().positive(),
  }),
} as const;

/** The body, checked. Throws FEED_CONTROL that names the field. */
export async function bodyOf<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  const text = await request.text();
  let body: unknown;
  try {
    body = JSON.parse(text === "" ? "{}" : text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw wrong("body", text.slice(0, 100), "send one JSON object");
  }
  const { data, error } = schema.safeParse(body);
  if (data !== undefined) return data;
  const [issue] = error?.issues ?? [];
  const field = issue?.path.join(".") || "body";
  throw wrong(field, JSON.stringify(body).slice(0, 100), issue?.message ?? "send one JSON object");
}

/** What the control endpoint does not know. */
export function wrong(field: string, value: string, fix: string): TickhouseError {
  return new TickhouseError("FEED_CONTROL", "the feeds do not know this", { field, value, fix });
}
