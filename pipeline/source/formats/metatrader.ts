import type { FileFormat } from "./format.ts";

const INTERVAL = "(?<interval>M\\d{1,2}|H\\d{1,2}|D1|W1|MN1?|Daily|Weekly|Monthly)";
const BARS = ["open", "high", "low", "close", "tickvol", "vol", "spread"];

/** Times are those of the broker's server, whose zone the file does not say. */
export const metatrader5: FileFormat = {
  name: "metatrader5",
  meaning: "MetaTrader 5, bars",
  headers: [["date", "time", ...BARS], ["date", ...BARS]],
  fileName: new RegExp(`^(?<symbol>[A-Za-z0-9.#]+)_${INTERVAL}(?:_|\\.)`),
  dataset: "bars",
  columns: { open_time: "date", volume: "vol" },
  clock: "time",
  signed: false,
};

/** Minutes of the bar stand behind the symbol in the file's name: EURUSD60.csv. */
export const metatrader4: FileFormat = {
  name: "metatrader4",
  meaning: "MetaTrader 4, bars",
  headerless: {
    columns: ["open_time", "clock", "open", "high", "low", "close", "volume"],
    looks: (cells) =>
      cells.length === 7 && /^\d{4}\.\d\d\.\d\d$/.test(cells[0] ?? "") &&
      /^\d\d:\d\d$/.test(cells[1] ?? ""),
  },
  fileName: /^(?<symbol>[A-Za-z]{6}[a-z.]*)(?<interval>43200|10080|1440|240|60|30|15|5|1)\.csv/,
  dataset: "bars",
  clock: "clock",
};
