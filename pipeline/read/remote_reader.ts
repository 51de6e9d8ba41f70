/** Reading through the endpoint of the process that writes. @module */
import { z } from "zod";
import { TickhouseError } from "../errors.ts";
import type { Bind, Cell, Result } from "../sql/session.ts";
import type { EndpointFile } from "./endpoint_file.ts";
import { encodeBind, knownCode } from "./reading.ts";
import { type DataFrame, type Reader, toFrame, toObjects } from "./reader.ts";

/** Whether the process that wrote the file still answers there: the port may be another's by now. */
export async function isAlive(endpoint: EndpointFile): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(1000);
    const response = await fetch(`${endpoint.url}/health`, { signal, redirect: "error" });
    const health = await response.json() as { startedAt?: unknown } | null;
    return health?.startedAt === endpoint.startedAt;
  } catch {
    // Refused, timed out or not JSON: whoever that is, it is not our endpoint.
    return false;
  }
}

/** A reader over the endpoint. Throws `ENDPOINT_GONE` when the process behind it has ended. */
export class RemoteReader implements Reader {
  readonly #endpoint: EndpointFile;

  constructor(endpoint: EndpointFile) {
    this.#endpoint = endpoint;
  }

  async query(sql: string, binds: readonly Bind[] = []): Promise<Result> {
    const response = await this.#post("/query", { sql, binds: binds.map(encodeBind) });
    return await response.json().catch(gone) as Result;
  }

  async rows<T = Record<string, Cell>>(sql: string, binds: readonly Bind[] = []): Promise<T[]> {
    return toObjects<T>(await this.query(sql, binds));
  }

  async frame(sql: string): Promise<DataFrame> {
    return toFrame(await (await this.#post("/frame", { sql })).bytes());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  async #post(path: string, body: unknown): Promise<Response> {
    const response = await fetch(`${this.#endpoint.url}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.#endpoint.token}` },
      body: JSON.stringify(body),
      redirect: "error",
    }).catch(gone);
    if (response.ok) return response;
    const { code, message } = REFUSAL.parse(await response.json().catch(gone));
    throw new TickhouseError(knownCode(code), message);
  }
}

/** How the endpoint refuses; another server that has its port by now does otherwise. */
const REFUSAL = z.object({ code: z.string(), message: z.string() }).catch(gone);

function gone(cause: unknown): never {
  throw new TickhouseError("ENDPOINT_GONE", "the process that served queries has ended", {
    kind: "transient",
    cause,
  });
}
