/**
 * A dbt project, read and rendered once.
 * @module
 */
import { identifier } from "../sql/names.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import { genericChecks } from "./generic_tests.ts";
import type { Check, ColumnPromise, Model } from "./model.ts";
import { inOrder } from "./order.ts";
import {
  type ModelEntry,
  type ProjectFile,
  readProjectFile,
  readSchemaFile,
  type SchemaFile,
} from "./schema_files.ts";
import { type ColumnTypes, readSeed } from "./seeds.ts";
import { type Scope, type TemplateFile, Templates } from "./template.ts";

/** The seeds and models of a project in the order they are built in, and its tests. */
export class Project {
  /** The folder it was read from. */
  readonly folder: string;
  readonly models: readonly Model[];
  readonly checks: readonly Check[];

  private constructor(folder: string, models: readonly Model[], checks: readonly Check[]) {
    this.folder = folder;
    this.models = models;
    this.checks = checks;
  }

  /**
   * Reads the folder that holds dbt_project.yml; `vars` stand over those in it, as dbt's --vars do.
   * Throws `PROJECT_MISSING`, `PROJECT_INVALID`, `SEED_INVALID`, `MODEL_TEMPLATE`, `MODEL_CONFIG`,
   * `MODEL_REF_UNKNOWN`, `MODEL_SOURCE_UNKNOWN`, `MODEL_CYCLE`, each naming the file.
   */
  static async load(folder: string, vars: Record<string, unknown> = {}): Promise<Project> {
    const read = await settingsOf(folder);
    const settings = { ...read, vars: { ...read.vars, ...vars } };
    const files = async (paths: readonly string[], ext: string) =>
      (await Promise.all(paths.map((path) => filesIn(folder, path, ext)))).flat();
    // A path that leaves the project holds what only dbt needs from here.
    const macroPaths = settings["macro-paths"].filter((path) => !path.startsWith(".."));
    const templates = new Templates(await files(macroPaths, ".sql"));
    const schemaPaths = [...new Set([...settings["model-paths"], ...settings["seed-paths"]])];
    const described = (await files(schemaPaths, ".yml"))
      .map(({ file, text }) => ({ file, schema: readSchemaFile(file, text) }));
    const renderer = new Renderer(templates, settings, described);
    const seeds = renderer.seeds(await files(settings["seed-paths"], ".csv"));
    const models = renderer.models(await files(settings["model-paths"], ".sql"));
    const singular = (await files(settings["test-paths"], ".sql")).map((f) => renderer.check(f));
    const generic = described.flatMap(({ file, schema }) => renderer.checksOf(file, schema));
    return new Project(folder, inOrder([...seeds, ...models]), [...generic, ...singular]);
  }
}

/** The variable by which models take so many records a run at most. */
const SLICE_RECORDS = "slice_records";
/** The variable by which models look for facts that stand twice. */
const RECHECK = "recheck";

/** What rendering a template brought to light. */
interface Rendered {
  readonly sql: string;
  readonly config: Record<string, unknown>;
  readonly refs: Set<string>;
  readonly sources: Set<string>;
  /** Names of the variables it asked for. */
  readonly vars: Set<string>;
}

/** A file that describes models, and where it is. */
interface DescribedFile {
  readonly file: string;
  readonly schema: SchemaFile;
}

class Renderer {
  readonly #templates: Templates;
  readonly #vars: Record<string, unknown>;
  readonly #sources = new Map<string, string>();
  readonly #seedSchema: string;
  /** What models promise, by their names. */
  readonly #contracts: ReadonlyMap<string, readonly ColumnPromise[]>;
  /** Types of their columns by the name of the seed. */
  readonly #seedTypes: ReadonlyMap<string, ColumnTypes>;
  /** Relations by the name of the model. */
  readonly #relations = new Map<string, string>();

  constructor(templates: Templates, settings: ProjectFile, described: readonly DescribedFile[]) {
    const schemas = described.map(({ schema }) => schema);
    this.#templates = templates;
    this.#vars = settings.vars;
    this.#seedSchema = identifier(settings.seeds[settings.name]?.["+schema"] ?? "main");
    this.#seedTypes = new Map(
      schemas.flatMap((s) => s.seeds).map((seed) => [seed.name, seed.config.column_types]),
    );
    this.#contracts = new Map(
      described.flatMap(({ file, schema }) =>
        schema.models.filter(({ config }) => config.contract.enforced)
          .map((model) => [model.name, promisesOf(file, model)] as const)
      ),
    );
    for (const source of schemas.flatMap((s) => s.sources)) {
      for (const { name } of source.tables) {
        const relation = `${identifier(source.schema ?? source.name)}.${identifier(name)}`;
        this.#sources.set(`${source.name}.${name}`, relation);
      }
    }
  }

  seeds(files: readonly TemplateFile[]): Model[] {
    return files.map((file) => {
      const name = identifier(nameOf(file.file));
      const relation = this.#name(file, name, this.#seedSchema);
      const seed = readSeed(file, this.#seedTypes.get(name) ?? {});
      const all = seed.parts.join("\nunion all\n");
      return {
        ...{ name, file: file.file, schema: this.#seedSchema, relation, kind: "seed", seed },
        ...{
          sliced: false,
          uniqueKey: [],
          clusterBy: [],
          full: all,
          incremental: all,
          postHooks: [],
        },
        ...{ refs: [], sources: [] },
      };
    });
  }

  models(files: readonly TemplateFile[]): Model[] {
    // Twice: where a ref points is known when every model has said its schema.
    const named = files.map((file) => {
      const name = identifier(nameOf(file.file));
      const { config } = this.#render(file, { this: name, incremental: false, draft: true });
      const schema = identifier(textOf(file, config, "schema", "main"));
      this.#name(file, name, schema);
      return { file, name, schema };
    });
    return named.map(({ file, name, schema }) => this.#model(file, name, schema));
  }

  /** Takes the name for the relation, which it returns. */
  #name({ file }: TemplateFile, name: string, schema: string): string {
    if (this.#relations.has(name)) {
      throw new TickhouseError("MODEL_CONFIG", `there are two models ${name}`, {
        field: file,
        fix: "rename one of the files",
      });
    }
    const relation = `${schema}.${name}`;
    this.#relations.set(name, relation);
    return relation;
  }

  check(file: TemplateFile): Check {
    const name = identifier(nameOf(file.file));
    const { sql, config, refs } = this.#render(file, { this: name, incremental: false });
    const severity = textOf(file, config, "severity", "error");
    if (severity !== "error" && severity !== "warn") {
      throw new TickhouseError("MODEL_CONFIG", "there is no such severity", {
        field: file.file,
        value: severity,
        fix: "use error or warn",
      });
    }
    const live = listOf(config.tags).includes("live");
    return { name, file: file.file, sql, warns: severity === "warn", live, refs: [...refs] };
  }

  checksOf(file: string, schema: SchemaFile): Check[] {
    const resolve = (ref: string) => {
      const name = /^ref\(\s*['"](\w+)['"]\s*\)$/.exec(ref.trim())?.[1] ?? ref;
      return { name, relation: this.#relation(name, file) };
    };
    const ofSources = schema.sources.flatMap((source) =>
      source.tables.flatMap((table) => {
        const relation = this.#source(source.name, table.name, file);
        return genericChecks({ file, table, relation, refs: [], resolve });
      })
    );
    const ofModels = [...schema.seeds, ...schema.models].flatMap((table) => {
      const relation = this.#relation(table.name, file);
      return genericChecks({ file, table, relation, refs: [table.name], resolve });
    });
    return [...ofSources, ...ofModels];
  }

  #model(file: TemplateFile, name: string, schema: string): Model {
    const relation = `${schema}.${name}`;
    const full = this.#render(file, { this: relation, incremental: false });
    const kind = kindOf(file, full.config);
    const later = kind === "incremental"
      ? this.#render(file, { this: relation, incremental: true })
      : full;
    const hooks = listOf(full.config.post_hook).map((text) =>
      this.#render({ file: file.file, text }, { this: relation, incremental: false }).sql
    );
    const uniqueKey = listOf(full.config.unique_key).map(identifier);
    if (kind === "incremental" && uniqueKey.length === 0) {
      throw new TickhouseError("MODEL_CONFIG", "an incremental model needs a unique_key", {
        field: file.file,
        fix: "name the columns whose rows a run replaces",
      });
    }
    const again = later.vars.has(RECHECK)
      ? this.#render(file, { this: relation, incremental: true, vars: { [RECHECK]: true } })
      : undefined;
    const contract = this.#contracts.get(name);
    return {
      name,
      file: file.file,
      schema,
      relation,
      kind,
      sliced: later.vars.has(SLICE_RECORDS) && Number(this.#vars[SLICE_RECORDS] ?? 0) > 0,
      uniqueKey,
      clusterBy: listOf(full.config.cluster_by),
      full: full.sql,
      incremental: later.sql,
      postHooks: hooks,
      refs: [...new Set([...full.refs, ...later.refs])],
      sources: [...new Set([...full.sources, ...later.sources])],
      ...(again ? { recheck: again.sql } : {}),
      ...(contract ? { contract } : {}),
    };
  }

  #render(
    file: TemplateFile,
    options: {
      this: string;
      incremental: boolean;
      draft?: boolean;
      vars?: Record<string, unknown>;
    },
  ): Rendered {
    const refs = new Set<string>();
    const sources = new Set<string>();
    const vars = new Set<string>();
    const config: Record<string, unknown> = {};
    const scope: Scope = {
      this: options.this,
      ref: (name) => {
        refs.add(name);
        return options.draft ? name : this.#relation(name, file.file);
      },
      source: (source, table) => {
        const relation = this.#source(source, table, file.file);
        sources.add(relation);
        return relation;
      },
      config: (given) => {
        Object.assign(config, given);
        return "";
      },
      var: (name, fallback) => {
        vars.add(name);
        return options.vars?.[name] ?? this.#var(name, fallback, file.file);
      },
      is_incremental: () => options.incremental,
    };
    return { sql: this.#templates.render(file, scope), config, refs, sources, vars };
  }

  #relation(name: string, file: string): string {
    const relation = this.#relations.get(name);
    if (relation !== undefined) return relation;
    throw new TickhouseError("MODEL_REF_UNKNOWN", `ref('${name}') names no model`, {
      field: file,
      fix: `use one of ${[...this.#relations.keys()].join(", ")}`,
    });
  }

  #source(source: string, table: string, file: string): string {
    const relation = this.#sources.get(`${source}.${table}`);
    if (relation !== undefined) return relation;
    throw new TickhouseError("MODEL_SOURCE_UNKNOWN", `no source('${source}', '${table}')`, {
      field: file,
      fix: `use one of ${[...this.#sources.keys()].join(", ")}`,
    });
  }

  #var(name: string, fallback: unknown, file: string): unknown {
    const value = this.#vars[name] ?? fallback;
    if (value !== undefined) return value;
    throw new TickhouseError("MODEL_VAR_UNKNOWN", `var('${name}') has no value`, {
      field: file,
      fix: "give it under vars in dbt_project.yml, or a default in the call",
    });
  }
}

/** The columns of a contract, each with its type. */
function promisesOf(file: string, { name, columns }: ModelEntry): ColumnPromise[] {
  return columns.map((column) => {
    if (column.data_type) return { name: column.name, type: column.data_type };
    throw new TickhouseError("MODEL_CONFIG", `${name} has a contract, and a column without type`, {
      field: file,
      value: column.name,
      fix: "give the column a data_type",
    });
  });
}

function kindOf(file: TemplateFile, config: Record<string, unknown>): Model["kind"] {
  const kind = textOf(file, config, "materialized", "view");
  if (kind === "view" || kind === "table" || kind === "incremental") return kind;
  throw new TickhouseError("MODEL_CONFIG", `materialized='${kind}' is not supported`, {
    field: file.file,
    fix: "use view, table or incremental",
  });
}

function textOf(
  { file }: TemplateFile,
  config: Record<string, unknown>,
  name: string,
  fallback: string,
): string {
  const value = config[name] ?? fallback;
  if (typeof value === "string") return value;
  throw new TickhouseError("MODEL_CONFIG", `config ${name} must be text`, { field: file, value });
}

function listOf(value: unknown): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

/** The file's name without folder and extension. */
function nameOf(file: string): string {
  return (file.split("/").pop() ?? file).replace(/\.(sql|csv)$/, "");
}

/** Reads dbt_project.yml; throws `PROJECT_MISSING`, `PROJECT_INVALID`. */
export async function settingsOf(folder: string): Promise<ProjectFile> {
  const file = `${folder}/dbt_project.yml`;
  try {
    return readProjectFile("dbt_project.yml", await Deno.readTextFile(file));
  } catch (cause) {
    if (cause instanceof TickhouseError) throw cause;
    throw new TickhouseError("PROJECT_MISSING", messageOf(cause), {
      field: "project",
      value: folder,
      fix: "name the folder that holds dbt_project.yml",
      cause,
    });
  }
}

/** Every file below `folder/path` with that ending; none if there is no such folder. */
async function filesIn(folder: string, path: string, ext: string): Promise<TemplateFile[]> {
  const found: TemplateFile[] = [];
  try {
    for await (const entry of Deno.readDir(`${folder}/${path}`)) {
      const file = `${path}/${entry.name}`;
      if (entry.isDirectory) found.push(...await filesIn(folder, file, ext));
      else if (entry.name.endsWith(ext)) {
        found.push({ file, text: await Deno.readTextFile(`${folder}/${file}`) });
      }
    }
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
  }
  return found.sort((a, b) => a.file < b.file ? -1 : 1);
}
