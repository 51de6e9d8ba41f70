/**
 * The layout of one object a record: objects of JSON, and manifests that make them a chain.
 * @module
 */
import { TickhouseError } from "../errors.ts";
import { sha256 } from "../sha256.ts";
import { mapInOrder } from "../store/in_order.ts";
import { checkKey } from "../store/key.ts";
import type { ObjectStore } from "../store/store.ts";
import { discard, type Spool } from "../decode/spool.ts";

/** Key of a record's object unless told otherwise. */
export const RECORD_KEY = "{topic}/{partition}/{offset}.json";
/** Objects under way at a time. */
const OBJECTS_MAX = 16;

/** A record's object, as its manifest names it. */
export interface RecordObject {
  readonly offset: number;
  readonly key: string;
  readonly sha256: string;
}

/** What a manifest says: the objects of the records of one link of the chain, by offset. */
export interface Manifest {
  /** When the records were taken, microseconds since 1970 UTC. */
  readonly ingestTimeUs: number;
  readonly records: readonly RecordObject[];
}

/**
 * Throws `CONFIG_INVALID` unless records of the topic's partitions get keys of their own from the
 * template.
 */
export function checkRecordKey(template: string, topic: string, partitions: number): void {
  const invalid = (what: string, fix: string, cause?: unknown) =>
    new TickhouseError("CONFIG_INVALID", what, {
      field: "TICKHOUSE_LAKE_RECORD_KEY",
      value: template,
      fix,
      cause,
    });
  if (!template.includes("{offset}")) {
    throw invalid("records would share a key", "put {offset} into it");
  }
  if (partitions > 1 && !template.includes("{partition}")) {
    const what = `records of ${topic}'s ${partitions} partitions would share keys`;
    throw invalid(what, "put {partition} into it, or make the topic with one partition");
  }
  try {
    checkKey(recordKey(template, topic, 0, 0));
  } catch (cause) {
    throw invalid("is no key", "use {topic}, {partition}, {offset}, letters and . _ = - /", cause);
  }
}

/** The key of a record's object. */
export function recordKey(
  template: string,
  topic: string,
  partition: number,
  offset: number,
): string {
  return template.replaceAll("{topic}", topic).replaceAll("{partition}", String(partition))
    .replaceAll("{offset}", String(offset));
}

/**
 * Writes the records' objects. Their content follows from the records alone, so those that a killed
 * or a second writer left are the same and stay. Throws `RECORD_KEY_TAKEN` where one is not.
 */
export async function writeRecords(
  store: ObjectStore,
  spool: Spool,
  records: Iterable<{ offset: number; key: string; bytes: Uint8Array<ArrayBuffer> }>,
): Promise<RecordObject[]> {
  const written = mapInOrder(records, OBJECTS_MAX, async ({ offset, key, bytes }) => {
    const path = spool.write([bytes], "json");
    try {
      const object = { offset, key, sha256: await sha256(bytes) };
      if (!await store.createFromFile(key, path, {})) await checkSame(store, spool, object);
      return object;
    } finally {
      discard(path);
    }
  });
  return await Array.fromAsync(written);
}

/** The manifest as text, a record a line. */
export function manifestText({ ingestTimeUs, records }: Manifest): string {
  const lines = records.map((record) => `\n${JSON.stringify(record)}`).join(",");
  return `{"ingestTimeUs":${ingestTimeUs},"records":[${lines}\n]}\n`;
}

/** The contents of the objects that a manifest names. Throws `OBJECT_MISSING`, `OBJECT_DAMAGED`. */
export async function readRecords(
  store: ObjectStore,
  spool: Spool,
  { records }: Manifest,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const read = mapInOrder(records, OBJECTS_MAX, async (record) => {
    const bytes = await contentOf(store, spool, record.key);
    if (await sha256(bytes) === record.sha256) return bytes;
    throw new TickhouseError("OBJECT_DAMAGED", "its checksum differs: it is not what was written", {
      field: "object",
      value: record.key,
      fix: "restore it from a copy",
    });
  });
  return await Array.fromAsync(read);
}

async function checkSame(store: ObjectStore, spool: Spool, record: RecordObject): Promise<void> {
  if (await sha256(await contentOf(store, spool, record.key)) === record.sha256) return;
  throw new TickhouseError("RECORD_KEY_TAKEN", "the key holds another record", {
    field: "object",
    value: record.key,
    fix: "give each topic keys of its own by TICKHOUSE_LAKE_RECORD_KEY or TICKHOUSE_LAKE_PREFIX",
  });
}

async function contentOf(
  store: ObjectStore,
  spool: Spool,
  key: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const path = spool.path("json");
  try {
    await store.download(key, path);
    return await Deno.readFile(path);
  } finally {
    discard(path);
  }
}
