/**
 * Which log the objects of a topic are from, and where its partitions began when it was claimed.
 * @module
 */
import type { ObjectStore } from "../store/store.ts";

/** What the mark of a topic says. */
export interface LakeLog {
  /** `TopicInfo.id`. */
  readonly id: string;
  /** Where each chain begins, by partition; 0 where left out. */
  readonly beginnings: readonly number[];
}

/** The key of the mark that binds the topic's objects to one log, named in its metadata. */
export function logKey(topic: string): string {
  return `${topic}/_log.json`;
}

/** The metadata of the mark: the rest is in its content, for which metadata may be too small. */
export function logMetadata({ id, beginnings }: LakeLog): Record<string, string> {
  return beginnings.some((offset) => offset > 0) ? { id, beginnings: "content" } : { id };
}

/** What the mark says; undefined for a topic that was never claimed. */
export async function lakeLog(store: ObjectStore, topic: string): Promise<LakeLog | undefined> {
  const mark = await store.head(logKey(topic));
  if (!mark) return undefined;
  const { id = "", beginnings } = mark.metadata;
  if (beginnings === undefined) return { id, beginnings: [] };
  const folder = await Deno.makeTempDir({ prefix: "tickhouse-" });
  try {
    const path = `${folder}/log.json`;
    await store.download(mark.key, path);
    return JSON.parse(await Deno.readTextFile(path)) as LakeLog;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The log as one who loads the chains takes it: a chain that was begun before the claim is whole. */
export function beginningsOf(
  log: LakeLog | undefined,
  chains: readonly { readonly partition: number; readonly startOffset: number }[],
): LakeLog | undefined {
  if (!log) return undefined;
  const beginnings = [...log.beginnings];
  for (const { partition, startOffset } of chains) {
    beginnings[partition] = Math.min(beginnings[partition] ?? 0, startOffset);
  }
  return { ...log, beginnings: Array.from(beginnings, (offset) => offset ?? 0) };
}
