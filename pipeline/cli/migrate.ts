import type { Config } from "../config/config.ts";
import type { Dialect } from "../sql/names.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import { migrate, type MigratedFile } from "../migrate/migrate.ts";
import { migrationsFor } from "../migrate/migrations.ts";
import type { SqlSession } from "../sql/session.ts";
import { openWarehouse } from "./adapters.ts";
import { print, printJson, status, table } from "./console.ts";
import { snowflakeOptions } from "../ends/snowflake.ts";

/** What `migrate` may be told. */
export interface MigrateFlags {
  readonly target: Dialect;
  readonly dryRun: boolean;
  /** Groups or numbers of files, by commas. Default: the group `database`. */
  readonly select?: string | undefined;
  /** Values of variables as `name=value`, or `name=@file` for what is in a file. */
  readonly set: readonly string[];
  readonly json: boolean;
}

/**
 * Applies what is new of `sql/` to a warehouse. A dry run prints the SQL instead; without an account
 * it is that of an empty one.
 */
export async function runMigrate(config: Config, flags: MigrateFlags): Promise<number> {
  const { target, dryRun } = flags;
  const set = await given(flags.set);
  const variables = { ...variablesOf(config), ...Object.fromEntries(set) };
  const migrations = await migrationsFor(target);
  const run = (session?: SqlSession) =>
    migrate({
      ...{ target, dryRun, migrations, variables },
      set: [...set.keys()],
      appliedBy: target === "snowflake" ? config.snowflakeUser : "",
      onFile: (file) => status.show(`applying ${file}`),
      ...(flags.select === undefined ? {} : { select: names(flags.select) }),
      ...(session ? { session } : {}),
    });
  const files = await onTarget(config, flags, run);
  status.clear();
  if (flags.json) printJson(files);
  else print(dryRun ? showSql(files) : show(files));
  return 0;
}

async function onTarget(
  config: Config,
  { target, dryRun }: MigrateFlags,
  run: (session?: SqlSession) => Promise<MigratedFile[]>,
): Promise<MigratedFile[]> {
  if (target === "snowflake" && dryRun && !config.snowflakeAccount) return await run();
  if (target === "snowflake") {
    const { SnowflakeSession } = await import("../snowflake/session.ts");
    await using session = await SnowflakeSession.open(snowflakeOptions(config));
    return await run(session);
  }
  await using warehouse = await openWarehouse(config, undefined, "batch");
  await using session = await warehouse.session();
  return await run(session);
}

/** The settings that are variables of the files too. */
function variablesOf(config: Config): Record<string, string> {
  const stage = /^(?:bronze\.)?(\w+)$/i.exec(config.snowflakeStage)?.[1];
  return {
    database: config.snowflakeDatabase,
    // What the pipes read: they follow the settings, or else `load` would name files in vain.
    lake_format: config.lakeFormat.startsWith("ndjson") ? "lake_ndjson" : "lake_parquet",
    ...(stage ? { lake_stage: stage } : {}),
    ...(config.snowflakeWarehouse ? { warehouse: config.snowflakeWarehouse } : {}),
  };
}

/** What `--set` gives, by name. */
async function given(set: readonly string[]): Promise<Map<string, string>> {
  const variables = new Map<string, string>();
  for (const text of set) {
    const [name = "", value] = parts(text);
    if (name === "" || value === undefined) {
      throw new TickhouseError("OPTION_INVALID", "is not name=value", {
        field: "--set",
        mend: "write it like --set warehouse=TICKHOUSE_WH",
      });
    }
    if (variables.has(name)) {
      throw new TickhouseError("OPTION_INVALID", `gives ${name} twice`, {
        field: "--set",
        mend: "leave one of them out",
      });
    }
    variables.set(name, value.startsWith("@") ? await fileText(value.slice(1)) : value);
  }
  return variables;
}

function parts(text: string): string[] {
  const at = text.indexOf("=");
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** A secret's file; not on the command line, where others on the machine see it. */
async function fileText(path: string): Promise<string> {
  try {
    return (await Deno.readTextFile(path)).trim();
  } catch (cause) {
    throw new TickhouseError("FILE_UNREADABLE", messageOf(cause), {
      field: "--set",
      value: path,
      cause,
    });
  }
}

function names(text: string): string[] {
  return text.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

function show(files: readonly MigratedFile[]): string {
  const rows = files.map(({ file, group, action }) => [file, group, action]);
  return table(["file", "group", "action"], rows);
}

/** A script: comments tell what each part is. */
function showSql(files: readonly MigratedFile[]): string {
  return files.map(({ file, group, roles, action, statements }) => {
    const needs = roles.length === 0 ? "" : `, needs ${roles.join(", ")}`;
    const head = `-- ${file} (${group}${needs}): ${
      action === "unchanged" ? "applied before" : `to be ${action}`
    }`;
    return [head, ...statements.map((sql) => `${sql};`)].join("\n");
  }).join("\n\n");
}
