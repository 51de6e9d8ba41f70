/** Has a process work on what never ends, for tests: `reading_pool_fixture.ts <folder>`. @module */
import { ReadingPool } from "./reading_pool.ts";

const [folder = ""] = Deno.args;
const pool = new ReadingPool({ folder });
const never = new AbortController().signal;
await pool.use(never, async (process) => {
  await process.ask({ ask: "parse", sql: "SELECT 1" });
  console.log("asked");
  await process.ask({
    ask: "run",
    folder,
    sql:
      "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range < 0",
    binds: [],
    kind: "json",
    limits: { rowsMax: 1, bytesMax: 1 },
  });
});
