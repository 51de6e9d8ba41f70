/**
 * The command line: `deno task <verb>`.
 * @module
 */
import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { type AnswerFlags, assertNoAnswers, withAnswers } from "./answers.ts";
import { note, print, printJson, status } from "../console.ts";
import { findSettings } from "../config/config.ts";
import type { House } from "../house/house.ts";
import { SOURCES } from "../house/sources.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import { routeNamed, ROUTES } from "../config/routes.ts";
import { isDiskFull } from "../disk.ts";
import { isOutOfMemory } from "../duckdb/engine/errors.ts";

const program = new Command("tickhouse")
  .description("Market data from feed to warehouse, every tick exactly once.")
  .showHelpAfterError("(--help shows what there is)")
  .exitOverride((error) => Deno.exit(error.exitCode === 0 ? 0 : 2));

/** Feeds that fetch history. */
const PROVIDERS = SOURCES.flatMap(({ name, readsHistory }) => readsHistory ? [name] : []);

/** Runs that `status` shows. */
const RUNS_SHOWN = 5;
const json = ["--json", "print the result as JSON", false] as const;
const target = [
  "--target <name>",
  "duckdb or snowflake",
  warehouse,
  "duckdb" as const,
] as const;
const route = [
  "--route <name>",
  "a preset of settings; `deno task stream --help` lists them",
] as const;

program.command("demo")
  .description("simulate ticks, stream them into lake and warehouse, show live candles")
  .option("--seconds <n>", "end after this many seconds", positive)
  .option("--port <n>", "port of the dashboard on 127.0.0.1; it must be free", port)
  .option(...json)
  .action((flags) =>
    verb(undefined, async (house) => {
      const { runStream } = await import("./stream.ts");
      const { port, ...how } = flags;
      const dashboard = port === undefined ? true : { port };
      return await runStream(
        house,
        { ...given(how), source: "simulator", dashboard, verb: "demo" },
        flags,
      );
    })
  );

withAnswers(
  program.command("stream")
    .description("stream a feed into lake and warehouse, without a page")
    .option("--route <name>", "a preset of settings, below")
    .option(
      "--source <name>",
      `${SOURCES.map(({ name }) => name).join(", ")}, or none to stream what others put into the ` +
        "log; default: the route's, else simulator",
    )
    .option("--file <path>", "the file that csv reads; default: the route's")
    .option("--topic <name>", "the topic of others that topic reads, by its full name")
    .option("--mapping <name>", "how its messages become records; default: what is declared for it")
    .option(
      "--to-end",
      "end where the topic ends now, instead of going on as messages come",
      false,
    )
    .option("--symbols <names>", "instruments of a provider, separated by commas", parts)
    .option("--from <day>", "of a provider: since when, such as 2024-01-31; default: yesterday")
    .option("--limit <n>", "end after this many records of the simulator or topic", count)
    .option("--log-only", "leave lake and warehouse to another stream that runs", false)
    .option("--seconds <n>", "end after this many seconds", positive)
    .option("--dashboard", "serve the dashboard too", false)
    .option("--no-models", "do not build the models while streaming")
    .option("--port <n>", "port of the dashboard on 127.0.0.1; it must be free", port)
    .option(...json),
)
  .addHelpText("after", `\nFeeds:\n${listOf(SOURCES)}\n\nRoutes:\n${listOf(ROUTES)}`)
  .action((flags) =>
    verb(flags.route, async (house) => {
      const route = house.config.route ? routeNamed(house.config.route) : undefined;
      const name = flags.source ?? route?.source;
      const file = flags.file ?? route?.file;
      if (SOURCES.some((entry) => entry.name === name && entry.readsFile) && file !== undefined) {
        const { runIngest } = await import("./ingest.ts");
        return await runIngest(
          house,
          { file, ...given({ source: name, models: flags.models }) },
          flags as unknown as AnswerFlags,
          { json: flags.json, logOnly: flags.logOnly },
        );
      }
      const answers = flags as unknown as AnswerFlags;
      if (answers.preview && flags.topic !== undefined) {
        const { runPreview } = await import("./preview.ts");
        const { topic, mapping, json } = flags;
        return await runPreview(house, { topic, ...given({ mapping }) }, { json, propose: false });
      }
      const isProvider = SOURCES.some((entry) => entry.name === name && entry.readsHistory);
      const { interval, ...others } = answers;
      assertNoAnswers(isProvider ? others : answers);
      const { runIntoLog, runStream } = await import("./stream.ts");
      const { port, dashboard, source, limit, seconds, models, topic, mapping, toEnd } = flags;
      const { symbols, from } = flags;
      const how = given({
        ...{ source, limit, seconds, topic, mapping, toEnd, symbols, file: flags.file },
        ...isProvider ? { from, interval: interval ?? "1m" } : {},
      });
      if (flags.logOnly) return await runIntoLog(house, how, flags);
      return await runStream(house, {
        ...how,
        models,
        dashboard: dashboard && port !== undefined ? { port } : dashboard,
      }, flags);
    })
  );

program.command("preview")
  .description("show a topic of others as it would be stored, or propose a mapping; stores nothing")
  .requiredOption("--topic <name>", "the topic, by its full name")
  .option("--mapping <name>", "how its messages become records; default: what is declared for it")
  .option("--limit <n>", "messages to show", count, 10)
  .option("--propose", "print only the mapping, to be saved; questions go to standard error", false)
  .option(...json)
  .action((flags) =>
    verb(undefined, async (house) => {
      const { runPreview } = await import("./preview.ts");
      const { topic, limit, mapping } = flags;
      return await runPreview(house, { topic, limit, ...given({ mapping }) }, flags);
    })
  );

withAnswers(
  program.command("ingest")
    .description("read a file, or a provider's history, into the log, lake and warehouse")
    .option("--file <path>", "the file: CSV, plain, gzip, zstd, or a zip of one")
    .option(
      "--source <name>",
      `csv, or a provider: ${PROVIDERS.join(", ")}; several, the next where one fails`,
      "csv",
    )
    .option("--symbols <names>", "instruments of a provider, separated by commas", parts)
    .option("--from <day>", "of a provider: first day; default: where an earlier run ended")
    .option("--to <day>", "of a provider: last day, included; default: now")
    .option(
      "--pace <n>",
      "replay in event time, n times as fast; default: as fast as it goes",
      positive,
    )
    .option("--no-models", "do not build the models")
    .option("--log-only", "leave lake and warehouse to a running stream", false)
    .option(...json)
    .option(...route),
)
  .action((flags) =>
    verb(flags.route, async (house) => {
      const { runIngest } = await import("./ingest.ts");
      const { source, file, pace, models, json, logOnly, symbols, from, to } = flags;
      const options = given({ source, file, pace, models, symbols, from, to });
      return await runIngest(house, options, flags as unknown as AnswerFlags, { json, logOnly });
    })
  );

program.command("load")
  .description("load lake objects into the warehouse")
  .option("--dataset <name>", "only this dataset")
  .option(...target)
  .option(...json)
  .option(...route)
  .action((flags) =>
    verb(flags.route, async (house) => {
      return show(await house.load(given(flags)), flags);
    })
  );

program.command("transform")
  .description("build the models in the warehouse and test them")
  .option("--full-refresh", "build all rows again", false)
  .option("--select <models>", "only these, separated by commas, and what they need", parts)
  .option("--no-tests", "do not run the models' tests")
  .option(...target)
  .option(...json)
  .option(...route)
  .action((flags) =>
    verb(flags.route, async (house) => {
      const onModel = ({ name }: { name: string }) => status.show(`built ${name}`);
      const report = await house.transform({ ...given(flags), onModel });
      return show(report, flags, report.failed.length === 0);
    })
  );

program.command("migrate")
  .description("make or change what a warehouse needs: numbered files of sql/, each once")
  .option(...target)
  .option("--dry-run", "print the SQL and apply nothing", false)
  .option("--select <names>", "groups or numbers of files, by commas; default: database", parts)
  .option("--set <name=value...>", "a variable of the files; name=@file for a secret", collect, [])
  .option(...json)
  .action((flags) =>
    verb(undefined, async (house) => {
      const { variables } = await import("./variables.ts");
      const onFile = (file: string) => status.show(`applying ${file}`);
      const set = await variables(flags.set);
      return show(await house.migrate({ ...given(flags), set, onFile }), flags);
    })
  );

program.command("mirror")
  .description("pull what Snowflake holds into the local DuckDB")
  .option("--dataset <name>", "of bronze, only this dataset")
  .option("--schemas <names>", "separated by commas: bronze by position, others whole", names, [
    "bronze",
  ])
  .option(
    "--by <way>",
    "unload (Parquet by the user's stage) or rows (of a result)",
    pullBy,
    "unload",
  )
  .option(...json)
  .option(...route)
  .action((flags) =>
    verb(flags.route, async (house) => {
      const onPulled = ({ relation }: { relation: string }) => status.show(`pulled ${relation}`);
      return show(await house.mirror({ ...given(flags), onPulled }), flags);
    })
  );

program.command("reconcile")
  .description("compare log, lake, warehouse and Snowflake; exit status 1 on any difference")
  .option("--dataset <name>", "only this dataset")
  .option("--by-day", "show each day of event time too", false)
  .option("--explain", "say what was never fetched of providers, and why", false)
  .option(...json)
  .option(...route)
  .action((flags) =>
    verb(flags.route, async (house) => {
      const { noteUnchecked } = await import("../house/reconcile.ts");
      const report = await house.reconcile(given(flags));
      const unchecked = noteUnchecked(report);
      if (unchecked !== undefined) note(unchecked);
      return show(report, flags, report.proven && (report.gaps?.unexplained ?? 0) === 0);
    })
  );

program.command("gaps")
  .description("what was fetched of providers: what is there, what is missing and why")
  .option("--provider <name>", "only this provider")
  .option("--symbol <name>", "only this instrument, as the provider writes it")
  .option("--interval <name>", "only this interval, such as 1d; trade for trades")
  .option("--all", "show what was filled and days without a usual session, too", false)
  .option(...json)
  .option(...route)
  .action((flags) =>
    verb(flags.route, async (house) => {
      const report = await house.gaps(given(flags));
      return show(report, flags, report.open === 0 && report.unexplained === 0);
    })
  );

program.command("quality")
  .description("what the quality rules mark in what feeds say, and what was refused")
  .option("--dataset <name>", "only this dataset")
  .option("--source <name>", "only this feed")
  .option("--symbol <name>", "only this instrument, as the feed writes it")
  .option("--rule <name>", "only this rule, such as jump")
  .option("--limit <n>", "findings one by one, the latest; default: 20", count)
  .option("--strict", "exit status 1 if there is a finding: as a rule they are no failure", false)
  .option(...json)
  .option(...route)
  .action((flags) =>
    verb(flags.route, async (house) => {
      const { strict, ...options } = given(flags);
      const report = await house.quality(options);
      const isClean = report.counts?.length === 0 && (report.differences ?? 0) === 0;
      return show(report, flags, strict !== true || isClean);
    })
  );

program.command("query")
  .description("run one SQL statement that reads, also while a stream runs")
  .argument("<sql>", 'such as "select * from gold.gold_kpi"; "show tables" lists what there is')
  .option(...target)
  .option("--full", "do not cut what is wider than the terminal", false)
  .option(...json)
  .option(...route)
  .action((sql, flags) =>
    verb(flags.route, async (house) => {
      const { runQuery } = await import("./query.ts");
      return await runQuery(house, sql, flags);
    })
  );

program.command("status")
  .description("show what each part holds and how far it is")
  .option(...json)
  .option(...route)
  .action((flags) =>
    verb(flags.route, async (house) => {
      const found = await house.status();
      const json = found.map(({ ends, ...one }) => ({ ...one, ...ends }));
      const status = show(found, flags, found.every(({ stalled }) => stalled.length === 0), json);
      if (!flags.json) await showRuns(house);
      return status;
    })
  );

program.command("dead")
  .description("show what was refused, and why; write it into a file; append it again after a fix")
  .argument("[what]", "list, export or replay", deadVerb, "list" as const)
  .option("--reason <text>", "only those whose reason has this in it")
  .option("--topic <name>", "only those of this topic or dataset")
  .option("--limit <n>", "of a list: letters one by one, the latest; default: 20", count)
  .option("--to <path>", "of an export: the file to write, JSON lines; it must not be there")
  .option("--log-only", "of a replay: leave lake and warehouse to a running stream", false)
  .option("--no-models", "of a replay: do not build the models")
  .option(...json)
  .option(...route)
  .action((what, flags) =>
    verb(flags.route, async (house) => {
      const { runDead } = await import("./dead.ts");
      return await runDead(house, what, flags);
    })
  );

program.command("withdraw")
  .description("take back what a file, a feed or a symbol brought; without --yes only show it")
  .option("--file <path>", "what was read from this file, which need not be there any more")
  .option("--source <name>", "what came from this feed: the column source")
  .option("--dataset <name>", "only this dataset")
  .option("--symbol <name>", "only this instrument: the symbol, or the index")
  .option("--yes", "do it: append what takes it back, into the log and on into the ends", false)
  .option("--no-models", "do not build the models")
  .option(...json)
  .option(...route)
  .action((flags) =>
    verb(flags.route, async (house) => {
      const { runWithdraw } = await import("./withdraw.ts");
      const { file, source, dataset, symbol, yes: apply, models } = flags;
      const what = given({ file, source, dataset, symbol });
      return await runWithdraw(house, { ...what, apply, models }, flags);
    })
  );

program.command("dashboard")
  .description("serve the page over what is there, or over a running stream")
  .option("--port <n>", "port on 127.0.0.1; it must be free", port)
  .option("--seconds <n>", "end after this many seconds", positive)
  .option(...route)
  .action((flags) =>
    verb(flags.route, async (house) => {
      const { Interrupt } = await import("./interrupt.ts");
      using interrupt = new Interrupt();
      const dashboard = await house.dashboard({ ...given(flags), signal: interrupt.signal });
      print(`dashboard  ${dashboard.url}`);
      const timer = flags.seconds && setTimeout(() => interrupt.stop(), flags.seconds * 1000);
      await dashboard.finished;
      if (timer) clearTimeout(timer);
      return 0;
    })
  );

program.command("doctor")
  .description("show what is configured, what is reachable, and what to do")
  .option("--all", "show all settings, those at their defaults too", false)
  .option(...json)
  .option(...route)
  .action((flags) =>
    guarded(async () => {
      const { examine } = await import("../house/doctor.ts");
      const report = await examine(findSettings({ route: flags.route }), flags);
      return show(report, flags, report.findings.every(({ state }) => state !== "broken"));
    })
  );

/** Opens the house of the settings, exactly there, runs a verb of it, and ends the process. */
async function verb(
  route: string | undefined,
  run: (house: House) => Promise<number>,
): Promise<void> {
  await guarded(async () => {
    const found = findSettings({ route });
    const { home } = found.parse();
    const { openWith } = await import("../house/open.ts");
    await using house = openWith({ onNote: note }, found, home);
    return await run(house);
  });
}

/** The last runs, and what is missing; where they can't be read that is no reason to show nothing else. */
async function showRuns(house: House): Promise<void> {
  try {
    const runs = await house.runs({ limit: RUNS_SHOWN });
    if (runs.length > 0) print(`\n${runs}`);
    const gaps = await house.openGaps();
    if (gaps.length > 0) print(`\n${gaps}`);
  } catch (error) {
    if (!(error instanceof TickhouseError)) throw error;
    note(`metadata   ${messageOf(error)}`);
  }
}

/** Prints a report; the status is 0 if it is good, else 1. */
function show(report: object, { json }: { json: boolean }, good = true, asJson: unknown = report) {
  status.clear();
  if (json) printJson(asJson);
  else print(String(report));
  return good ? 0 : 1;
}

/** The flags that were given. */
function given<T extends object>(flags: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(flags).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** Ends the process with the verb's status: 2 for what the user can fix, 70 for a bug. */
async function guarded(run: () => Promise<number>): Promise<void> {
  try {
    Deno.exitCode = await run();
  } catch (thrown) {
    status.clear();
    const error = namedError(firstOf(thrown));
    if (error instanceof TickhouseError) {
      note(`error ${error.code}: ${error.message}`);
      Deno.exit(2);
    }
    note(`unexpected error: ${error instanceof Error ? error.stack : messageOf(error)}`);
    Deno.exit(70);
  }
}

/** Of the system, where no part has said more: no bug, and the message names the file. */
const SYSTEM_ERRORS = [
  Deno.errors.FilesystemLoop,
  Deno.errors.IsADirectory,
  Deno.errors.NotADirectory,
  Deno.errors.PermissionDenied,
];

/** What the system refused, or the memory was too little for, is for the user to fix. */
function namedError(error: unknown): unknown {
  if (error instanceof TickhouseError) return error;
  const message = messageOf(error).split("\n")[0] ?? "";
  if (isDiskFull(error)) {
    return new TickhouseError("DISK_FULL", message, { fix: "free space and start again" });
  }
  if (isOutOfMemory(error)) {
    return new TickhouseError("OUT_OF_MEMORY", message, {
      fix: "give the machine or DuckDB (TICKHOUSE_MEMORY) more, or ask for less at once",
    });
  }
  if (!SYSTEM_ERRORS.some((kind) => error instanceof kind)) return error;
  return new TickhouseError("FILE_UNREADABLE", message, {
    fix: "see that it is there, of the right kind, and that this user may read and write it",
  });
}

/** What went wrong first, where closing what was open failed as well. */
function firstOf(thrown: unknown): unknown {
  return thrown instanceof SuppressedError ? firstOf(thrown.suppressed) : thrown;
}

function listOf(entries: readonly { readonly name: string; readonly meaning: string }[]): string {
  return entries.map(({ name, meaning }) => `  ${name.padEnd(16)} ${meaning}`).join("\n");
}

function warehouse(text: string): "duckdb" | "snowflake" {
  if (text === "duckdb" || text === "snowflake") return text;
  throw new InvalidArgumentError("Use duckdb or snowflake.");
}

function deadVerb(text: string): "list" | "export" | "replay" {
  if (text === "list" || text === "export" || text === "replay") return text;
  throw new InvalidArgumentError("Use list, export or replay.");
}

function pullBy(text: string): "unload" | "rows" {
  if (text === "unload" || text === "rows") return text;
  throw new InvalidArgumentError("Use unload or rows.");
}

/** SQL may begin with a comment, which no option does: none has a space in it. */
function withSqlLast([verb, ...args]: readonly string[]): string[] {
  const isSql = (arg: string) =>
    verb === "query" && /^--.*\s/s.test(arg) && !/^--\w[\w-]*=/.test(arg);
  const sql = args.filter(isSql);
  const rest = args.filter((arg) => !isSql(arg));
  return [...verb === undefined ? [] : [verb], ...rest, ...sql.length === 0 ? [] : ["--", ...sql]];
}

function collect(text: string, known: string[]): string[] {
  return [...known, text];
}

function parts(text: string): string[] {
  return text.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

function names(text: string): string[] {
  const found = parts(text.toLowerCase());
  if (found.length > 0) return found;
  throw new InvalidArgumentError("Use names separated by commas.");
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("Use a number above 0.");
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("Use a whole number above 0.");
}

function port(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidArgumentError("Use a whole number from 0 to 65535.");
}

await program.parseAsync(withSqlLast(Deno.args), { from: "user" });
