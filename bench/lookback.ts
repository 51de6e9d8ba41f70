/** The question of the last hour, over a table of an hour at 10,000 ticks a second. @module */
import type { Figures } from "./rig.ts";
import { openRig } from "./rig.ts";

const ROWS = 36_000_000;

const LAST_HOUR = `
SELECT symbol, avg(price), count(*) FROM bronze.ticks
WHERE event_time > (SELECT max(event_time) FROM bronze.ticks) - INTERVAL 1 HOUR
GROUP BY symbol ORDER BY symbol`;

/** Fills bronze.ticks with an hour of ticks and asks three times; the table's count(*) beside it. */
export async function lookback(): Promise<Figures> {
  await using rig = await openRig();
  await using session = await rig.warehouse.session();
  await session.run(
    `INSERT INTO bronze.ticks (_topic, _partition, _offset, _ingest_time, symbol, price, size,
       event_time, source, trade_id)
     SELECT 'ticks', i % 4, i // 4, make_timestamp(1763700000000000 + i * 100),
       ['AAPL', 'GOOGL', 'MSFT', 'AMZN', 'TSLA'][1 + i % 5], (20000 + i % 997)::DECIMAL(18, 8) / 100,
       1 + i % 300, make_timestamp(1763700000000000 + i * 100), 'simulator', i::VARCHAR
     FROM range(${ROWS}) r(i)`,
  );
  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    const startedAt = performance.now();
    const { rows } = await session.query(LAST_HOUR);
    times.push(performance.now() - startedAt);
    if (rows.length !== 5) throw new Error(`${rows.length} symbols, 5 expected`);
  }
  const floorAt = performance.now();
  await session.query("SELECT symbol, count(*) FROM bronze.ticks GROUP BY symbol");
  const [first = NaN] = times;
  return { rows: ROWS, first, best: Math.min(...times), floor: performance.now() - floorAt };
}
