/** What went wrong at a provider. @module */
import type { ErrorCode } from "../error_codes.ts";
import { type Details, TickhouseError } from "../errors.ts";

/** Why nothing came, as the gap ledger names it. */
export type FailureReason = "quota" | "unknown_symbol" | "no_access" | "provider_error";

/** What a provider's error says besides. */
export interface ProviderDetails extends Details {
  readonly reason: FailureReason;
  /** When it may be asked again, milliseconds since 1970, where that is known. */
  readonly againMs?: number;
}

/** A provider did not give what it was asked for. Its `reason` is that of the gap that this leaves. */
export class ProviderError extends TickhouseError {
  readonly reason: FailureReason;
  /** When it may be asked again, milliseconds since 1970; undefined where that is not known. */
  readonly againMs: number | undefined;

  constructor(code: ErrorCode, what: string, { reason, againMs, ...details }: ProviderDetails) {
    super(code, what, details);
    this.reason = reason;
    this.againMs = againMs;
  }
}
