import type { FileFormat } from "./format.ts";

/** Newest first, under a line with the site's address; the first volume is that of the base. */
export const cryptodatadownload: FileFormat = {
  name: "cryptodatadownload",
  meaning: "CryptoDataDownload",
  preamble: /cryptodatadownload/i,
  dataset: "bars",
  columns: { open_time: "unix" },
  constants: { adjustment: "raw" },
  numbers: "digits",
  timeZone: "UTC",
};
