/** Prepared statements on the log. @module */
import type { SQLInputValue, StatementSync } from "node:sqlite";
import { guarded } from "./sqlite_error.ts";

/** A row by the names of its columns. */
export type Row = Record<string, unknown>;

/** A prepared statement whose errors name the log. */
export class Statement {
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
  }

  run(...binds: SQLInputValue[]): void {
    guarded(() => this.#statement.run(...binds));
  }

  get(...binds: SQLInputValue[]): Row | undefined {
    return guarded(() => this.#statement.get(...binds));
  }

  all(...binds: SQLInputValue[]): Row[] {
    return guarded(() => this.#statement.all(...binds));
  }

  *iterate(...binds: SQLInputValue[]): Iterable<Row> {
    const rows = guarded(() => this.#statement.iterate(...binds));
    try {
      for (;;) {
        const { value, done } = guarded(() => rows.next());
        if (done) return;
        yield value;
      }
    } finally {
      rows.return?.();
    }
  }
}
