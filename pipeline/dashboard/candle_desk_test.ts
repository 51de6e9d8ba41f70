import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { TickhouseError } from "../errors.ts";
import { CandleDesk } from "./candle_desk.ts";

const NEVER = new AbortController().signal;

/** A desk over a warehouse without tables, whose first answer waits to be released. */
function open() {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const asked = { count: 0 };
  const desk = new CandleDesk(async () => {
    asked.count++;
    await held;
    return { columns: [], rows: [] };
  });
  const ask = (symbol: number | string, signal: AbortSignal = NEVER) =>
    desk.ask({ dataset: "ticks", source: "s", symbol: String(symbol) }, "1s", signal);
  return { ask, asked, release };
}

describe("CandleDesk", () => {
  it("reads once for all who ask for the same", async () => {
    const { ask, asked, release } = open();
    const asking = [ask("A"), ask("A"), ask("A")];
    release();
    await Promise.all(asking);
    assertEquals(asked.count, 1);
  });

  it("turns away who would be one too many", async () => {
    const { ask, release } = open();
    const asking = Array.from({ length: 16 }, (_, i) => ask(i));
    const error = await assertRejects(() => ask(16), TickhouseError);
    assertEquals(error.code, "CANDLES_BUSY");
    release();
    await Promise.all(asking);
    await ask(16);
    assertEquals(
      (await assertRejects(() => ask("x".repeat(999)), TickhouseError)).code,
      "INSTRUMENT_UNKNOWN",
    );
  });

  it("does not read for who has gone, unless another waits for the same", async () => {
    const { ask, asked, release } = open();
    const first = ask("first");
    const gone = new AbortController();
    const leaving = [1, 2, 3].map((i) => assertRejects(() => ask(i, gone.signal)));
    const stays = ask(3);
    gone.abort(new Error("gone"));
    // Their places are free at once.
    const others = Array.from({ length: 14 }, (_, i) => ask(`other ${i}`));
    release();
    await Promise.all([first, stays, ...leaving, ...others]);
    assertEquals(asked.count, 16);
  });
});
