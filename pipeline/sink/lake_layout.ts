/**
 * How raw objects are named, and what their metadata says.
 * @module
 */
import type { Dataset } from "../datasets/dataset.ts";
import { wireName } from "../datasets/dataset.ts";
import type { ObjectInfo } from "../store/store.ts";

/** File formats of raw objects. */
export type LakeFormat = "parquet" | "ndjson";

/** What an object of the chain covers. */
export interface Link {
  readonly key: string;
  readonly partition: number;
  readonly date: string;
  readonly startOffset: number;
  /** The offset after the last one covered. */
  readonly nextOffset: number;
  readonly rows: number;
  readonly dead: number;
  readonly sha256: string;
}

/** The extension of the format's files. */
export function extensionOf(format: LakeFormat): string {
  return format === "parquet" ? "parquet" : "ndjson.gz";
}

/** `topic/date=2026-11-21/partition=3/00000000000000001234.parquet`. */
export function objectKey(
  topic: string,
  date: string,
  partition: number,
  startOffset: number,
  format: LakeFormat,
): string {
  const name = String(startOffset).padStart(20, "0");
  return `${topic}/date=${date}/partition=${partition}/${name}.${extensionOf(format)}`;
}

/** Reads a key and its metadata; undefined for an object that is not part of a chain. */
export function parseLink(object: ObjectInfo): Link | undefined {
  const match = /\/date=(\d{4}-\d\d-\d\d)\/partition=(\d+)\/(\d{20})\./.exec(object.key);
  if (!match) return undefined;
  const { metadata } = object;
  return {
    key: object.key,
    date: match[1] ?? "",
    partition: Number(match[2]),
    startOffset: Number(match[3]),
    nextOffset: Number(metadata["end"]),
    rows: Number(metadata["rows"]),
    dead: Number(metadata["dead"]),
    sha256: metadata["sha256"] ?? "",
  };
}

/** UTC day of a time in milliseconds since 1970. */
export function dayOf(timestampMs: number): string {
  return new Date(timestampMs).toISOString().slice(0, 10);
}

/** Names the columns and types of a dataset: it changes when they do. */
export async function schemaId(dataset: Dataset): Promise<string> {
  const shape = JSON.stringify(dataset.columns.map((c) => [c.name, wireName(c), c.type]));
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(shape));
  return new Uint8Array(hash).toHex().slice(0, 16);
}
