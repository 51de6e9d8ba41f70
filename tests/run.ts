/**
 * `deno task test`: the tests that need Deno alone, and those of the pages if there is a Chromium; or
 * those that are named, with the flags of `deno test`.
 * @module
 */
import { TickhouseError } from "tickhouse/errors.ts";
import { countsText, failuresText, installPackages, print, runFiles } from "./lanes.ts";
import { findChromium } from "./page/find_chromium.ts";
import { EMBEDDED, isBelow, PAGES, ROOT, SERVED, testFiles } from "./tiers.ts";
import { split } from "./arguments.ts";

const { paths, flags } = split(Deno.args, ROOT);
const isPage = (file: string) => isBelow(file, PAGES);
const all = testFiles(paths.length > 0 ? paths : [...PAGES, ...EMBEDDED]);
const served = all.filter((file) => isBelow(file, SERVED));
if (served.length > 0) {
  console.error(`real servers are needed: deno task test:services ${paths.join(" ")}`);
  Deno.exit(2);
}
const chromium = await findChromium().catch((error) => {
  if (!(error instanceof TickhouseError)) throw error;
  console.error(`error ${error.code}: ${error.message}`);
  Deno.exit(2);
});
await installPackages();
const files = all.filter((file) => chromium !== undefined || !isPage(file));
const tally = await runFiles({
  files,
  // A browser's driver asks for all permissions; types are checked by `deno task ok`.
  flags: (file) => [isPage(file) ? "--allow-all" : "-P", "--no-check", ...flags],
  env: chromium === undefined ? {} : { TICKHOUSE_CHROMIUM: chromium },
});

const lines = [failuresText(tally), `embedded tier: ${countsText(tally)}`];
if (all.some(isPage)) lines.push(`pages: ${pagesText()}`);
if (paths.length === 0) {
  lines.push(
    "real servers: not part of this; deno task test:services, which needs Java 17, Maven, Go, Python",
    "all else, format and types among it: deno task ok",
  );
}
print(`\n${lines.filter(Boolean).join("\n")}\n`);
Deno.exit(tally.failed > 0 || files.length < all.length && paths.length > 0 ? 1 : 0);

function pagesText(): string {
  if (chromium !== undefined) return `tested with the Chromium at ${chromium}`;
  return "no Chromium was found: the pages were not tested; install one or set TICKHOUSE_CHROMIUM";
}
