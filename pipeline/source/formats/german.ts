import type { FileFormat } from "./format.ts";

/** Decimal commas, days first; `Stücke` are shares, `Volumen` beside them is money. */
export const german: FileFormat = {
  name: "german-broker",
  meaning: "German brokers and portals, such as Ariva",
  headers: [
    ["datum", "erster", "hoch", "tief", "schlusskurs", "stuecke", "volumen"],
    ["datum", "eröffnung", "hoch", "tief", "schluss", "volumen"],
    ["datum", "eroeffnung", "hoch", "tief", "schluss", "volumen"],
    ["datum", "eröffnung", "schluss", "tageshoch", "tagestief"],
    ["datum", "eröffnung", "hoch", "tief", "schlusskurs", "volumen"],
  ],
  dataset: "bars",
  dateOrder: "dmy",
  decimal: ",",
  thousands: ".",
};
