/**
 * Random numbers by place: whoever knows seed and place gets the number, without those before it.
 * @module
 */
import { Random } from "tickhouse/source/simulator/random.ts";

/** A whole number of 32 bits that stands for the text. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return mix(hash, text.length);
}

/** One whole number of 32 bits out of several. */
export function mix(...parts: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    hash = Math.imul(hash ^ (part | 0), 0x85ebca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/** Uniform in [0, 1). */
export function uniformAt(...place: readonly number[]): number {
  return mix(...place) / 2 ** 32;
}

/** Standard normal. */
export function normalAt(...place: readonly number[]): number {
  const first = 1 - uniformAt(...place, 1);
  return Math.sqrt(-2 * Math.log(first)) * Math.cos(2 * Math.PI * uniformAt(...place, 2));
}

/** A generator for what lies at a place. */
export function randomAt(...place: readonly number[]): Random {
  const hash = mix(...place);
  const random = new Random([hash | 0, mix(hash, 1) | 0, mix(hash, 2) | 0, 1]);
  for (let i = 0; i < 4; i++) random.next();
  return random;
}
