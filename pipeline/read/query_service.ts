/**
 * Answers readers beside a stream. What is known to cost little runs in the engine that writes, one
 * statement at a time; everything else in a process of its own, on a copy of what it reads. Both take
 * of the engine no more than its allowance.
 * @module
 */
import { join } from "node:path";
import { TickhouseError } from "../errors.ts";
import type { DuckDbSession } from "../duckdb/engine/file.ts";
import type { Bind } from "../sql/session.ts";
import { Allowance } from "./allowance.ts";
import { lookUp, type Reads, type Relation } from "./guard.ts";
import { copyToParquet } from "./parquet.ts";
import { encodeBind } from "./reading.ts";
import { type Lent, ReadingPool } from "./reading_pool.ts";
import { type ResultLimits, resultText } from "./result.ts";
import { takeSnapshot } from "./snapshot.ts";
import { LIGHT_TEXT_MAX, readStatement, type Statement } from "./statement.ts";

/** How readers are answered. */
export interface QueryServiceOptions {
  /** Opens a connection to the warehouse; the service closes it. */
  readonly open: () => Promise<DuckDbSession>;
  /** For short-lived files: in the engine's reach. */
  readonly folder: string;
  /** Default: 100,000 rows, 64 MiB. */
  readonly limits?: ResultLimits;
  /** From the question to the result, waiting included. Default: 30 s. */
  readonly timeoutMs?: number;
  /** Processes that read. Default: 2. */
  readonly processesMax?: number;
  /** Questions at once; more are turned away. Default: 64. */
  readonly questionsMax?: number;
  /** Statements of tickhouse itself, which run as they are. */
  readonly own?: ReadonlySet<string>;
  /** Default: one of its own. */
  readonly allowance?: Allowance;
}

/** A question. */
export interface Question {
  readonly sql: string;
  readonly binds: readonly Bind[];
  /** A result as JSON, or a frame. */
  readonly kind: "json" | "parquet";
  /** Of who asks. */
  readonly signal: AbortSignal;
}

/** A result: text, or a file that goes when it is disposed. */
export interface Answered extends AsyncDisposable {
  readonly text?: string;
  readonly path?: string;
}

const LIMITS: ResultLimits = { rowsMax: 100_000, bytesMax: 64 * 2 ** 20 };
/** Of a frame, compressed. */
const FRAME: ResultLimits = { rowsMax: Number.MAX_SAFE_INTEGER, bytesMax: 256 * 2 ** 20 };
/** What is answered by the engine that writes. */
const LIGHT: ResultLimits = { rowsMax: 5_000, bytesMax: 2 ** 20 };
const LIGHT_MS = 1_000;
/** What a statement is told that was not light after all. */
const TOO_MUCH = new Set(["RESULT_TOO_LARGE", "OUT_OF_MEMORY"]);
/** Of tickhouse's own statements: part of the time, and how many times longer they may wait. */
const OWN_SHARE = 0.25;
const OWN_PATIENCE = 20;
/** Characters that are parsed here: the engine's stack holds whatever they are. */
const PARSED_HERE_MAX = 4_000;
/** Rows of which groups are made in the engine that writes: the memory is the stream's. */
const GROUPED_ROWS_MAX = 500_000;
/** Views that a statement reads, and how far one reads another where it is to cost little. */
const VIEWS_MAX = 50;
const VIEWS_DEEP_MAX = 3;

/** Answers questions. */
export class QueryService implements AsyncDisposable {
  readonly #options: QueryServiceOptions;
  readonly #pool: ReadingPool;
  readonly #allowance: Allowance;
  /** Each of its own takes long, and none of them is of a reader's making. */
  readonly #ownAllowance = new Allowance({ share: () => OWN_SHARE });
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: QueryServiceOptions) {
    const { folder, processesMax = 2 } = options;
    this.#options = options;
    this.#allowance = options.allowance ?? new Allowance();
    this.#pool = new ReadingPool({ folder, processesMax });
  }

  /**
   * Throws `QUERY_TIMEOUT`, `ENDPOINT_BUSY`, `ENDPOINT_CLOSING`, the reason of the question's signal,
   * and what the guard, the engine and the process that reads throw.
   */
  async ask(question: Question): Promise<Answered> {
    const { questionsMax = 64 } = this.#options;
    const factor = this.#isOwn(question.sql) ? OWN_PATIENCE : 1;
    const timeoutMs = (this.#options.timeoutMs ?? 30_000) * factor;
    if (this.#running.size >= questionsMax) throw busy(questionsMax);
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(timedOut(timeoutMs)), timeoutMs);
    const signal = AbortSignal.any([question.signal, timeout.signal, this.#closing.signal]);
    const answering = this.#answer({ ...question, signal });
    const settled = answering.then(() => {}, () => {});
    this.#running.add(settled);
    try {
      return await answering;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(timer);
      this.#running.delete(settled);
    }
  }

  /** Breaks off what runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new TickhouseError("ENDPOINT_CLOSING", "the stream is stopping"));
    await Promise.all(this.#running);
    await this.#pool[Symbol.asyncDispose]();
  }

  async #answer(question: Question): Promise<Answered> {
    const { sql, kind, signal } = question;
    if (kind === "json" && this.#isOwn(sql)) {
      return await this.#inside(question, this.#options.limits ?? LIMITS, this.#ownAllowance);
    }
    const parsed = sql.length <= PARSED_HERE_MAX
      ? undefined
      : await this.#pool.use(signal, (reading) => parse(reading, sql));
    const { statement, reads, isLight } = await this.#turn(signal, async (session) => {
      const statement = parsed ?? await readStatement(session, sql);
      const reads = await lookUp(session, statement);
      const isLight = statement.isLight && lengthOf(question.binds) <= LIGHT_TEXT_MAX &&
        await arePlain(session, reads.relations, statement.groups);
      return { statement, reads, isLight };
    });
    if (kind === "json" && isLight) {
      const answer = await this.#tryInside(question);
      if (answer) return answer;
    }
    // Its lists are short, and not in a copy.
    if (reads.catalog && isLight) return await this.#frameInside(question);
    if (reads.catalog) {
      const what = "what the database holds is asked of the stream";
      throw new TickhouseError("QUERY_TOO_HEAVY", what, {
        field: "sql",
        fix: "ask it in a statement of its own: one table or function, no joins, no windows",
      });
    }
    return await this.#apart(question, statement, reads);
  }

  #isOwn(sql: string): boolean {
    return this.#options.own?.has(sql) === true;
  }

  /** Work in the engine that writes. Whoever waits has no session: see `DuckDbFile.renew`. */
  #turn<T>(
    signal: AbortSignal,
    work: (session: DuckDbSession) => Promise<T>,
    allowance: Allowance = this.#allowance,
  ): Promise<T> {
    return allowance.spend(signal, async () => {
      await using session = await this.#options.open();
      return await work(session);
    });
  }

  /** By the engine that writes; undefined if that turns out to cost more than it may. */
  async #tryInside(question: Question): Promise<Answered | undefined> {
    const late = new AbortController();
    const timer = { id: undefined as ReturnType<typeof setTimeout> | undefined };
    const start = () => timer.id = setTimeout(() => late.abort(), LIGHT_MS);
    const signal = AbortSignal.any([question.signal, late.signal]);
    try {
      return await this.#inside({ ...question, signal }, LIGHT, this.#allowance, start);
    } catch (error) {
      question.signal.throwIfAborted();
      const isLarge = error instanceof TickhouseError && TOO_MUCH.has(error.code);
      if (late.signal.aborted || isLarge) return undefined;
      throw error;
    } finally {
      clearTimeout(timer.id);
    }
  }

  #inside(
    { sql, binds, signal }: Question,
    limits: ResultLimits,
    allowance: Allowance,
    onStart: () => void = () => {},
  ): Promise<Answered> {
    return this.#turn(signal, (session) => {
      onStart();
      return interruptible(session, signal, async () => {
        await session.run("BEGIN TRANSACTION READ ONLY");
        try {
          let text = "";
          for await (const piece of resultText(session, sql, binds, limits)) {
            signal.throwIfAborted();
            text += piece;
          }
          return { text, [Symbol.asyncDispose]: () => Promise.resolve() };
        } finally {
          await session.run("ROLLBACK").catch(() => {}); // The interrupt may have ended it.
        }
      });
    }, allowance);
  }

  #frameInside({ sql, signal }: Question): Promise<Answered> {
    return this.#turn(signal, async (session) => {
      const path = join(this.#options.folder, `frame-${crypto.randomUUID()}.parquet`);
      const gone = () => Deno.remove(path);
      const late = AbortSignal.any([signal, AbortSignal.timeout(LIGHT_MS)]);
      try {
        await interruptible(session, late, () => copyToParquet(session, sql, path));
        return { path, [Symbol.asyncDispose]: gone };
      } catch (error) {
        await gone().catch(() => {}); // Often it was not even made; `error` says why.
        throw error;
      }
    });
  }

  async #apart(
    question: Question,
    statement: Statement,
    reads: Reads,
  ): Promise<Answered> {
    const { sql, binds, kind, signal } = question;
    const folder = join(this.#options.folder, `reading-${crypto.randomUUID()}`);
    await Deno.mkdir(folder);
    const gone = () => Deno.remove(folder, { recursive: true });
    try {
      const { path } = await this.#pool.use(signal, async (reading) => {
        const whole = await this.#expand(reading, statement, reads, signal);
        // Of a view's tables nothing is known.
        const filter = statement.mayFilter && whole.views.length === 0
          ? await reading.ask({ ask: "filter", sql }) as string | null
          : null;
        if (whole.tables.length > 0 || whole.macros) {
          // At once: a transaction that stays open lets old versions of rows pile up for all.
          await this.#turn(
            signal,
            (session) => takeSnapshot({ session, folder, signal, filter, ...whole }),
          );
        }
        const { limits = LIMITS } = this.#options;
        return await reading.ask({
          ask: "run",
          ...{ folder, sql, kind },
          binds: binds.map(encodeBind) as never,
          limits: kind === "json" ? limits : FRAME,
        }) as { path: string };
      });
      return { path, [Symbol.asyncDispose]: gone };
    } catch (error) {
      await gone();
      throw error;
    }
  }

  /** What the statement reads, and what the views among it read. */
  async #expand(
    reading: Lent,
    statement: Statement,
    reads: Reads,
    signal: AbortSignal,
  ) {
    const tables = new Map<string, Relation>();
    const views = new Map<string, Relation>();
    const columns = new Set(statement.columns);
    let all = statement.columns === null;
    let macros = statement.unknown.length > 0;
    const add = async (relations: readonly Relation[]) => {
      for (const relation of relations) {
        const key = JSON.stringify([relation.catalog, relation.schema, relation.name]);
        if (tables.has(key) || views.has(key)) continue;
        if (relation.viewSql === null) tables.set(key, relation);
        else {
          if (views.size >= VIEWS_MAX) throw tooManyViews();
          const own = await parse(reading, bodyOf(relation.viewSql));
          if (own.columns === null) all = true;
          for (const name of own.columns ?? []) columns.add(name);
          macros ||= own.unknown.length > 0;
          const found = await this.#turn(signal, (session) => lookUp(session, own));
          await add(found.relations);
          views.set(key, relation);
        }
      }
    };
    await add(reads.relations);
    return {
      tables: [...tables.values()],
      views: [...views.values()],
      columns: all ? null : [...columns],
      macros,
    };
  }
}

/** Runs work on the session; the signal breaks off what the engine does of it. */
async function interruptible<T>(
  session: DuckDbSession,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const interrupt = () => session.connection.interrupt();
  signal.addEventListener("abort", interrupt, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}

/** Characters of the values: like constants they may be repeated in each row. */
function lengthOf(binds: readonly Bind[]): number {
  return binds.reduce<number>((sum, bind) => sum + String(bind).length, 0);
}

/**
 * Whether they are tables, or views that only put tables behind each other; where groups are made of
 * them, short ones.
 */
async function arePlain(
  session: DuckDbSession,
  relations: readonly Relation[],
  groups: boolean,
  depth = 0,
): Promise<boolean> {
  for (const { viewSql, rows } of relations) {
    if (groups && rows > GROUPED_ROWS_MAX) return false;
    if (viewSql === null) continue;
    const body = bodyOf(viewSql);
    if (depth >= VIEWS_DEEP_MAX || body.length > PARSED_HERE_MAX) return false;
    const own = await readStatement(session, body);
    if (!own.isPlain || own.unknown.length > 0) return false;
    const reads = await lookUp(session, own);
    const inGroups = groups || own.groups;
    if (!await arePlain(session, reads.relations, inGroups, depth + 1)) return false;
  }
  return true;
}

async function parse(reading: Lent, sql: string): Promise<Statement> {
  return await reading.ask({ ask: "parse", sql }) as Statement;
}

/** What a view selects, out of the statement that the engine gives for it. */
function bodyOf(viewSql: string): string {
  return viewSql.replace(/^CREATE .*? AS (?=SELECT|WITH|FROM|VALUES|\(|TABLE|PIVOT)/s, "");
}

function tooManyViews(): TickhouseError {
  return new TickhouseError("QUERY_TOO_COMPLEX", `it reads more than ${VIEWS_MAX} views`, {
    field: "sql",
    fix: "read the tables themselves",
  });
}

function busy(questions: number): TickhouseError {
  return new TickhouseError("ENDPOINT_BUSY", `${questions} queries are waiting already`, {
    kind: "transient",
    fix: "send fewer queries at once",
  });
}

function timedOut(timeoutMs: number): TickhouseError {
  return new TickhouseError(
    "QUERY_TIMEOUT",
    `the query took longer than ${timeoutMs / 1000} s; beside a stream, readers get only a part ` +
      "of the machine",
    { field: "sql", fix: "restrict it to a shorter time or fewer symbols, or ask less at once" },
  );
}
