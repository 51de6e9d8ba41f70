import { dirname } from "node:path";
import { sourceConformance } from "../conformance.ts";
import { Others, plainTick } from "./fixture.ts";

const others = await Others.open();
for (let i = 0; i < 60; i++) await others.send([plainTick(i)], `k${i % 7}`);
await others.send(["no json"], "k1");

const lists = await Others.open();
for (let i = 0; i < 30; i++) {
  const data = [0, 1, 2].map((n) => ({ s: "AAPL", p: 1 + i, t: 1710167400000 + i, v: n }));
  await lists.send([i % 5 === 0 ? { type: "ping" } : { type: "trade", data }], `k${i}`);
}
addEventListener("unload", () => {
  for (const one of [others, lists]) Deno.removeSync(dirname(one.path), { recursive: true });
});

sourceConformance(
  "TopicSource of plain ticks",
  () => Promise.resolve(others.source("plain-ticks", { batchMessages: 7 })),
);

sourceConformance(
  "TopicSource of lists",
  () => Promise.resolve(lists.source("finnhub-trades", { batchMessages: 4 })),
);
