/**
 * Daily bars of a feed that tells them as they run, revises and cancels them, and splits its symbol:
 * what gold says of them beside a reference that was written from docs/models.md, not from the SQL.
 * @module
 */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type Bar, BarHouse, type ToldAction } from "../../pipeline/transform/bar_fixture.ts";
import { seeded } from "../parity/arrivals.ts";

const SYMBOL = "NEWCO"; // Nobody lists it: its days are those of UTC, its splits its source's.
const FIRST = Date.UTC(2026, 2, 2);
const DAY_MS = 86_400_000;

/** What was told of a day, and when. */
interface Told {
  readonly price: number;
  readonly isProvisional: boolean;
  readonly isCancel: boolean;
  readonly readMs: number;
}

/** A day that counts: its close, in the shares of `basis`. */
interface Day {
  readonly day: number;
  readonly close: number;
  readonly isProvisional: boolean;
  readonly basis: number;
}

/** All that was told, and what follows from it. */
class Reference {
  readonly #told = new Map<number, Told[]>();
  readonly #splits = new Map<number, { amount: number; isCancel: boolean }[]>();

  bar(day: number, told: Told): void {
    this.#told.set(day, [...this.#told.get(day) ?? [], told]);
  }

  split(day: number, amount: number, isCancel: boolean): void {
    this.#splits.set(day, [...this.#splits.get(day) ?? [], { amount, isCancel }]);
  }

  /** The days in order: of each the version that first arrived last, if it takes nothing back. */
  days(): Day[] {
    return [...this.#told].flatMap(([day, told]) => {
      const version = newest(told, (one) => [one.price, one.isProvisional, one.isCancel]);
      if (version.isCancel) return [];
      const basis = Math.max(day, Math.floor(version.readMs / DAY_MS));
      return [{ day, close: version.price, isProvisional: version.isProvisional, basis }];
    }).sort((a, b) => a.day - b.day);
  }

  /** The close in the shares of another day. */
  in({ close, basis }: Day, wanted: number): number {
    let shares = 1;
    for (const [day, told] of this.#splits) {
      const { amount, isCancel } = newest(told, (one) => [one.amount, one.isCancel]);
      if (isCancel) continue;
      if (day > basis && day <= wanted) shares *= amount;
      if (day > wanted && day <= basis) shares /= amount;
    }
    return close / shares;
  }
}

/** The version that first arrived last. */
function newest<T>(told: readonly T[], says: (one: T) => unknown): T {
  const text = (one: T) => JSON.stringify(says(one));
  const first = told.filter((one, i) => told.findIndex((o) => text(o) === text(one)) === i);
  return first.at(-1)!;
}

const dateOf = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10);

for (const seed of [11, 12]) {
  Deno.test(`bars that run, change and split are what the reference says, seed ${seed}`, async () => {
    const random = seeded(seed);
    const reference = new Reference();
    await using house = await BarHouse.open();
    const first = FIRST / DAY_MS;
    for (let step = 0; step < 5; step++) {
      const today = first + step * 2;
      const [bars, actions]: [Bar[], ToldAction[]] = [[], []];
      for (let i = 0; i < 6; i++) {
        // In order of their arrival, on the day or the ones before.
        const readMs = today * DAY_MS + (8 + i) * 3_600_000;
        const read = new Date(readMs).toISOString().slice(0, 19).replace("T", " ");
        const day = Math.max(first, today - Math.floor(random() * 4));
        const price = 10 + Math.floor(random() * 5);
        const [isProvisional, isCancel] = [random() < 0.4, random() < 0.15];
        reference.bar(day, { price, isProvisional, isCancel, readMs });
        bars.push({
          ...{ source: "yahoo", symbol: SYMBOL, at: dateOf(day), adjustment: "splits", read },
          ohlc: [`${price}`, `${price}`, `${price}`, `${price}`],
          ...isProvisional ? { provisional: "yes" } : {},
          ...isCancel ? { action: "cancel" } : {},
        });
      }
      if (random() < 0.6) {
        const day = today - Math.floor(random() * 3);
        const [amount, isCancel] = [random() < 0.5 ? 2 : 0.5, random() < 0.2];
        reference.split(day, amount, isCancel);
        actions.push({
          ...{ symbol: SYMBOL, kind: "split", on: dateOf(day), amount: `${amount}` },
          read: `${dateOf(today)} 23:00:00`,
          ...isCancel ? { action: "cancel" } : {},
        });
      }
      await house.publish(...bars);
      if (actions.length > 0) await house.act(...actions);
      await compare(house, reference);
    }
  });
}

async function compare(house: BarHouse, reference: Reference): Promise<void> {
  const days = reference.days();
  const last = days.at(-1);
  const closed = days.map(({ day, close, isProvisional }) => [
    ...[dateOf(day), close],
    !isProvisional && last !== undefined && last.day > day,
  ]);
  assertEquals(
    await house.rows(`SELECT trading_day::VARCHAR, close::DOUBLE, is_closed
      FROM gold.gold_candlestick WHERE bar_interval = '1d' ORDER BY 1`),
    closed,
  );
  const [kpi] = await house.rows(`SELECT last_price::DOUBLE, is_provisional, previous_close::DOUBLE
    FROM gold.gold_kpi`);
  const before = days.at(-2);
  assertEquals(kpi?.slice(0, 2), last && [last.close, last.isProvisional]);
  const expected = last && before && !before.isProvisional
    ? reference.in(before, last.basis)
    : null;
  if (expected === null) assertEquals(kpi?.[2] ?? null, null);
  else assertAlmostEquals(Number(kpi?.[2]), expected, 1e-7);
  const over = days.filter(({ isProvisional }) => !isProvisional);
  const newestBasis = Math.max(...over.map(({ basis }) => basis));
  const adjusted = await house.rows(`SELECT trading_day::VARCHAR, split_close::DOUBLE
    FROM gold.gold_daily_adjusted ORDER BY 1`);
  assertEquals(adjusted.map(([day]) => day), over.map(({ day }) => dateOf(day)));
  for (const [i, day] of over.entries()) {
    assertAlmostEquals(Number(adjusted[i]?.[1]), reference.in(day, newestBasis), 1e-7);
  }
}
