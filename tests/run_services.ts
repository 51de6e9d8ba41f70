/**
 * `deno task test:services`: the tests on real servers, or those that are named, with the flags of
 * `deno test`. Says what it needs before it installs anything. `--install`: does no more than that.
 * @module
 */
import { statfsSync } from "node:fs";
import { cacheFolder } from "tickhouse/install/python.ts";
import { lookFor, requireAll } from "services/kit/needs.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import { split } from "./arguments.ts";
import { countsText, failuresText, installPackages, print, runFiles } from "./lanes.ts";
import { installForTests, needsOfTests, startServers } from "./servers.ts";
import { ROOT, SERVED, testFiles } from "./tiers.ts";

/** Of the disk, what the servers, their sources and packages take. */
const DISK_GIB = 6;
const MINUTES = "about 15 minutes, the first time 5 to 10 more for installing";

const { paths, flags } = split(Deno.args.filter((arg) => arg !== "--install"), ROOT);
try {
  await sayNeeds();
  await installPackages();
  const { env } = await installForTests();
  if (Deno.args.includes("--install")) Deno.exit(0);
  await using servers = await startServers();
  const tally = await runFiles({
    files: testFiles(paths.length > 0 ? paths : SERVED),
    flags: () => ["--allow-all", "--no-check", ...flags],
    env: { ...env, ...servers.env },
  });
  const lines = [failuresText(tally), `services tier: ${countsText(tally)}`];
  print(`\n${lines.filter(Boolean).join("\n")}\n`);
  Deno.exitCode = tally.failed > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof TickhouseError)) throw error;
  console.error(`error ${error.code}: ${error.message}`);
  Deno.exitCode = error.code === "TOOL_MISSING" ? 2 : 1;
}

/** Fails if something is missing, after all has been said. */
async function sayNeeds(): Promise<void> {
  const seen = await lookFor(await needsOfTests());
  const { bavail, bsize } = statfsSync(ROOT);
  const free = bavail * bsize / 2 ** 30;
  const lines = seen.map(([{ name }, { there, text }]) =>
    `  ${name.padEnd(24)}${there ? text : `MISSING: ${text}`}`
  );
  print([
    `the tests on real servers need ${MINUTES}, two processors, and:`,
    ...lines,
    `  ${`${DISK_GIB} GiB of disk`.padEnd(24)}${free.toFixed(0)} GiB free`,
    `servers are installed into ${cacheFolder()}`,
    "",
  ].join("\n"));
  requireAll(seen);
}
