import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { loadCandles } from "../../pipeline/dashboard/candles.ts";
import { loadInstruments } from "../../pipeline/dashboard/instruments.ts";
import { Queries } from "../../pipeline/dashboard/queries.ts";
import { House, type Trade } from "./house.ts";

const NOON = Date.UTC(2026, 0, 2, 12);

/** A trade `second` seconds behind noon, of 100 unless it says otherwise. */
function trade(second: number, price: number, rest: Partial<Trade> = {}): Trade {
  return { symbol: "AAPL", price, size: 100, at: NOON + 1000 * second, id: `${second}`, ...rest };
}

/** Last price, high, low, volume and trades of the only instrument. */
async function shown(house: House): Promise<unknown[]> {
  let figures: unknown[] = [];
  await house.run(async (session) => {
    const queries = new Queries((sql, binds) => session.query(sql, binds));
    const [one] = await loadInstruments(queries, await queries.tables());
    figures = [one?.lastPrice, one?.lastTime, one?.dayHigh, one?.dayLow, one?.volume, one?.trades];
  });
  return figures;
}

/** The same, as the models have it. */
async function modelled(house: House): Promise<unknown[]> {
  let figures: unknown[] = [];
  await house.run(async (session) => {
    const { rows } = await session.query(
      `SELECT last_price::DOUBLE, epoch(last_time), day_high::DOUBLE, day_low::DOUBLE,
         volume::DOUBLE, trades::BIGINT FROM gold.gold_kpi`,
    );
    figures = (rows[0] ?? []).map(Number);
  });
  return figures;
}

const ODD_LOT = { size: 7, conditions: "@ I" };

describe("the figures of a symbol of ticks", () => {
  it("are those of the models, though the last trade sets no price", async () => {
    await using house = await House.make();
    await house.insert([trade(0, 50), trade(1, 51), trade(2, 99, ODD_LOT)]);
    await house.transform();
    assertEquals(await shown(house), [51, NOON / 1000 + 1, 51, 50, 207, 3]);
    assertEquals(await shown(house), await modelled(house));
  });

  it("count each trade behind the models once, and let it set what its conditions allow", async () => {
    await using house = await House.make();
    await house.insert([trade(0, 50), trade(1, 51), trade(2, 99, ODD_LOT)]);
    await house.transform();
    await house.insert([
      trade(3, 1, ODD_LOT),
      trade(4, 60, { conditions: "M" }), // An official close is no trade: not in the volume.
      trade(1.5, 49), // Late: below the low, not the last.
      trade(1, 51), // Delivered again.
      trade(2.5, 52),
      trade(2.6, 70, { size: 0 }), // Of nothing: sets no price.
      trade(2.7, 80, { conditions: "T" }), // Of no regular session.
    ]);
    const figures = [52, NOON / 1000 + 2.5, 52, 49, 514, 9];
    assertEquals(await shown(house), figures);
    await house.transform();
    assertEquals(await modelled(house), figures);
    assertEquals(await shown(house), figures);
  });

  it("are of one state of the models, while those run", async () => {
    await using house = await House.make();
    await house.insert([trade(0, 50), trade(1, 51)]);
    await house.transform();
    await house.insert([trade(2, 52), trade(3, 1, ODD_LOT), trade(0, 50.5, { action: "correct" })]);
    const figures = [52, NOON / 1000 + 2, 52, 50, 307, 4];
    assertEquals(await shown(house), figures);
    await house.transform(["silver_clean_ticks"]);
    assertEquals(await shown(house), figures);
  });

  it("of a day are those of its own trades, one after the other", async () => {
    await using house = await House.make();
    const midnight = 43_200;
    await house.insert([trade(midnight - 3, 50), trade(midnight - 2, 51)]);
    await house.transform();
    await house.insert([
      trade(midnight - 1, 52),
      trade(midnight, 40, ODD_LOT),
      trade(midnight + 1, 53),
    ]);
    const figures = [53, NOON / 1000 + midnight + 1, 53, 53, 107, 2];
    assertEquals(await shown(house), figures);
    await house.transform();
    assertEquals(await modelled(house), figures);
  });

  it("leave seconds of odd lots without a price, and keep their volume", async () => {
    await using house = await House.make();
    await house.insert([trade(0, 50), trade(1, 51), trade(2, 99, ODD_LOT)]);
    await house.transform();
    await house.run(async (session) => {
      const queries = new Queries((sql, binds) => session.query(sql, binds));
      const key = { dataset: "ticks", source: "simulator", symbol: "AAPL" };
      const { seconds } = await loadCandles(queries, key, "1m");
      const [, , third] = seconds;
      assertEquals(third, [NOON / 1000 + 2, null, null, null, null, 7, 1]);
      const live = await queries.seconds(NOON - 5000, NOON - 5000, true);
      assertEquals(live.map(({ bar }) => bar[4]), [50, 51, null]);
    });
  });
});
