/** What is said of an answer that is not as documented. @module */
import type { z } from "zod";

/** The value that stood there, short. */
export function valueText(value: unknown): string {
  const text = value === undefined ? "missing" : JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Where it is not as documented, and how. */
export function shapeText({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "is not as documented"}`;
}
