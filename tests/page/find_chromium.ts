/** Which Chromium the page tests drive; without the driver, which asks for all permissions. @module */
import { delimiter, join } from "node:path";
import { TickhouseError } from "tickhouse/errors.ts";
import { runs } from "tickhouse/program.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const PATHS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/**
 * The path of the Chromium that TICKHOUSE_CHROMIUM names, else of the first in the usual places;
 * undefined if there is none. One that is named and does not run is an error.
 */
export async function findChromium(): Promise<string | undefined> {
  const named = Deno.env.get("TICKHOUSE_CHROMIUM");
  if (named) {
    if (await runs(named)) return named;
    throw new TickhouseError("TOOL_MISSING", "no such program, or it does not run", {
      field: "TICKHOUSE_CHROMIUM",
      value: named,
    });
  }
  const folders = (Deno.env.get("PATH") ?? "").split(delimiter);
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  for (const path of [...onPath, ...PATHS]) if (await runs(path)) return path;
  return undefined;
}
