/** A small warehouse as a stream leaves it behind, for notebooks to read. @module */
import { join } from "node:path";
import { transform } from "../../pipeline/transform/transform.ts";
import { createSchema } from "../../pipeline/duckdb/schema.ts";
import { DuckDbFile } from "../../pipeline/duckdb/engine/file.ts";
import { warehousePath } from "../../pipeline/read/home.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");

/** 40 minutes of one tick a second and symbol, prices on fixed waves. */
const TICKS = `
INSERT INTO bronze.ticks (_topic, _partition, _offset, _ingest_time, symbol, price, size,
  event_time, source, trade_id)
SELECT 'ticks', 0, row_number() OVER (ORDER BY second, symbol) - 1, moment, symbol,
  round(start * (1 + 0.004 * sin(second / 90 + start) + 0.001 * sin(second * 1.7 + start)), 2),
  1 + (second * 7 + length(symbol)) % 40, moment, 'simulator', second::VARCHAR
FROM range(2400) seconds(second),
  (VALUES ('AAPL', 189.5), ('GOOGL', 141.2), ('MSFT', 402.6), ('AMZN', 171.8), ('TSLA', 202.3)) s(symbol, start),
  (SELECT TIMESTAMP '2024-03-01 14:30:00' AS origin) o, LATERAL (SELECT origin + to_seconds(second) AS moment) m`;

/** Makes a home with a warehouse in it, models built. */
export async function seedHome(): Promise<string> {
  const home = await Deno.makeTempDir();
  await using db = await DuckDbFile.open(warehousePath(home));
  await using session = await db.session();
  await createSchema(session);
  await session.run(TICKS);
  await transform({ project: join(ROOT, "models"), session });
  return home;
}
