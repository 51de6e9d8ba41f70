/** Payloads as JSON can hold them, byte for byte. @module */

/** A payload in JSON. */
export interface Payload {
  /** Null where the letter does not hold it: it was left at its offset. */
  readonly payload: string | null;
  /** How the text stands for the bytes. */
  readonly encoding: "utf-8" | "base64";
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The payload as text where it is UTF-8, else as base64. */
export function payloadOf(value: Uint8Array<ArrayBuffer> | undefined): Payload {
  if (value === undefined) return { payload: null, encoding: "utf-8" };
  try {
    return { payload: UTF8.decode(value), encoding: "utf-8" };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { payload: value.toBase64(), encoding: "base64" };
  }
}
