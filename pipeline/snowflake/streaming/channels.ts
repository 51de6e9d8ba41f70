/**
 * Snowpipe Streaming's REST service (the high-performance architecture): channels of a pipe.
 * @module
 */
import { gzipSync } from "node:zlib";
import { checkAuthenticator, type SnowflakeOptions } from "../options.ts";
import { KeyPairTokens } from "../jwt.ts";
import { request, RestError, type RestOptions } from "../rest.ts";
import { accountUrl } from "../snowpipe.ts";

/** What Snowflake tells of a channel. */
export interface ChannelStatus {
  /** Of the last rows that are in the table; undefined if there are none. */
  readonly offsetToken: string | undefined;
  /** Rows refused since the channel was made. */
  readonly errors: number;
  /** Why the last of them was. */
  readonly lastError: string;
}

/** An open channel: whoever opens it again takes it away. */
export interface OpenChannel {
  /** To be sent with the next rows. */
  readonly continuationToken: string;
  readonly status: ChannelStatus;
}

/** A scoped token lives for an hour. */
const TOKEN_LIFE_MS = 50 * 60_000;

/** Snowflake's words for a channel that another one opened since. */
const TAKEN = /STALE_CONTINUATION_TOKEN|INVALID_CLIENT_SEQUENCER|MUST_BE_REOPENED|INVALID_ROW_SEQ/;

/** True if the channel was opened by somebody else, or is no longer valid. */
export function isTaken(error: unknown): boolean {
  return error instanceof RestError && (error.status === 409 || TAKEN.test(error.reason));
}

/** The channels of one database's pipes. */
export class Channels {
  readonly #options: SnowflakeOptions;
  readonly #rest: RestOptions;
  readonly #tokens: KeyPairTokens;
  #host: Promise<string> | undefined;
  #scoped: Promise<string> | undefined;
  #scopedAt = 0;

  /** Throws `SNOWFLAKE_OPTIONS` for a way to prove oneself that the service does not know. */
  constructor(options: SnowflakeOptions, rest: RestOptions = {}) {
    checkAuthenticator(
      options,
      ["key-pair", "oauth"],
      "Snowpipe Streaming takes key pairs and OAuth tokens only",
    );
    this.#options = options;
    this.#rest = rest;
    this.#tokens = new KeyPairTokens(options);
  }

  /** Opens a channel, and makes it if there is none; `offsetToken` is set as committed then. */
  async open(pipe: string, channel: string, offsetToken?: string): Promise<OpenChannel> {
    const answer = await this.#ask(`opening ${channel}`, "PUT", "", pipe, `/channels/${channel}`, {
      body: JSON.stringify(offsetToken === undefined ? {} : { offset_token: offsetToken }),
    });
    return {
      continuationToken: String(answer["next_continuation_token"] ?? ""),
      status: statusOf(answer["channel_status"]),
    };
  }

  /**
   * Sends rows as lines of JSON and returns the next continuation token. Accepted is not committed:
   * see `status`. Sent once: after an error nobody knows, open the channel again and look.
   */
  async append(
    pipe: string,
    channel: string,
    continuationToken: string,
    offsetToken: string,
    lines: string,
  ): Promise<string> {
    const answer = await this.#ask(
      `rows of ${channel}`,
      "POST",
      "data/",
      pipe,
      `/channels/${channel}/rows`,
      {
        query: { continuationToken, offsetToken },
        headers: { "Content-Type": "application/x-ndjson", "Content-Encoding": "gzip" },
        body: new Uint8Array(gzipSync(lines, { level: 1 })),
        repeatable: false,
      },
    );
    return String(answer["next_continuation_token"] ?? "");
  }

  /** What became of a channel; undefined if there is none. */
  async status(pipe: string, channel: string): Promise<ChannelStatus | undefined> {
    const answer = await this.#ask(
      `status of ${channel}`,
      "POST",
      "",
      pipe,
      ":bulk-channel-status",
      { body: JSON.stringify({ channel_names: [channel] }) },
    );
    const found = answer["channel_statuses"] as Record<string, unknown> | undefined;
    // Names are compared without case.
    const entry = Object.entries(found ?? {})
      .find(([name]) => name.toUpperCase() === channel.toUpperCase());
    return entry && statusOf(entry[1]);
  }

  async #ask(
    what: string,
    method: "POST" | "PUT",
    kind: "" | "data/",
    pipe: string,
    rest: string,
    more: {
      readonly body: string | Uint8Array<ArrayBuffer>;
      readonly query?: Readonly<Record<string, string>>;
      readonly headers?: Readonly<Record<string, string>>;
      readonly repeatable?: boolean;
    },
  ): Promise<Record<string, unknown>> {
    const [schema = "", name = ""] = pipe.toUpperCase().split(".");
    const place =
      `databases/${this.#options.database.toUpperCase()}/schemas/${schema}/pipes/${name}`;
    const url = new URL(`/v2/streaming/${kind}${place}${rest}`, await this.#base());
    for (const [key, value] of Object.entries(more.query ?? {})) url.searchParams.set(key, value);
    return await request({
      what,
      method,
      url: url.href,
      bearer: () => this.#scopedToken(),
      onRefused: () => this.#forget(),
      headers: { "Content-Type": "application/json", ...more.headers },
      body: more.body,
      repeatable: more.repeatable ?? true,
    }, this.#rest);
  }

  /** Where rows go: the account tells. */
  async #base(): Promise<string> {
    const account = accountUrl(this.#options);
    return `${new URL(account).protocol}//${await this.#hostname()}`;
  }

  #hostname(): Promise<string> {
    this.#host ??= request({
      what: "asking for Snowpipe Streaming's host",
      method: "GET",
      url: new URL("/v2/streaming/hostname", accountUrl(this.#options)).href,
      bearer: () => this.#proof(),
      onRefused: () => this.#tokens.forget(),
      headers: this.#tokenType(),
    }, this.#rest).then((answer) => String(answer["hostname"] ?? answer["text"] ?? "").trim());
    this.#host.catch(() => this.#host = undefined);
    return this.#host;
  }

  /** A token for this service alone, by the user's. */
  #scopedToken(): Promise<string> {
    if (Date.now() - this.#scopedAt > TOKEN_LIFE_MS) this.#scoped = undefined;
    this.#scoped ??= this.#exchange();
    this.#scoped.catch(() => this.#scoped = undefined);
    return this.#scoped;
  }

  async #exchange(): Promise<string> {
    this.#scopedAt = Date.now();
    const answer = await request({
      what: "asking for a token of Snowpipe Streaming",
      method: "POST",
      url: new URL("/oauth/token", accountUrl(this.#options)).href,
      bearer: () => this.#proof(),
      onRefused: () => this.#tokens.forget(),
      headers: { ...this.#tokenType(), "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        scope: await this.#hostname(),
      }).toString(),
    }, this.#rest);
    return String(answer["token"] ?? answer["access_token"] ?? answer["text"] ?? "").trim();
  }

  #proof(): Promise<string> {
    return this.#options.authenticator === "oauth"
      ? Promise.resolve(this.#options.token ?? "")
      : this.#tokens.token();
  }

  #tokenType(): Record<string, string> {
    const type = this.#options.authenticator === "oauth" ? "OAUTH" : "KEYPAIR_JWT";
    return { "X-Snowflake-Authorization-Token-Type": type };
  }

  #forget(): void {
    this.#tokens.forget();
    this.#scoped = undefined;
  }
}

function statusOf(value: unknown): ChannelStatus {
  const status = (value ?? {}) as Record<string, unknown>;
  const token = status["last_committed_offset_token"];
  return {
    offsetToken: typeof token === "string" && token !== "" ? token : undefined,
    errors: Number(status["rows_error_count"] ?? 0),
    lastError: String(status["last_error_message"] ?? ""),
  };
}
