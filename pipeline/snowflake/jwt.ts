/**
 * Tokens by which Snowflake's REST services know a user: signed with the user's private key.
 * @module
 */
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { readPrivateKey, type SnowflakeOptions } from "./options.ts";

/** Snowflake takes no token that is valid for longer than an hour. */
const LIFE_S = 3540;
/** A token is not used in its last minutes: the request may wait. */
const MARGIN_S = 300;

/** Makes tokens, each used until it is about to expire. */
export class KeyPairTokens {
  readonly #options: SnowflakeOptions;
  readonly #now: () => number;
  #pem: Promise<string> | undefined;
  #token = "";
  #expiresS = 0;

  /** `now` is in milliseconds since 1970; default: `Date.now`. */
  constructor(options: SnowflakeOptions, now: () => number = Date.now) {
    this.#options = options;
    this.#now = now;
  }

  /** A valid token. Throws `SNOWFLAKE_KEY` for a key that can't be used. */
  async token(): Promise<string> {
    const nowS = Math.floor(this.#now() / 1000);
    if (nowS < this.#expiresS - MARGIN_S) return this.#token;
    this.#pem ??= readPrivateKey(this.#options);
    const pem = await this.#pem;
    this.#expiresS = nowS + LIFE_S;
    this.#token = keyPairToken(this.#options, pem, nowS, this.#expiresS);
    return this.#token;
  }

  /** Makes the next token a new one: the last was refused. */
  forget(): void {
    this.#expiresS = 0;
  }
}

/** The token of a user for the private key in PEM; times in seconds since 1970. */
export function keyPairToken(
  { account, user }: Pick<SnowflakeOptions, "account" | "user">,
  pem: string,
  issuedS: number,
  expiresS: number,
): string {
  const key = createPrivateKey(pem);
  const der = createPublicKey(key).export({ format: "der", type: "spki" });
  const print = createHash("sha256").update(der).digest("base64");
  // Of a locator such as xy12345.eu-west-1 only the first part names the account.
  const subject = `${account.split(".")[0] ?? ""}.${user}`.toUpperCase();
  const claims = {
    iss: `${subject}.SHA256:${print}`,
    sub: subject,
    iat: issuedS,
    exp: expiresS,
  };
  const text = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${sign("sha256", new TextEncoder().encode(text), key).toString("base64url")}`;
}

function encode(value: Record<string, unknown>): string {
  return new TextEncoder().encode(JSON.stringify(value)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}
