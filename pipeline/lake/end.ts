/** The lake as an end. @module */
import type { Config } from "../config/config.ts";
import type { End, OpenEnd, StreamContext } from "../ends/end.ts";
import type { ObjectStore } from "../store/store.ts";
import { lakePosition } from "./chain.ts";
import { LakeSink } from "./lake.ts";
import { lakeSide } from "./side.ts";

/** Raw objects in a folder or a bucket. */
export const lakeEnd: End = {
  name: "lake",
  spoken: "the lake",
  waitMs,
  took: { verb: "stored", where: "in the lake" },
  open: async (context) => lakeOver(await context.openStore(), context),
  probe: async ({ openStore }) => {
    await using store = await openStore();
    const folders = await store.folders("");
    return folders.length === 0 ? "empty" : `objects of ${folders.join(", ")}`;
  },
  compare: async ({ openStore }) => {
    const store = await openStore();
    return {
      side: lakeSide(store),
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    };
  },
};

/** The lake in a store that is open, which is closed with it. */
export function lakeOver(
  store: ObjectStore,
  { config, codec, deadLetters }: StreamContext,
): OpenEnd {
  const { lakeFormat: format, lakeRecordKey: recordKey, lakeRollRows: rows } = config;
  return {
    // Objects of one partition each.
    policy: { minRecords: rows, maxRecords: rows, maxWaitMs: waitMs(config), staggered: true },
    side: lakeSide(store),
    position: (topic, partition) => lakePosition(store, topic, partition),
    sink: (dataset) => LakeSink.open({ store, dataset, codec, deadLetters, format, recordKey }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

function waitMs({ lakeRollSeconds }: Config): number {
  return lakeRollSeconds * 1000;
}
