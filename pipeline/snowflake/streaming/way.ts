/**
 * Snowpipe Streaming as a way into Snowflake. Experimental: nobody has run it with an account yet.
 * @module
 */
import type { Dataset } from "../../datasets/dataset.ts";
import type { EndContext } from "../../ends/end.ts";
import { nowhere } from "../../ends/target.ts";
import type { DeadLetterQueue } from "../../sink/sink.ts";
import { warehouseSide } from "../../warehouse/side.ts";
import type { OwnWay } from "../end.ts";
import { snowflakeOptions } from "../open.ts";
import type { SnowflakeWarehouse } from "../warehouse.ts";
import { StreamingSink } from "./streaming_sink.ts";

/** By channels, which keep the positions. */
export const streamingWay: OwnWay = {
  open: (context, warehouse) => {
    const { snowflakeRollRows: rows, snowflakeRollSeconds: seconds } = context.config;
    return Promise.resolve({
      ...watched(context, warehouse),
      policy: { minRecords: rows, maxRecords: rows, maxWaitMs: seconds * 1000 },
      sink: (dataset: Dataset) => openSink(context, dataset, context.deadLetters),
    });
  },
  compare: watched,
};

/** Positions as the channels say, asked by sinks of their own that write nothing. */
function watched(context: EndContext, warehouse: SnowflakeWarehouse) {
  const query = warehouse.query.bind(warehouse);
  const watching = new Map<string, Promise<StreamingSink>>();
  const position = async (topic: string, partition: number) => {
    const dataset = context.datasets.find((one) => one.topic === topic);
    if (!dataset) return 0;
    const known = watching.get(topic) ?? openSink(context, dataset, nowhere);
    watching.set(topic, known);
    return await (await known).position(topic, partition);
  };
  return {
    position,
    side: warehouseSide({ query, position }, "snowflake"),
    [Symbol.asyncDispose]: async () => {
      await using stack = new AsyncDisposableStack();
      // One that did not open was reported when it was asked.
      for (const opened of await Promise.allSettled(watching.values())) {
        if (opened.status === "fulfilled") stack.use(opened.value);
      }
    },
  };
}

async function openSink(
  { config, codec }: EndContext,
  dataset: Dataset,
  deadLetters: DeadLetterQueue,
): Promise<StreamingSink> {
  return await StreamingSink.open({
    snowflake: snowflakeOptions(config),
    dataset,
    codec,
    deadLetters,
  });
}
