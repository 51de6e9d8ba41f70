import { fileURLToPath } from "node:url";
import { sourceConformance } from "../conformance.ts";
import { csvSource } from "./csv.ts";

const data = (name: string) => fileURLToPath(new URL(`../../../data/${name}`, import.meta.url));

sourceConformance(
  "CsvSource of daily bars",
  () => csvSource({ path: data("stocks_daily.csv.gz"), chunkRows: 3000 }),
);

sourceConformance(
  "CsvSource of index history",
  () => csvSource({ path: data("index_daily_sample.csv"), chunkRows: 100 }),
);
