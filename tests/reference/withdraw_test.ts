import { assertEquals } from "@std/assert";
import { ticks } from "../../pipeline/datasets/datasets.ts";
import { Cells, type FactRecord } from "../../pipeline/withdraw/history.ts";
import { seeded } from "../parity/arrivals.ts";
import { factsOf, isAhead, isLive } from "./facts.ts";
import { HOUR, MINUTE, SECOND, type Time, type TradeRecord } from "./record.ts";

const START: Time = Date.UTC(2026, 2, 2, 14, 30) * 1000;
const HISTORIES = 20_000;
const cells = new Cells(ticks);

/** As a withdrawal reads it from the warehouse. */
function readOf(record: TradeRecord): FactRecord {
  const { price, sequence, action, origin, at, received } = record;
  const values: Record<string, string | null> = {
    ...{ symbol: "A", source: "s", trade_id: "1", price: String(price), event_time: String(at) },
    ...{ action, origin, sequence: sequence === null ? null : String(sequence) },
    receive_time: received === null ? null : String(received),
  };
  return {
    cells: ticks.columns.map(({ name }) => values[name] ?? null),
    isAhead: isAhead(record),
  };
}

/** Seeded records of one trade. */
class Histories {
  readonly #random: () => number;
  #clock = START;
  #offset = 0;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number {
    return Math.floor(this.#random() * end);
  }

  /** Time goes on, so far that what was ahead would be so no more. */
  later(): void {
    this.#clock += 2 * HOUR;
  }

  record(): TradeRecord {
    const actions = [null, null, null, "new", "correct", "cancel"];
    return this.arrived({
      ...{ source: "s", symbol: "A", id: "1", price: BigInt(1 + this.below(3)) },
      ...{ size: null, side: null, signed: null, conditions: null, venue: null, currency: null },
      at: this.below(4) === 0 ? START + HOUR + 10 * MINUTE : START,
      sequence: this.below(3) === 0 ? BigInt(this.below(4)) : null,
      action: actions[this.below(actions.length)] ?? null,
      received: this.below(5) === 0 ? this.#clock - SECOND : null,
      origin: this.origin(),
    });
  }

  origin(): string {
    return ["x", "y", "z"][this.below(3)] ?? "x";
  }

  /** The record as it arrives now. */
  arrived(record: Omit<TradeRecord, "partition" | "offset" | "ingested">): TradeRecord {
    this.#clock += SECOND / 1000;
    return { ...record, partition: 0, offset: this.#offset++, ingested: this.#clock };
  }

  /** What the message of a withdrawal becomes. */
  appended(message: string, like: TradeRecord): TradeRecord {
    const { price, event_time: at, sequence, action, origin, receive_time } = JSON.parse(message);
    return this.arrived({
      ...{ ...like, price: BigInt(price), at, origin, action: action ?? null },
      sequence: sequence === undefined ? null : BigInt(sequence),
      received: receive_time ?? null,
    });
  }
}

/** What counts, in words. */
function counting(records: readonly TradeRecord[]): string {
  const [fact] = factsOf(records);
  return fact && isLive(fact) ? `${fact.truth.price} at ${fact.truth.at}` : "nothing";
}

Deno.test("a withdrawal leaves what would count if what is taken back had never come", () => {
  const one = new Histories(1);
  const found = { gone: 0, restored: 0, stays: 0 };
  for (let i = 0; i < HISTORIES; i++) {
    const history = Array.from({ length: 1 + one.below(6) }, () => one.record());
    const [first] = history;
    const origin = one.origin();
    const isMeant = (record: FactRecord) => cells.of(record, "origin") === origin;
    const withdrawal = cells.withdrawal(history.map(readOf), isMeant);
    found[withdrawal ? withdrawal.then ? "restored" : "gone" : "stays"]++;
    if (!withdrawal || !first) continue;
    one.later();
    const after = [...history, ...cells.messages(withdrawal).map((m) => one.appended(m, first))];
    const never = history.filter((record) => record.origin !== origin);
    assertEquals(counting(after), counting(never), JSON.stringify(after, text, 1));
  }
  assertEquals(Object.values(found).every((count) => count > HISTORIES / 20), true);
});

function text(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
