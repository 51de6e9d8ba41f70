/**
 * A stand-in for Snowpipe's REST service: insertFiles, insertReport and loadHistoryScan as they are
 * documented. It verifies tokens, queues files, and loads them by the COPY of the pipe's own
 * definition on the stand-in for Snowflake. It is no Snowflake: queueing, billing, the memory of 14
 * days and the auto-ingest of stores are not here.
 * @module
 */
import { createHash, createPublicKey, verify } from "node:crypto";
import type { SnowflakeOptions } from "tickhouse/snowflake/options.ts";
import { SnowflakeSession } from "tickhouse/snowflake/session.ts";
import { ask, type Statement } from "../snowflake/rig.ts";

/** What happens to a file that was named. */
export type Fate = "load" | "load twice" | "half, then whole" | "hold" | "fail";

interface Outcome {
  readonly path: string;
  readonly status: string;
  readonly rowsInserted: number;
  readonly firstError?: string;
  readonly atMs: number;
}

/** The service. */
export class PipeServer implements AsyncDisposable {
  /** Decides about each file; `before` is how often it was named before. */
  fate: (path: string, before: number) => Fate = () => "load";
  /** Answers given instead, first to last. */
  readonly refusals: Response[] = [];
  /** Paths as they were named. */
  readonly named: string[] = [];
  /** Loads the files of a request from the last to the first. */
  backwards = false;
  readonly #outcomes: Outcome[] = [];
  readonly #options: SnowflakeOptions;
  readonly #publicKey: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #work: Promise<void> = Promise.resolve();

  /** In front of the stand-in of `options`; knows one user by the public key. */
  constructor(options: SnowflakeOptions, publicKey: string) {
    this.#options = options;
    this.#publicKey = publicKey;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) =>
        this.#serve(request).catch((error) => new Response(String(error), { status: 500 })),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#work;
    await this.#server.shutdown();
  }

  async #serve(request: Request): Promise<Response> {
    const refusal = this.refusals.shift();
    if (refusal) return refusal;
    const url = new URL(request.url);
    const [, pipe = "", verb = ""] =
      /^\/v1\/data\/pipes\/([^/]+)\/(insertFiles|insertReport|loadHistoryScan)$/
        .exec(decodeURIComponent(url.pathname)) ?? [];
    if (!this.#knows(request.headers.get("Authorization") ?? "")) {
      return Response.json({ code: "390144", message: "JWT token is invalid." }, { status: 401 });
    }
    const copy = await this.#copyOf(pipe);
    if (!copy) return Response.json({ message: "Pipe not found" }, { status: 404 });
    if (verb === "insertFiles") {
      const { files } = await request.json() as { files: { path: string }[] };
      if (files.length > 5000) return Response.json({ message: "too many" }, { status: 400 });
      const paths = files.map(({ path }) => path);
      if (this.backwards) paths.reverse();
      for (const path of paths) {
        const before = this.named.filter((name) => name === path).length;
        this.named.push(path);
        const fate = this.fate(path, before);
        const load = () => this.#load(pipe.split(".")[0] ?? "", copy, path, fate);
        this.#work = this.#work.then(load).catch((error) =>
          this.#note(path, "LOAD_FAILED", 0, String(error))
        );
      }
      return Response.json({ requestId: url.searchParams.get("requestId"), status: "success" });
    }
    return Response.json({ pipe, completeResult: true, ...this.#report(url, verb) });
  }

  /** Signature, issuer, subject and times. */
  #knows(authorization: string): boolean {
    const [head = "", claims = "", signature = ""] = authorization.replace("Bearer ", "").split(
      ".",
    );
    const decode = (text: string) => new TextDecoder().decode(bytes(text));
    if (!claims || JSON.parse(decode(head)).alg !== "RS256") return false;
    const key = createPublicKey(this.#publicKey);
    const signed = new TextEncoder().encode(`${head}.${claims}`);
    if (!verify("sha256", signed, key, bytes(signature))) return false;
    const { iss, sub, iat, exp } = JSON.parse(decode(claims));
    const print = createHash("sha256").update(key.export({ format: "der", type: "spki" }))
      .digest("base64");
    const subject = `${this.#options.account}.${this.#options.user}`.toUpperCase();
    const now = Date.now() / 1000;
    return sub === subject && iss === `${subject}.SHA256:${print}` && iat <= now + 60 &&
      exp > now && exp - iat <= 3600;
  }

  /** The COPY of the pipe, as it was created. */
  async #copyOf(pipe: string): Promise<string | undefined> {
    const [database = "", ...name] = pipe.split(".");
    const { statements } = await ask(this.#options, `statements?database=${database}`);
    const starts = `CREATE OR REPLACE PIPE ${name.join(".")}\n`.toUpperCase();
    const made = (statements as Statement[]).findLast(({ sql }) =>
      sql.toUpperCase().startsWith(starts)
    );
    return made && /\bAS (COPY INTO .*)$/s.exec(made.sql)?.[1];
  }

  async #load(database: string, copy: string, path: string, fate: Fate): Promise<void> {
    if (fate === "hold") return;
    if (fate === "fail") {
      this.#note(path, "LOAD_FAILED", 0, "Invalid data encountered during decompression");
      return;
    }
    await using session = await SnowflakeSession.open({ ...this.#options, database });
    const once = () => session.run(`${copy} FILES = ('${path}') FORCE = TRUE`);
    if (fate === "half, then whole") {
      const [, table = ""] = /COPY INTO (\S+)/.exec(copy) ?? [];
      // At once, so that nobody sees it whole before.
      await session.run("BEGIN");
      await once();
      await session.run(
        `DELETE FROM ${table} WHERE endswith(_file, '${path}') AND _file_row % 2 = 0`,
      );
      await session.run("COMMIT");
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    const rows = await once();
    if (fate === "load twice") await once();
    this.#note(path, "LOADED", rows);
  }

  #note(path: string, status: string, rowsInserted: number, firstError?: string): void {
    const outcome = { path, status, rowsInserted, atMs: Date.now() };
    this.#outcomes.push(firstError === undefined ? outcome : { ...outcome, firstError });
  }

  #report(url: URL, verb: string): Record<string, unknown> {
    if (verb === "loadHistoryScan") {
      const from = Date.parse(url.searchParams.get("startTimeInclusive") ?? "");
      const to = Date.parse(url.searchParams.get("endTimeExclusive") ?? "");
      return { files: this.#outcomes.filter(({ atMs }) => atMs >= from && atMs < to) };
    }
    const mark = Number(url.searchParams.get("beginMark") ?? 0);
    return { files: this.#outcomes.slice(mark), nextBeginMark: String(this.#outcomes.length) };
  }
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(base64url, { alphabet: "base64url" });
}
