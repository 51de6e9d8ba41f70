/** kafkajs as a peer: able to read what others compressed. @module */
import type { Buffer } from "node:buffer";
import { compressionsAlgorithms } from "@platformatic/kafka";
import kafkajs from "kafkajs";

/** The library; it brings gzip alone. */
export function loadKafkajs(): typeof kafkajs {
  const { CompressionTypes, CompressionCodecs } = kafkajs;
  const { compressSync, decompressSync } = compressionsAlgorithms.lz4;
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: (encoder: { buffer: Buffer }) => Promise.resolve(compressSync(encoder.buffer)),
    decompress: (bytes: Buffer) => Promise.resolve(decompressSync(bytes)),
  });
  return kafkajs;
}
