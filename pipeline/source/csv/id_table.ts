/** Numbers by text, for millions of texts in memory of a known size. @module */

const SLOTS_MIN = 1 << 10;
/** Filled further than that, a search takes long. */
const LOAD_MAX = 0.75;

/** Two numbers of 32 bits. */
export interface Remembered {
  readonly a: number;
  readonly b: number;
}

/** One table: an open one of hashes of 64 bits, whose texts are not kept. */
class Generation {
  count = 0;
  #slots = new Uint32Array(SLOTS_MIN * 4);
  #mask = SLOTS_MIN - 1;

  get(low: number, high: number): Remembered | undefined {
    const at = this.#find(low, high);
    const slots = this.#slots;
    if (slots[at + 1] === 0) return undefined;
    return { a: slots[at + 2] as number, b: slots[at + 3] as number };
  }

  set(low: number, high: number, a: number, b: number): void {
    if (this.count + 1 > (this.#mask + 1) * LOAD_MAX) this.#grow();
    const at = this.#find(low, high);
    if (this.#slots[at + 1] === 0) this.count++;
    this.#slots[at] = low;
    this.#slots[at + 1] = high;
    this.#slots[at + 2] = a;
    this.#slots[at + 3] = b;
  }

  /** Where the hash stands, or is to stand. */
  #find(low: number, high: number): number {
    const slots = this.#slots;
    for (let slot = low & this.#mask;; slot = (slot + 1) & this.#mask) {
      const at = slot * 4;
      if (slots[at + 1] === 0 || slots[at] === low && slots[at + 1] === high) return at;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    this.#mask = this.#slots.length / 4 - 1;
    for (let from = 0; from < old.length; from += 4) {
      if (old[from + 1] === 0) continue;
      this.#slots.set(
        old.subarray(from, from + 4),
        this.#find(old[from] as number, old[from + 1] as number),
      );
    }
  }
}

/**
 * Remembers at least the last `max` texts, and at most twice as many: 16 bytes for each, and up to
 * as many again that are free. Two texts in some 10^19 are taken for one.
 */
export class IdTable {
  /** Whether some were forgotten. */
  forgetful = false;
  readonly #max: number;
  #young = new Generation();
  #old: Generation | undefined;
  #hashed = "";
  #hashes = hash("");

  /** With a limit of its own for tests. */
  constructor(max: number) {
    this.#max = max;
  }

  /** What was set for the text last; undefined if nothing was, or it is forgotten. */
  get(text: string): Remembered | undefined {
    const [low, high] = this.#hash(text);
    return this.#young.get(low, high) ?? this.#old?.get(low, high);
  }

  /** Sets two numbers of 32 bits, without a sign. */
  set(text: string, a: number, b = 0): void {
    if (this.#young.count >= this.#max) {
      this.forgetful = this.#old !== undefined;
      this.#old = this.#young;
      this.#young = new Generation();
    }
    const [low, high] = this.#hash(text);
    this.#young.set(low, high, a, b);
  }

  /** What was asked for is set next, as a rule. */
  #hash(text: string): readonly [number, number] {
    if (text !== this.#hashed) [this.#hashed, this.#hashes] = [text, hash(text)];
    return this.#hashes;
  }
}

/** 32 bits of a text. */
export function hash32(text: string): number {
  return hash(text)[0];
}

/** 64 bits of a text, the second half never 0: two multiplicative hashes that are mixed. */
function hash(text: string): readonly [number, number] {
  let [one, two] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    one = Math.imul(one ^ code, 2654435761);
    two = Math.imul(two ^ code, 1597334677);
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909);
  two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
  return [one >>> 0, (two >>> 0) || 1];
}
