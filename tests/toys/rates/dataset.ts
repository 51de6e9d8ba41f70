/** A dataset of one's own: rates of exchange. All that there is of it is this declaration. @module */
import type { Dataset } from "tickhouse";

/** One record a rate. */
export const rates: Dataset = {
  name: "rates",
  meaning: "Rates of exchange as they are fixed: one record a rate.",
  topic: "rates",
  partitions: 2,
  key: "pair",
  naturalKey: ["pair", "fixed_at"],
  eventTime: "fixed_at",
  sums: ["rate"],
  columns: [
    { name: "pair", type: { kind: "text", maxLength: 7 }, meaning: "Such as EUR/USD." },
    {
      name: "rate",
      type: { kind: "decimal", precision: 18, scale: 8 },
      moreThan: 0,
      max: 1e6,
      meaning: "Units of the second currency for one of the first.",
    },
    {
      name: "fixed_at",
      type: { kind: "timestamp", wireUnit: "us" },
      min: 315_532_800_000_000,
      max: 4_102_444_800_000_000,
      unit: "us since 1970 UTC on the wire",
      meaning: "When the rate was fixed.",
    },
  ],
};
