/** Reads a topic of others into tickhouse's own, to be killed. Argument: the log's file. @module */
import { EmbeddedBroker } from "tickhouse/broker/embedded/embedded.ts";
import { toJsonLines } from "tickhouse/codec/json.ts";
import { DATASETS } from "tickhouse/datasets/datasets.ts";
import { findMapping } from "tickhouse/mapping/find.ts";
import { TopicSource } from "tickhouse/source/topic/topic.ts";
import { ingest } from "tickhouse/stream/ingest.ts";

const [path = ""] = Deno.args;
const topic = "theirs";
await using broker = new EmbeddedBroker({ path });
const source = new TopicSource({
  topic,
  checked: findMapping({ topic, mapping: "finnhub-trades", declared: [], datasets: DATASETS }),
  open: () => Promise.resolve(new EmbeddedBroker({ path })),
  toLines: toJsonLines,
  toEnd: true,
  batchMessages: 40,
});
await ingest({ source, broker, signal: new AbortController().signal });
