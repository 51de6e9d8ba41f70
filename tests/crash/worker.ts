/**
 * The journey in a process that is meant to be killed: from outside, or by its own hand before or
 * after the n-th call of a step. Arguments: home, ticks in all, and perhaps `step:before|after:n`.
 * @module
 */
import { parseConfig } from "tickhouse/config/config.ts";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { openBroker, openStore, streamContextOf } from "tickhouse/house/adapters.ts";
import { lakeOver } from "tickhouse/lake/end.ts";
import { openWarehouse, warehouseOver } from "tickhouse/duckdb/end.ts";
import { Journey } from "tickhouse/house/journey.ts";
import { openModels } from "tickhouse/house/models.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { FEED } from "./feed.ts";
import { Simulator } from "tickhouse/source/simulator/simulator.ts";

const [home = "", limit = "0", crash = "never:before:0"] = Deno.args;
const [step, when, count] = crash.split(":");

const STEPS: Record<string, [object: string, method: string]> = {
  produce: ["broker", "produce"],
  upload: ["store", "createFromFile"],
  write: ["warehouse", "write"],
  position: ["warehouse", "position"],
  list: ["store", "folders"],
};

let calls = 0;

/** The object, with the chosen step of it ending the process. */
function crashing<T extends object>(name: string, target: T): T {
  const [object, method] = STEPS[step ?? ""] ?? [];
  if (object !== name) return target;
  return new Proxy(target, {
    get(_, property) {
      const value = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      if (property !== method) return value.bind(target);
      return async (...args: unknown[]) => {
        const dies = ++calls === Number(count);
        if (dies && when === "before") Deno.kill(Deno.pid, "SIGKILL");
        const result = await value.apply(target, args);
        if (dies && when === "after") Deno.kill(Deno.pid, "SIGKILL");
        return result;
      };
    },
  });
}

const config = parseConfig({
  TICKHOUSE_HOME: home,
  TICKHOUSE_LAKE_ROLL_ROWS: "1500",
  TICKHOUSE_LAKE_ROLL_SECONDS: "0.15",
  TICKHOUSE_TRANSFORM_SECONDS: "0.1",
});
await using broker = await openBroker(config);
const crashingBroker = crashing("broker", broker);
const context = (name: string) => streamContextOf(config, [ticks], crashingBroker, name);
await using warehouse = await openWarehouse(context("warehouse"));
const models = await openModels(warehouse);
const journey = new Journey({
  config,
  broker: crashingBroker,
  codec: jsonCodec,
  ends: [
    {
      name: "lake",
      spoken: "the lake",
      end: lakeOver(crashing("store", await openStore(config)), context("lake")),
    },
    {
      name: "warehouse",
      spoken: "the warehouse",
      end: warehouseOver(crashing("warehouse", warehouse)),
    },
  ],
  onNote: console.error,
  models,
  datasets: [ticks],
  source: new Simulator({ ...FEED, rate: 20_000, limit: Number(limit) }),
  signal: new AbortController().signal,
  untilExhausted: true,
});
await journey.run();
