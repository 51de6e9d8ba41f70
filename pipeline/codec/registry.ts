/**
 * A Schema Registry over its REST interface: Confluent's, and those that speak as it does.
 * @module
 */
import { messageOf, TickhouseError } from "../errors.ts";
import { isPassing, send } from "../http.ts";

/** Where the registry is. */
export interface RegistryOptions {
  /** Such as `https://host:8081`; a path behind it is kept. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** Milliseconds until a call is given up. Default: 10,000. */
  readonly timeoutMs?: number;
}

/** A schema as the registry holds it. */
export interface RegisteredSchema {
  readonly id: number;
  /** Avro, as JSON text. */
  readonly schema: string;
}

/** What the registry answers when it refuses. */
interface RegistryAnswer {
  readonly error_code?: number;
  readonly message?: string;
}

/** What does not answer is left to whoever tries the whole again: two looks more. */
const ATTEMPTS = 3;
const WAIT_MS = 200;
const MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";

/** A client. Throws `REGISTRY_UNAVAILABLE` (transient) when the registry does not answer. */
export class SchemaRegistry {
  readonly #options: RegistryOptions;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Registers the schema, if it is new, and returns its id. Throws `SCHEMA_INCOMPATIBLE`. */
  async register(subject: string, schema: string): Promise<number> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`;
    const { status, body } = await this.#call("POST", path, { schema });
    if (status === 200) return Number(body.id);
    if (status === 409 || status === 422) {
      throw new TickhouseError("SCHEMA_INCOMPATIBLE", refusal(body), {
        field: "subject",
        value: subject,
        fix: "change the dataset in a compatible way, relax the subject's compatibility, " +
          "or write to another topic",
      });
    }
    throw this.#unexpected(status, body);
  }

  /** The latest schema of the subject; undefined if it has none. */
  async latest(subject: string): Promise<RegisteredSchema | undefined> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/latest`;
    const { status, body } = await this.#call("GET", path);
    if (status === 404) return undefined;
    if (status !== 200) throw this.#unexpected(status, body);
    return { id: Number(body.id), schema: String(body.schema) };
  }

  /** The schema of that id; undefined if there is none. */
  async byId(id: number): Promise<string | undefined> {
    const { status, body } = await this.#call("GET", `/schemas/ids/${id}`);
    if (status === 404) return undefined;
    if (status !== 200) throw this.#unexpected(status, body);
    return String(body.schema);
  }

  async #call(
    method: "GET" | "POST",
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: RegistryAnswer & { id?: unknown; schema?: unknown } }> {
    const { url, username, password, timeoutMs = 10_000 } = this.#options;
    const headers: Record<string, string> = { accept: MEDIA_TYPE };
    if (body !== undefined) headers["content-type"] = MEDIA_TYPE;
    if (username) headers["authorization"] = `Basic ${btoa(`${username}:${password ?? ""}`)}`;
    try {
      const answer = await send({
        method,
        url: `${url.replace(/\/$/, "")}${path}`,
        headers: () => headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }, { attemptsMax: ATTEMPTS, waitMs: WAIT_MS, timeoutMs });
      return { status: answer.status, body: parse(answer.text) };
    } catch (cause) {
      throw new TickhouseError("REGISTRY_UNAVAILABLE", messageOf(cause), {
        field: "TICKHOUSE_REGISTRY_URL",
        value: url,
        kind: "transient",
        fix: "check the address, and that the registry runs",
        cause,
      });
    }
  }

  #unexpected(status: number, body: RegistryAnswer): TickhouseError {
    const forbidden = status === 401 || status === 403;
    return new TickhouseError(
      forbidden ? "REGISTRY_FORBIDDEN" : "REGISTRY_UNAVAILABLE",
      `it answers ${status}: ${refusal(body)}`,
      {
        field: forbidden ? "TICKHOUSE_REGISTRY_USERNAME" : "TICKHOUSE_REGISTRY_URL",
        value: forbidden ? this.#options.username : this.#options.url,
        kind: isPassing(status) ? "transient" : "terminal",
        fix: forbidden ? "check user and password" : "check that a Schema Registry is there",
      },
    );
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const found = JSON.parse(text);
    return typeof found === "object" && found !== null ? found : {};
  } catch {
    // Not a registry's answer: the status says that, and this what came instead.
    return { message: text.slice(0, 200) };
  }
}

function refusal({ message, error_code }: RegistryAnswer): string {
  return message ?? (error_code === undefined ? "no reason given" : `error ${error_code}`);
}
