/** Different keys kept at the most. */
const SLOTS = 4096;
/** Longer keys are decoded each time. */
const LENGTH_MAX = 64;
const decoder = new TextDecoder();

/** Texts of keys, each decoded once: a market has few symbols and many ticks. */
export class KeyTexts {
  readonly #slots: (string | undefined)[] = new Array(SLOTS);
  readonly #bytes: (Uint8Array | undefined)[] = new Array(SLOTS);

  /** The UTF-8 text in `source` from `start` up to `end`. */
  of(source: Uint8Array, start: number, end: number): string {
    if (end - start > LENGTH_MAX) return decoder.decode(source.subarray(start, end));
    let hash = end - start;
    for (let i = start; i < end; i++) hash = Math.imul(hash, 31) + (source[i] ?? 0);
    const slot = (hash ^ hash >>> 12) & (SLOTS - 1);
    const known = this.#slots[slot];
    if (known !== undefined && this.#isSame(slot, source, start, end)) return known;
    const bytes = source.slice(start, end);
    const text = decoder.decode(bytes);
    this.#slots[slot] = text;
    this.#bytes[slot] = bytes;
    return text;
  }

  #isSame(slot: number, source: Uint8Array, start: number, end: number): boolean {
    const bytes = this.#bytes[slot];
    if (!bytes || bytes.length !== end - start) return false;
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] !== source[start + i]) return false;
    }
    return true;
  }
}
