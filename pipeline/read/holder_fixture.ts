/**
 * A process that holds a warehouse, for tests: `holder_fixture.ts <home> [serve]`. Says "ready" and
 * ends when its input ends.
 * @module
 */
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { serveQueries } from "./endpoint.ts";
import { warehousePath } from "./home.ts";

const [home = "", mode] = Deno.args;
await using db = await DuckDbFile.open(warehousePath(home));
await using session = await db.session();
await session.run("CREATE OR REPLACE TABLE held AS SELECT 42 AS answer");
const stop = new AbortController();
const endpoint = mode === "serve"
  ? await serveQueries({ open: () => db.session(), home, folder: home, signal: stop.signal })
  : undefined;
console.log("ready");
for await (const _ of Deno.stdin.readable) { /* Only its end matters. */ }
stop.abort();
await endpoint?.finished;
