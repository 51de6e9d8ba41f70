import { quotes } from "../../datasets/quotes.ts";
import { ticks } from "../../datasets/ticks.ts";
import type { ProviderClient } from "../../provider/client.ts";
import { VirtualClock } from "../../clock.ts";
import { sourceConformance } from "../conformance.ts";
import type { Source } from "../source.ts";
import { OPEN, Rig } from "./fixture.ts";
import { Quotes } from "./quotes.ts";
import { parseTradesState } from "./state.ts";

/** Each reading has a stand-in of its own, whose time goes on where the state stands. */
sourceConformance("Finnhub's trades", () => {
  const source: Source = {
    name: "finnhub:trades",
    dataset: ticks,
    async *read(state, signal) {
      const untilUs = state === undefined ? undefined : parseTradesState(state).until["AAPL"];
      const startMs = untilUs === undefined ? Date.parse(OPEN) : untilUs / 1000;
      await using rig = await Rig.at(new Date(startMs).toISOString());
      const stop = new AbortController();
      const passing = (async () => {
        while (!stop.signal.aborted) await rig.pass(1_000, 500);
      })();
      try {
        // Nothing is late here, so that nothing is asked for twice.
        yield* rig.trades(["AAPL"], { limit: 40, lateMs: 0 }).read(state, signal);
      } finally {
        stop.abort();
        await passing;
      }
    },
  };
  return Promise.resolve(source);
});

/** A client that has another quote each time. */
function client(from: number): ProviderClient {
  let asked = from;
  const get = () => {
    const n = Math.floor(asked++ / 2);
    const quote = { c: 100 + n, d: n, dp: n, h: 200, l: 90, o: 95, pc: 100, t: 1_763_700_000 + n };
    return Promise.resolve({ text: JSON.stringify(quote), answeredUs: 1_763_700_001_000_000 });
  };
  return { get } as unknown as ProviderClient;
}

sourceConformance("Finnhub's quotes", () => {
  const source: Source = {
    name: "finnhub:quotes",
    dataset: quotes,
    read: (state, signal) => {
      const sent = state === undefined ? 0 : JSON.parse(state).sent;
      return new Quotes({
        symbols: ["AAPL", "BRK.B"],
        client: client(sent),
        dataset: quotes,
        limit: 10,
        clock: new VirtualClock(0),
      }).read(state, signal);
    },
  };
  return Promise.resolve(source);
});
