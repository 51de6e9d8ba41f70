import { jsonCodec } from "tickhouse/codec/json.ts";
import { bronzeTable } from "tickhouse/datasets/tables.ts";
import { sinkConformance } from "tickhouse/sink/conformance.ts";
import { StreamingSink } from "tickhouse/snowflake/streaming/streaming_sink.ts";
import { makeBronze, startSnowduck, streamingOptions } from "./snowduck.ts";
import { makeKey } from "./keys.ts";

const key = makeKey();
// One server for the file; each test has a database of its own.
const server = await startSnowduck();
globalThis.addEventListener("unload", () => key[Symbol.dispose]());

let databases = 0;

sinkConformance("StreamingSink", async (dataset, trap) => {
  const database = `STREAM_${++databases}`;
  const table = `${database}.${bronzeTable(dataset)}`;
  await makeBronze(server, database, dataset);
  const open = () =>
    StreamingSink.open({
      snowflake: streamingOptions(server, database, key.path),
      dataset,
      codec: jsonCodec,
      deadLetters: trap.queue,
      // snowduck puts a pipe's rows into the table of its name.
      pipe: bronzeTable(dataset),
    });
  const sink = await open();
  return {
    sink,
    reopen: open,
    offsets: async (partition) => {
      const found = await server.query(
        `SELECT _offset FROM ${table} WHERE _partition = ${partition}`,
      );
      return found.map(([offset]) => Number(offset));
    },
    // The database dies with the server: snowduck drops none.
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  };
});
