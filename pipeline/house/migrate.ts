/** The migrations of `sql/` in a warehouse. @module */
import type { EndContext } from "../ends/end.ts";
import type { Target } from "../ends/target.ts";
import { migrate, type MigratedFile } from "../migrate/migrate.ts";
import { migrationsFor } from "../migrate/migrations.ts";
import { drawn } from "../notebook/drawn.ts";
import type { Dialect } from "../sql/names.ts";

export type { MigratedFile };

/** What to apply. */
export interface MigrateOptions {
  /** Default: duckdb. */
  readonly target?: Dialect;
  /** Tell what would be done, and apply nothing. Default: false. */
  readonly dryRun?: boolean;
  /** Groups or numbers of files. Default: the group `database`. */
  readonly select?: readonly string[];
  /** Values of the files' variables, beside those of the settings. Default: none. */
  readonly set?: Readonly<Record<string, string>>;
  /** Told before a file is applied. */
  readonly onFile?: (file: string) => void;
}

/**
 * Applies what is new, or tells; without an account, a dry run is that of an empty warehouse. The
 * report draws itself: of a dry run, the SQL.
 */
export async function migrateTarget(
  context: EndContext,
  target: Target,
  { dryRun = false, select, set = {}, onFile }: MigrateOptions,
): Promise<MigratedFile[]> {
  await using stack = new AsyncDisposableStack();
  const session = await target.session(context, dryRun);
  if (session) stack.use(session);
  const { config } = context;
  const files = await migrate({
    ...{ target: target.name, dryRun, migrations: await migrationsFor(target.name) },
    variables: { ...target.variables(config), ...set },
    set: Object.keys(set),
    appliedBy: target.appliedBy(config),
    ...(onFile ? { onFile } : {}),
    ...(select ? { select } : {}),
    ...(session ? { session } : {}),
  });
  return drawn(files, () =>
    dryRun ? [sqlOf(files)] : [{
      head: ["file", "group", "action"],
      rows: files.map(({ file, group, action }) => [file, group, action]),
    }]);
}

/** A script: comments say what each part is. */
function sqlOf(files: readonly MigratedFile[]): string {
  return files.map(({ file, group, roles, action, statements }) => {
    const needs = roles.length === 0 ? "" : `, needs ${roles.join(", ")}`;
    const head = `-- ${file} (${group}${needs}): ${
      action === "unchanged" ? "applied before" : `to be ${action}`
    }`;
    return [head, ...statements.map((sql) => `${sql};`)].join("\n");
  }).join("\n\n");
}
