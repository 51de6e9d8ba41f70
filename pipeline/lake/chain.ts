/**
 * Reading the chains of a lake: what its objects cover, and where they end.
 * @module
 */
import { mapInOrder } from "../store/in_order.ts";
import type { ObjectStore } from "../store/store.ts";
import { type Link, parseLink } from "./layout.ts";
import { lakeLog } from "./log.ts";

/** Objects whose metadata is asked for at a time. */
const HEADS_MAX = 16;

/** Where a partition's chain ends; one without objects ends where the log began. */
export interface Tail {
  readonly nextOffset: number;
  /** Day of the last object; empty if there is none. */
  readonly date: string;
}

/** The chain's objects of a topic, by day, partition and offset. Reads the metadata of each. */
export async function* chainOf(store: ObjectStore, topic: string): AsyncIterable<Link> {
  const keys = store.list(`${topic}/date=`);
  for await (const object of mapInOrder(keys, HEADS_MAX, (key) => store.head(key))) {
    const link = object && parseLink(object);
    if (link) yield link;
  }
}

/** Where the chain of a partition ends: the offset the next object starts at. */
export async function lakePosition(
  store: ObjectStore,
  topic: string,
  partition: number,
): Promise<number> {
  return (await findTail(store, topic, partition)).nextOffset;
}

/** Days along a chain never fall, so the last object of the last day is the end of the chain. */
export async function findTail(
  store: ObjectStore,
  topic: string,
  partition: number,
): Promise<Tail> {
  const days = (await store.folders(`${topic}/`)).filter((name) => name.startsWith("date="));
  for (const day of days.reverse()) {
    const keys = await Array.fromAsync(store.list(`${topic}/${day}/partition=${partition}/`));
    for (const key of keys.reverse()) {
      const object = await store.head(key);
      const link = object && parseLink(object);
      if (link) return { nextOffset: link.nextOffset, date: link.date };
    }
  }
  const log = await lakeLog(store, topic);
  return { nextOffset: log?.beginnings[partition] ?? 0, date: "" };
}
