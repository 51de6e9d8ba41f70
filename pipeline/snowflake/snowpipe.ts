/**
 * Snowpipe's REST service: files are named to a pipe, and reports tell what became of them.
 * @module
 */
import { checkAuthenticator, type SnowflakeOptions } from "./options.ts";
import { KeyPairTokens } from "./jwt.ts";
import { request, type RestOptions } from "./rest.ts";

/** Files in one request; Snowflake takes no more. */
export const FILES_MAX = 5000;

/** A file on the pipe's stage. */
export interface PipeFile {
  /** Path below the stage of the pipe. */
  readonly path: string;
  /** Bytes; lets Snowflake plan. */
  readonly size?: number;
}

/** What became of a file. */
export interface FileReport {
  readonly path: string;
  readonly status: "LOADED" | "LOAD_IN_PROGRESS" | "PARTIALLY_LOADED" | "LOAD_FAILED";
  readonly rowsInserted: number;
  /** Why rows or the file failed; empty if nothing did. */
  readonly error: string;
}

/** One user of one account's pipes, by key pair. */
export class Snowpipe {
  readonly #options: SnowflakeOptions;
  readonly #rest: RestOptions;
  readonly #tokens: KeyPairTokens;
  /** Where the report of each pipe goes on. */
  readonly #marks = new Map<string, string>();

  /** Throws `SNOWFLAKE_OPTIONS` unless the options are of a key pair: there is no other way. */
  constructor(options: SnowflakeOptions, rest: RestOptions = {}) {
    checkAuthenticator(options, ["key-pair"], "Snowpipe's REST service takes key pairs only");
    this.#options = options;
    this.#rest = rest;
    this.#tokens = new KeyPairTokens(options);
  }

  /**
   * Asks the pipe (`schema.pipe`) to load the files. They are queued when this returns; a file that
   * the pipe loaded within 14 days under the same path is passed over. Throws `RestError`.
   */
  async insertFiles(pipe: string, files: readonly PipeFile[]): Promise<void> {
    for (let at = 0; at < files.length; at += FILES_MAX) {
      const body = JSON.stringify({ files: files.slice(at, at + FILES_MAX) });
      await this.#ask(pipe, "insertFiles", "POST", {}, body);
    }
  }

  /**
   * What happened since the last call: files finished, or under way, at most 10 minutes and 10,000
   * events back. Throws `RestError`.
   */
  async insertReport(pipe: string): Promise<FileReport[]> {
    const mark = this.#marks.get(pipe);
    const answer = await this.#ask(pipe, "insertReport", "GET", mark ? { beginMark: mark } : {});
    const next = answer["nextBeginMark"];
    if (typeof next === "string") this.#marks.set(pipe, next);
    return reports(answer);
  }

  /**
   * What was loaded between two moments (milliseconds since 1970; the second one not included):
   * for what the report has forgotten. Throws `RestError`.
   */
  async loadHistoryScan(pipe: string, fromMs: number, toMs: number): Promise<FileReport[]> {
    return reports(
      await this.#ask(pipe, "loadHistoryScan", "GET", {
        startTimeInclusive: new Date(fromMs).toISOString(),
        endTimeExclusive: new Date(toMs).toISOString(),
      }),
    );
  }

  #ask(
    pipe: string,
    what: string,
    method: "GET" | "POST",
    query: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Record<string, unknown>> {
    const name = `${this.#options.database}.${pipe}`.toUpperCase();
    const path = `/v1/data/pipes/${encodeURIComponent(name)}/${what}`;
    const url = new URL(path, accountUrl(this.#options));
    const requestId = crypto.randomUUID();
    for (const [key, value] of Object.entries({ requestId, ...query })) {
      url.searchParams.set(key, value);
    }
    return request({
      what: `${what} of ${name}`,
      method,
      url: url.href,
      bearer: () => this.#tokens.token(),
      onRefused: () => this.#tokens.forget(),
      headers: {
        "X-Snowflake-Authorization-Token-Type": "KEYPAIR_JWT",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body }),
    }, this.#rest);
  }
}

/** Where the account's services answer. */
export function accountUrl({ account, url }: SnowflakeOptions): string {
  // An underscore is no character of a host's name.
  return url || `https://${account.replaceAll("_", "-").toLowerCase()}.snowflakecomputing.com`;
}

function reports(answer: Record<string, unknown>): FileReport[] {
  const files = Array.isArray(answer["files"]) ? answer["files"] as Record<string, unknown>[] : [];
  return files.map((file) => ({
    path: String(file["path"] ?? ""),
    status: String(file["status"] ?? "LOADED") as FileReport["status"],
    rowsInserted: Number(file["rowsInserted"] ?? 0),
    error: String(file["firstError"] ?? file["systemError"] ?? ""),
  }));
}
