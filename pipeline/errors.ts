/**
 * The one family of errors: a stable code, whether trying again can help, and how to fix it.
 * @module
 */

import type { ErrorCode } from "./error_codes.ts";
import { redacted } from "./shown.ts";

/** Whether a retry can help (`transient`) or the cause must be fixed first (`terminal`). */
export type Kind = "terminal" | "transient";

/** What an error says besides its message. */
export interface Details {
  /** The option, column or file at fault. */
  readonly field?: string;
  /** The value found there; never a secret. */
  readonly value?: unknown;
  /** What the reader does about it, as a sentence. */
  readonly fix?: string;
  /** Default: `terminal`. */
  readonly kind?: Kind;
  /** The error underneath. */
  readonly cause?: unknown;
}

/** An error a person can act on: `message` names the field, the value and the fix; no secret. */
export class TickhouseError extends Error {
  /** Tells the family apart where classes can't be compared. */
  override readonly name = "TickhouseError";
  /** Stable and greppable, such as `CONFIG_INVALID`. */
  readonly code: ErrorCode;
  /** Whether a retry can help. */
  readonly kind: Kind;
  /** The field at fault, if one is. */
  readonly field: string | undefined;
  /** What is wrong, with field and value: the message without what to do. */
  readonly what: string;
  /** What to do about it. */
  readonly fix: string | undefined;

  /** Composes the message out of all parts. */
  constructor(code: ErrorCode, what: string, details: Details = {}) {
    const said = describe(what, details);
    const fix = details.fix === undefined ? undefined : redacted(details.fix);
    super(fix === undefined ? said : `${said}. ${upperFirst(fix)}.`, { cause: details.cause });
    this.code = code;
    this.kind = details.kind ?? "terminal";
    this.field = details.field;
    this.what = said;
    this.fix = fix;
  }
}

/** A sink was asked to write a batch that does not start at its position: ask the position again. */
export class PositionConflict extends TickhouseError {
  /** Where the sink stands: the offset the next batch must start at. */
  readonly position: number;

  constructor(sink: string, topic: string, partition: number, offered: number, position: number) {
    super(
      "POSITION_CONFLICT",
      `${sink} stands at ${topic}/${partition} offset ${position}, the batch starts at ${offered}`,
      { kind: "transient", fix: "ask the sink for its position and read from there" },
    );
    this.position = position;
  }
}

/** The topic was deleted and created again: the offsets that the sink holds mean other records. */
export function logReplaced(sink: string, topic: string): TickhouseError {
  return new TickhouseError(
    "LOG_REPLACED",
    `the topic was recreated since ${sink} began: its offsets are other records`,
    { field: "topic", value: topic, fix: `use a new ${sink}, or another topic name` },
  );
}

/** True for an error that a retry may cure. */
export function isTransient(error: unknown): boolean {
  return error instanceof TickhouseError && error.kind === "transient";
}

/** Whether it is an error of tickhouse with one of the codes. */
export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): error is TickhouseError {
  return error instanceof TickhouseError && codes.includes(error.code);
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function describe(what: string, { field, value }: Details): string {
  const found = value === undefined ? "" : ` is ${quote(value)}`;
  const where = field === undefined ? "" : `${field}${found}: `;
  return redacted(`${where}${what}`);
}

function quote(value: unknown): string {
  // Before it is cut: a part of a secret is not known for one.
  const text = typeof value === "string" ? JSON.stringify(redacted(value)) : String(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
