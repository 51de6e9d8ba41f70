/** What the tables are reached through, whichever database has them. @module */
import type { Kysely, Transaction } from "kysely";
import { TickhouseError } from "../errors.ts";
import type { Tables } from "./tables.ts";

/** A database, and what it does in ways of its own. Made by an adapter. */
export interface Engine extends AsyncDisposable {
  /** Where it is, without user and password. */
  readonly where: string;
  /** Names without a schema. */
  readonly bare: Kysely<Tables>;
  /** Where the tables are; undefined where there are no schemas. */
  readonly schema: string | undefined;
  /** Until the transaction ends nobody else changes what goes by this name. */
  lock(trx: Transaction<Tables>, name: string): Promise<void>;
  /** What a failure means, and what to do about it. */
  fault(error: unknown): TickhouseError;
}

/** Reads and writes on an engine; what fails is named. */
export class Access {
  readonly #engine: Engine;
  readonly #db: Kysely<Tables>;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#db = inSchema(engine.bare, engine);
  }

  /** One statement. */
  async ask<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    return await guarded(this.#engine, () => work(this.#db));
  }

  /** Several statements that are kept together, alone with what goes by the name. */
  async change<T>(
    name: readonly string[],
    work: (db: Transaction<Tables>) => Promise<T>,
  ): Promise<T> {
    return await this.ask((db) =>
      db.transaction().execute(async (trx) => {
        await this.#engine.lock(trx, JSON.stringify(name));
        return await work(trx);
      })
    );
  }
}

/** The database with names in the engine's schema. */
export function inSchema(db: Kysely<Tables>, { schema }: Pick<Engine, "schema">): Kysely<Tables> {
  return schema === undefined ? db : db.withSchema(schema);
}

/** Runs what the engine does; names what fails. */
export async function guarded<T>(
  { fault }: Pick<Engine, "fault">,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof TickhouseError ? error : fault(error);
  }
}
