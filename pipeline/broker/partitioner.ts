const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const encoder = new TextEncoder();

/**
 * The partition of a key: Kafka's default, murmur2 of the UTF-8 bytes, so that a key sits in the
 * same partition whichever broker and client wrote it.
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(encoder.encode(key)) & 0x7fffffff) % partitions;
}

function murmur2(data: Uint8Array): number {
  const whole = data.length & ~3;
  let h = SEED ^ data.length;
  for (let i = 0; i < whole; i += 4) {
    const k = Math.imul(little(data, i), M);
    h = Math.imul(h, M) ^ Math.imul(k ^ (k >>> 24), M);
  }
  if (data.length > whole) {
    h ^= tail(data, whole);
    h = Math.imul(h, M);
  }
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}

function little(data: Uint8Array, at: number): number {
  return (data[at] ?? 0) | (data[at + 1] ?? 0) << 8 | (data[at + 2] ?? 0) << 16 |
    (data[at + 3] ?? 0) << 24;
}

function tail(data: Uint8Array, from: number): number {
  let value = 0;
  for (let i = data.length - 1; i >= from; i--) value = (value << 8) | (data[i] ?? 0);
  return value;
}
