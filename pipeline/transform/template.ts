/**
 * The templates of the models: ref, source, config, var, this and is_incremental, as dbt has them.
 * @module
 */
// @ts-types="./nunjucks.d.ts"
import nunjucks from "nunjucks";
import { messageOf, TickhouseError } from "../errors.ts";

/** A file of SQL with template tags. */
export interface TemplateFile {
  /** Path from the project's folder, as errors name it. */
  readonly file: string;
  readonly text: string;
}

/** What a template can see. Each function returns the text that stands in its place. */
export interface Scope {
  readonly this: string;
  ref(model: string): string;
  source(source: string, table: string): string;
  config(options: Record<string, unknown>): string;
  var(name: string, fallback?: unknown): unknown;
  is_incremental(): boolean;
}

/** Renders templates that may call the project's macros. */
export class Templates {
  readonly #environment: InstanceType<typeof nunjucks.Environment>;
  readonly #imports: string;

  constructor(macros: readonly TemplateFile[]) {
    // One text, so that each macro sees all others, whatever file they are in.
    const text = macros.map((m) => m.text).join("\n");
    const getSource = (name: string) => ({ src: text, path: name, noCache: false });
    this.#environment = new nunjucks.Environment({ getSource }, {
      autoescape: false,
      throwOnUndefined: true,
    });
    const names = [...text.matchAll(/\{%-?\s*macro\s+(\w+)/g)].map(([, name]) => name);
    // On the first line of a template, so that errors keep their line numbers.
    this.#imports = names.length === 0
      ? ""
      : `{% from "macros" import ${names.join(", ")} with context %}`;
  }

  /** Throws `MODEL_TEMPLATE`, naming the file; errors that the scope throws pass as they are. */
  render({ file, text }: TemplateFile, scope: Scope): string {
    let thrown: unknown;
    try {
      return this.#environment.renderString(this.#imports + text, {
        ...keeping(scope, (error) => thrown = error),
        this: scope.this,
      }).trim();
    } catch (cause) {
      if (thrown instanceof TickhouseError) throw thrown;
      throw new TickhouseError("MODEL_TEMPLATE", messageOf(cause).replaceAll("\n", " "), {
        field: file,
        fix: "use only ref, source, config, var, this, is_incremental and the project's macros",
        cause,
      });
    }
  }
}

/** nunjucks makes new errors of those thrown in a template; `keep` gets the original. */
function keeping(scope: Scope, keep: (error: unknown) => void): Record<string, unknown> {
  const keeper = <A extends unknown[], R>(run: (...args: A) => R) => (...args: A): R => {
    try {
      return run(...args);
    } catch (error) {
      keep(error);
      throw error;
    }
  };
  return {
    ref: keeper(scope.ref),
    source: keeper(scope.source),
    config: keeper(scope.config),
    var: keeper(scope.var),
    is_incremental: keeper(scope.is_incremental),
  };
}
