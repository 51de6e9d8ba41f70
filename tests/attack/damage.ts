/**
 * Damages copies of a small home in every way of `damage/kinds.ts`, and runs the verbs on each: none
 * may crash, hang, or call proven what was changed. Exit status 1 on any finding. `--only TEXT`
 * chooses kinds by name, `--share N --turn T` an N-th of them; `--show` prints what the verbs said.
 * @module
 */
import { Command } from "commander";
import { delay } from "@std/async";
import { type Finished } from "../cli/command.ts";
import { House } from "./damage/house.ts";
import { shareOf } from "../turn.ts";
import { cutLogWal, type Kind, KINDS } from "./damage/kinds.ts";

const SUM = "SELECT count(*) AS n, sum(price) AS price, sum(size) AS size FROM bronze.ticks";
/** What a message must name of what is damaged. */
const NAMES = /broker\.sqlite|warehouse|lake|ticks\/[\dd]|endpoint|TICKHOUSE_[A-Z]+|source is/;
/** Kinds at a time. */
const AT_ONCE = 3;
const LIMIT = 1_000;
/** How often a stream is killed for a log whose WAL has rows that its file has not. */
const KILLS_MAX = 5;
/** In the place of what a verb that hung printed. */
const HUNG: Finished = { code: -1, out: "", err: "" };

const { all, only, share, show, turn } = new Command("damage")
  .option("--share <n>", "an n-th of the kinds", Number, 1)
  .option("--turn <n>", "which of them", Number, 0)
  .option("--only <text>", "kinds whose name has this")
  .option(
    "--all",
    "run all verbs on each kind, also those that read nothing of what it damages",
    false,
  )
  .option("--show", "print what the verbs said", false)
  .parse(["", "", ...Deno.args]).opts<
  { all: boolean; only?: string; share: number; show: boolean; turn: number }
>();

/** A home to copy, and what a query says of it. */
interface Base {
  readonly house: House;
  readonly rows: string;
}

async function cleanBase(): Promise<Base> {
  const house = new House();
  await must(house, ["stream", "--limit", `${LIMIT}`, "--no-models"]);
  return { house, rows: await must(house, ["query", "--json", SUM]) };
}

/**
 * What a killed stream leaves: logs written ahead, of rows that the files do not have. The warehouse's
 * group has committed most of them: nobody else would know that they were there, and without its WAL
 * it would be a warehouse that never took them.
 */
async function killedBase(clean: Base): Promise<Base> {
  const house = await House.copyOf(clean.house);
  let kills = 0;
  do {
    if (kills++ === KILLS_MAX) {
      throw new Error("whenever it was killed, no row was in its WAL only");
    }
    await killStream(house);
  } while (!await losesByCut(house));
  if (sizeOf(house.path("warehouse.duckdb.wal")) === 0) throw new Error("it left no WAL");
  // Readers put nothing into the files: the WALs stay.
  using copy = await House.copyOf(house);
  return { house, rows: await must(copy, ["query", "--json", SUM]) };
}

async function killStream(house: House): Promise<void> {
  const until = house.taken() + LIMIT * 2;
  // Without a limit: one that ends by itself, before it is killed, leaves no WAL.
  await using stream = house.start(["stream", "--no-models"], { TICKHOUSE_RATE: "3000" });
  for (let tries = 0; tries < 30_000 && house.taken() < until; tries++) await delay(20);
  await stream.end("SIGKILL");
  const taken = house.taken();
  if (taken < until) throw new Error(`the killed stream had taken ${taken} rows, not ${until}`);
}

/** Whether the log, without the end of its WAL, lacks rows that the warehouse has taken. */
async function losesByCut(house: House): Promise<boolean> {
  using copy = await House.copyOf(house);
  cutLogWal(copy);
  return copy.logged() < house.taken();
}

async function must(house: House, args: readonly string[]): Promise<string> {
  const result = await house.run(args);
  if (result?.code === 0) return result.out;
  throw new Error(`${args[0]} of a sound home: ${JSON.stringify(result)}`);
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

/** What is wrong with what the verbs said of one kind. */
async function findingsOf(kind: Kind, base: Base): Promise<string[]> {
  using house = await House.copyOf(base.house, kind.folder);
  await kind.harm(house);
  const found: string[] = [];
  const run = async (...args: string[]) => {
    const verb = args[0] ?? "";
    const result = await house.run(args, kind.env) ?? HUNG;
    if (show) console.log(`--- ${kind.name}: ${verb} ${result.code}\n${result.out}${result.err}`);
    found.push(...conduct(result).map((text) => `${verb}: ${text}`));
    return result;
  };
  const proof = await run("reconcile");
  if (proof.code === 0 && !kind.harmless) found.push("reconcile: proven, though data were changed");
  if (proof.code !== 0 && !NAMES.test(proof.out + proof.err)) {
    found.push(`reconcile: names nothing: ${line(proof)}`);
  }
  // Neither of the two reads the lake, and `query` not the log.
  if (all || !kind.name.startsWith("lake")) await run("status");
  if (all || !/^(lake|log)/.test(kind.name)) {
    const answer = await run("query", "--json", SUM);
    if (answer.code === 0 && !kind.rows && answer.out !== base.rows) {
      found.push(`query: ${answer.out.replaceAll(/\s+/g, " ")}instead of ${base.rows}`);
    }
  }
  const stream = await run("stream", "--limit", `${LIMIT + 100}`, "--no-models");
  if (stream.code === 0 && !kind.harmless && !/^lost /m.test(stream.err)) {
    const after = await run("reconcile");
    if (after.code === 0) found.push("stream: healed what was damaged, and did not say so");
  }
  return found;
}

/** Of any verb: it ends with a status that means something, and without a stack trace. */
function conduct(result: Finished): string[] {
  const { code, out, err } = result;
  if (result === HUNG) return ["it hung"];
  if (![0, 1, 2].includes(code)) return [`exit status ${code}: ${line(result)}`];
  if (/^\s+at .*[:(]/m.test(out + err)) return [`a stack trace: ${line(result)}`];
  if (code === 2 && !/^error [A-Z_]+: /m.test(err)) {
    return [`no error with a code: ${line(result)}`];
  }
  return [];
}

function line({ out, err }: Finished): string {
  return (err || out).split("\n").filter(Boolean).slice(0, 2).join(" | ").slice(0, 300);
}

const started = performance.now();
const kinds = shareOf(KINDS.filter(({ name }) => !only || name.includes(only)), share, turn);
const clean = await cleanBase();
const killed = await killedBase(clean);
const findings: string[] = [];
try {
  const queue = [...kinds];
  const work = async () => {
    for (let kind = queue.shift(); kind; kind = queue.shift()) {
      const found = await findingsOf(kind, kind.home === "killed" ? killed : clean);
      for (const text of found) {
        findings.push(text);
        console.log(`finding    ${kind.name}: ${text}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
} finally {
  clean.house[Symbol.dispose]();
  killed.house[Symbol.dispose]();
}
const seconds = Math.round((performance.now() - started) / 1000);
console.log(`${kinds.length} kinds of damage, ${findings.length} findings, ${seconds} s`);
Deno.exitCode = findings.length > 0 || kinds.length === 0 ? 1 : 0;
