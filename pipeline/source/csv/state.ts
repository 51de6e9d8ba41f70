/** How far a file was read, kept in the commit of its records. @module */
import { TickhouseError } from "../../errors.ts";
import type { Place } from "./lines.ts";

/** How far a file was read, and as what. */
export interface FileState extends Place {
  /** Whether the place is the end of a text that does not end in a line break. */
  readonly endsInLine: boolean;
  /** SHA-256 of the text before the place, hexadecimal: the whole of it decides whether it changed. */
  readonly sha256: string;
  /** Short form of the options. */
  readonly how: string;
  /** The options for people. */
  readonly options: string;
  /** Records accepted so far. */
  readonly accepted: number;
}

/** The state; undefined where what was read was taken back. Throws `CSV_STATE_INVALID`. */
export function parseState(state: string): FileState | undefined {
  let found: unknown;
  try {
    found = JSON.parse(state);
  } catch (cause) {
    throw stateError(state, cause);
  }
  if (typeof found !== "object" || found === null) throw stateError(state);
  if ("withdrawn" in found) return undefined;
  const { sha256, how, options, line, byte, accepted } = found as Partial<FileState>;
  const counts = [line, byte, accepted];
  if (
    typeof sha256 === "string" && typeof how === "string" && typeof options === "string" &&
    counts.every(Number.isSafeInteger)
  ) return found as FileState;
  throw stateError(state);
}

function stateError(state: string, cause?: unknown): TickhouseError {
  return new TickhouseError("CSV_STATE_INVALID", "this is no state of a CSV source", {
    field: "state",
    value: state,
    fix: "read the file from its start: --again",
    cause,
  });
}
