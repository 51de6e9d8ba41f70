export { ticks } from "./datasets/datasets.ts";
