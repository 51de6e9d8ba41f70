/**
 * Headers, which librdkafka takes and gives record by record. Only dead letters have any.
 * @module
 */
import type { Headers } from "../batch.ts";
import type { Addressed } from "./kafka_producer.ts";
import { addressOf, cString, type Librdkafka, textAt } from "./rdkafka_library.ts";

/** Bytes of an argument, the type of which goes before its value. */
const ARGUMENT_BYTES = 72;
/** Types of arguments. */
const TYPE = {
  topic: 2,
  partition: 3,
  value: 4,
  key: 5,
  opaque: 6,
  flags: 7,
  headers: 10,
} as const;
const COPY = 2n;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Appends value `index` of the record with its headers. Returns the error number, 0 for none. */
export function produceWithHeaders(
  library: Librdkafka,
  client: bigint,
  topic: bigint,
  { key, partition, values, headers = {} }: Addressed,
  index: number,
  opaque: number,
): number {
  const list = library.rd_kafka_headers_new(BigInt(Object.keys(headers).length));
  for (const [name, text] of Object.entries(headers)) {
    const value = withRoom(encoder.encode(text));
    library.rd_kafka_header_add(list, cString(name), -1n, value, BigInt(value.length - 1));
  }
  const value = withRoom(values.at(index));
  const keyBytes = withRoom(encoder.encode(key));
  const given: readonly (readonly [number, bigint, bigint?])[] = [
    [TYPE.topic, topic],
    [TYPE.partition, BigInt(partition)],
    [TYPE.value, addressOf(value), BigInt(value.length - 1)],
    [TYPE.key, addressOf(keyBytes), BigInt(keyBytes.length - 1)],
    [TYPE.opaque, BigInt(opaque)],
    [TYPE.flags, COPY],
    [TYPE.headers, list],
  ];
  const bytes = new Uint8Array(given.length * ARGUMENT_BYTES);
  const view = new DataView(bytes.buffer);
  given.forEach(([type, first, second = 0n], i) => {
    view.setUint32(i * ARGUMENT_BYTES, type, true);
    view.setBigUint64(i * ARGUMENT_BYTES + 8, first, true);
    view.setBigUint64(i * ARGUMENT_BYTES + 16, second, true);
  });
  const error = library.rd_kafka_produceva(client, bytes, BigInt(given.length));
  if (error === 0n) return 0; // The list is the library's now.
  library.rd_kafka_headers_destroy(list);
  const code = library.rd_kafka_error_code(error);
  library.rd_kafka_error_destroy(error);
  return code;
}

/** The headers of a message that was read; undefined if it has none. */
export function headersOf(library: Librdkafka, message: bigint): Headers | undefined {
  // Written by the library: address of a name, address of a value, its length; and the list's.
  const words = new BigUint64Array(4);
  const out = (index: number) => new Uint8Array(words.buffer, 8 * index, 8);
  const [name, value, length, list] = [out(0), out(1), out(2), out(3)];
  if (library.rd_kafka_message_headers(message, list) !== 0) return undefined;
  const found: Record<string, string> = {};
  for (let i = 0n;; i++) {
    const at = words[3] ?? 0n;
    if (library.rd_kafka_header_get_all(at, i, name, value, length) !== 0) return found;
    const bytes = Deno.UnsafePointer.create(words[1] ?? 0n);
    const count = Number(words[2]);
    found[textAt(words[0] ?? 0n)] = bytes && count > 0
      ? decoder.decode(Deno.UnsafePointerView.getArrayBuffer(bytes, count))
      : "";
  }
}

/** Never empty: a null pointer would be no value instead of an empty one. */
function withRoom(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const wider = new Uint8Array(bytes.length + 1);
  wider.set(bytes);
  return wider;
}
