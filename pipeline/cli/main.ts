/**
 * The command line: `deno task <verb>`.
 * @module
 */
import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { note, status } from "./console.ts";
import { checkHome } from "./home.ts";
import { type Config, loadConfig } from "../config/config.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import { ROUTES } from "../config/routes.ts";
import { isDiskFull } from "../disk.ts";
import { isOutOfMemory } from "../duckdb/engine/errors.ts";

const program = new Command("tickhouse")
  .description("Market data from feed to warehouse, every tick exactly once.")
  .showHelpAfterError("(--help shows what there is)")
  .exitOverride((error) => Deno.exit(error.exitCode === 0 ? 0 : 2));

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
    verb(async () => {
      const { runSimulator } = await import("./stream.ts");
      return await runSimulator(settings(), { ...flags, dashboard: true, models: true });
    })
  );

program.command("stream")
  .description("stream a feed into lake and warehouse, without a page")
  .option("--route <name>", "a preset of settings, below")
  .option(
    "--source <name>",
    "simulator, quote-simulator, csv, or none to stream what others put into the log; " +
      "default: the route's, else simulator",
  )
  .option("--file <path>", "the file that csv reads; default: the route's")
  .option("--limit <n>", "end after this many ticks of the simulator", count)
  .option("--seconds <n>", "end after this many seconds", positive)
  .option("--dashboard", "serve the dashboard too", false)
  .option("--no-models", "do not build the models while streaming")
  .option("--port <n>", "port of the dashboard on 127.0.0.1; it must be free", port)
  .option(...json)
  .addHelpText("after", `\nRoutes:\n${routeList()}`)
  .action((flags) =>
    verb(async () => {
      const { runRoute } = await import("./feeds.ts");
      return await runRoute(settings(flags.route), flags);
    })
  );

program.command("ingest")
  .description("read a file into the log, lake and warehouse")
  .requiredOption("--file <path>", "the file: CSV, plain or gzip")
  .option("--source <name>", "csv", "csv")
  .option("--dataset <name>", "ticks, quotes, bars or index_bars; default: what the header fits")
  .option(
    "--pace <n>",
    "replay in event time, n times as fast; default: as fast as it goes",
    positive,
  )
  .option("--set <column=value...>", "a value for a column that the file lacks")
  .option("--date-order <order>", "day and month in days such as 03/04/2024: dmy or mdy")
  .option("--separator <text>", "between cells", ",")
  .option("--log-only", "leave lake and warehouse to a running stream", false)
  .option(...json)
  .action((flags) =>
    verb(async () => {
      const { runIngest } = await import("./ingest.ts");
      return await runIngest(settings(), flags);
    })
  );

program.command("load")
  .description("load lake objects into the warehouse")
  .option("--dataset <name>", "only this dataset")
  .option(...target)
  .option(...json)
  .option(...route)
  .action((flags) =>
    verb(async () => {
      const { runLoad } = await import("./load.ts");
      return await runLoad(settings(flags.route), flags);
    })
  );

program.command("transform")
  .description("build the models in the warehouse and test them")
  .option("--full-refresh", "build everything anew", false)
  .option("--select <models>", "only these, separated by commas, and what they need")
  .option("--no-tests", "do not run the models' tests")
  .option(...target)
  .option(...json)
  .option(...route)
  .action((flags) =>
    verb(async () => {
      const { runTransform } = await import("./transform.ts");
      return await runTransform(settings(flags.route), flags);
    })
  );

program.command("migrate")
  .description("make or change what a warehouse needs: numbered files of sql/, each once")
  .option(...target)
  .option("--dry-run", "print the SQL and apply nothing", false)
  .option("--select <names>", "groups or numbers of files, by commas; default: database")
  .option("--set <name=value...>", "a variable of the files; name=@file for a secret", collect, [])
  .option(...json)
  .action((flags) =>
    verb(async () => {
      const { runMigrate } = await import("./migrate.ts");
      return await runMigrate(settings(), flags);
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
    verb(async () => {
      const { runMirror } = await import("./mirror.ts");
      return await runMirror(settings(flags.route), flags);
    })
  );

program.command("reconcile")
  .description("compare log, lake, warehouse and Snowflake; exit status 1 on any difference")
  .option("--dataset <name>", "only this dataset")
  .option("--by-day", "show each day of event time too", false)
  .option(...json)
  .option(...route)
  .action((flags) =>
    verb(async () => {
      const { runReconcile } = await import("./reconcile.ts");
      return await runReconcile(settings(flags.route), flags);
    })
  );

program.command("query")
  .description("run one SQL statement that reads, also while a stream runs")
  .argument("<sql>", 'such as "select * from gold.gold_kpi"')
  .option(...target)
  .option(...json)
  .option(...route)
  .action((sql, flags) =>
    verb(async () => {
      const { runQuery } = await import("./query.ts");
      return await runQuery(settings(flags.route), sql, flags);
    })
  );

program.command("status")
  .description("show what each part holds and how far it is")
  .option(...json)
  .option(...route)
  .action((flags) =>
    verb(async () => {
      const { runStatus } = await import("./status.ts");
      return await runStatus(settings(flags.route), flags);
    })
  );

program.command("dashboard")
  .description("serve the page over what is there, or over a running stream")
  .option("--port <n>", "port on 127.0.0.1; it must be free", port)
  .option("--seconds <n>", "end after this many seconds", positive)
  .option(...route)
  .action((flags) =>
    verb(async () => {
      const { runDashboard } = await import("./dashboard.ts");
      return await runDashboard(settings(flags.route), flags);
    })
  );

program.command("doctor")
  .description("show what is configured, what is reachable, and what to do")
  .option(...json)
  .option(...route)
  .action((flags) =>
    verb(async () => {
      const { runDoctor } = await import("./doctor.ts");
      return await runDoctor(flags);
    })
  );

/** The configuration, with a home that can be one. */
function settings(route?: string): Config {
  const config = loadConfig(route);
  checkHome(config.home);
  return config;
}

/** Runs a verb and ends the process with its status: 2 for what the user can mend, 70 for a bug. */
async function verb(run: () => Promise<number>): Promise<void> {
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
    return new TickhouseError("DISK_FULL", message, { mend: "free space and start again" });
  }
  if (isOutOfMemory(error)) {
    return new TickhouseError("OUT_OF_MEMORY", message, {
      mend: "give the machine or DuckDB (TICKHOUSE_MEMORY) more, or ask for less at once",
    });
  }
  if (!SYSTEM_ERRORS.some((kind) => error instanceof kind)) return error;
  return new TickhouseError("FILE_UNREADABLE", message, {
    mend: "see that it is there, of the right kind, and that this user may read and write it",
  });
}

/** What went wrong first, where closing what was open failed as well. */
function firstOf(thrown: unknown): unknown {
  return thrown instanceof SuppressedError ? firstOf(thrown.suppressed) : thrown;
}

function routeList(): string {
  return ROUTES.map(({ name, meaning }) => `  ${name.padEnd(14)} ${meaning}`).join("\n");
}

function warehouse(text: string): "duckdb" | "snowflake" {
  if (text === "duckdb" || text === "snowflake") return text;
  throw new InvalidArgumentError("Use duckdb or snowflake.");
}

function pullBy(text: string): "unload" | "rows" {
  if (text === "unload" || text === "rows") return text;
  throw new InvalidArgumentError("Use unload or rows.");
}

function collect(text: string, known: string[]): string[] {
  return [...known, text];
}

function names(text: string): string[] {
  const found = text.split(",").map((name) => name.trim().toLowerCase()).filter(Boolean);
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

await program.parseAsync(Deno.args, { from: "user" });
