/**
 * What all providers are asked by: paced, within the day's budget, tried again where that can help,
 * left alone while they are down, and never believed to send small answers, or on to good places.
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import type { ErrorCode } from "../error_codes.ts";
import { messageOf } from "../errors.ts";
import { AnswerTooLarge, type HttpAnswer, NoAnswer, retryAfterMs, sendOnce } from "../http.ts";
import { sha256 } from "../sha256.ts";
import { redacted } from "../shown.ts";
import { Breaker } from "./breaker.ts";
import { type ProviderDetails, ProviderError } from "./errors.ts";
import { type Limit, Pace, Paused } from "./pace.ts";
import { beginningOf, FAILURES, judgedByStatus, type Judgement } from "./verdict.ts";

export type { Judgement, Limit };

/** Requests that may still be sent today. */
export interface Budget {
  /** Counts one request; false if the day has none left. */
  take(): Promise<boolean>;
  /** One that was taken is not sent. Default: it stays counted. */
  giveBack?(): Promise<void>;
  /** The provider says that nothing is left, whatever was counted here. Default: that is not kept. */
  spent?(): Promise<void>;
  /** When the provider's next day begins, milliseconds since 1970. */
  nextMs(): number;
}

/** How a provider is asked. */
export interface ClientOptions {
  /** As rows and the ledger name it. */
  readonly provider: string;
  /** Where its paths begin. */
  readonly base: string;
  /** Together they hold for all processes of the machine that ask with this key. */
  readonly limits: readonly Limit[];
  /** Folder where the machine keeps who has asked when. */
  readonly paces: string;
  /** A secret that goes with each request, in a header or a parameter. Default: none. */
  readonly key?: { readonly value: string; readonly header?: string; readonly parameter?: string };
  /** What to do where access is refused. Default: to see the key, and its plan. */
  readonly accessFix?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: as many as the limits allow. */
  readonly budget?: Budget;
  /** What an answer means. Default: what its status says. */
  readonly judge?: (answer: HttpAnswer) => Judgement;
  /** Bytes of an answer, unpacked. Default: 32 MiB. */
  readonly bytesMax?: number;
  /** How often a request is sent in all. Default: 4. */
  readonly attemptsMax?: number;
  /** Milliseconds until an answer must be there, whole. Default: 30,000. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
  /** From 0 up to 1, spreads the waits. Default: `Math.random`. */
  readonly random?: () => number;
}

/** What is asked. */
export interface ProviderRequest {
  /** Segments of the path; they are encoded here. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  /** The instrument, for errors. */
  readonly symbol?: string;
  readonly signal?: AbortSignal;
}

/** What was answered. */
export interface ProviderAnswer {
  readonly provider: string;
  readonly status: number;
  readonly text: string;
  /** Without the key. */
  readonly url: string;
  /** When it was asked, microseconds since 1970. */
  readonly askedUs: number;
  /** When the answer was there, whole; microseconds since 1970. */
  readonly answeredUs: number;
  /** Of the body, in hexadecimal digits. */
  readonly sha256: string;
}

/** The parts of an error that the client adds to. */
type Details = Omit<ProviderDetails, "field" | "value">;

const UNAVAILABLE: Judgement = { verdict: "unavailable" };
const BYTES_MAX = 32 * 2 ** 20;
const REDIRECTS_MAX = 3;
/** Milliseconds of the first wait after a failure; it doubles. */
const WAIT_MS = 500;
/** Milliseconds of the first pause of all, when a provider says no more than that it was too much. */
const PAUSE_MS = 2_000;
/** A provider that wants to be left alone for longer is asked again by a later run. */
const PAUSE_MAX_MS = 65_000;

/** Asks one provider. */
export class ProviderClient {
  readonly #options: ClientOptions;
  readonly #clock: Clock;
  readonly #breaker: Breaker;
  #pace: Promise<Pace> | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#breaker = new Breaker({ clock: this.#clock });
  }

  /** As rows and the ledger name it. */
  get provider(): string {
    return this.#options.provider;
  }

  /**
   * The answer, if it is one. Throws `ProviderError` with the codes of `FAILURES`,
   * `PROVIDER_REDIRECTED` and `PROVIDER_ANSWER_INVALID`, and the signal's reason when that aborts.
   */
  async get(request: ProviderRequest): Promise<ProviderAnswer> {
    let url = this.#urlOf(request);
    for (let redirects = 0;; redirects++) {
      const { answer, askedUs } = await this.#attempts(url, request);
      const location = isRedirect(answer.status) ? answer.headers.get("location") : null;
      if (location === null) {
        this.#assertFine(answer, request);
        return {
          provider: this.provider,
          status: answer.status,
          text: answer.text,
          url: `${url}`,
          askedUs,
          answeredUs: this.#nowUs(),
          sha256: await sha256(new TextEncoder().encode(answer.text)),
        };
      }
      url = this.#followed(url, location, redirects, request);
    }
  }

  /** An error of this provider, for who reads its answers. */
  error(code: ErrorCode, what: string, details: Details, symbol?: string): ProviderError {
    const value = symbol === undefined ? {} : { value: symbol };
    return new ProviderError(code, what, {
      field: `${this.provider} symbol`,
      ...value,
      ...details,
    });
  }

  /** An answer that is not as documented. */
  invalid(what: string, symbol: string, cause?: unknown): ProviderError {
    return this.error("PROVIDER_ANSWER_INVALID", what, {
      reason: "provider_error",
      fix: "the next run asks again",
      ...(cause === undefined ? {} : { cause }),
    }, symbol);
  }

  /** Sends the request until it is answered, or trying again is no use. */
  async #attempts(
    url: URL,
    { symbol, signal }: ProviderRequest,
  ): Promise<{ answer: HttpAnswer; askedUs: number }> {
    const { attemptsMax = 4, random = Math.random } = this.#options;
    for (let attempt = 1;; attempt++) {
      await this.#admitted(signal, symbol);
      const askedUs = this.#nowUs();
      const answer = await this.#once(url, signal, symbol);
      const { verdict, pauseMs: wanted = 0 } = answer instanceof NoAnswer
        ? UNAVAILABLE
        : this.#judge(answer);
      if (verdict === "unavailable") this.#breaker.failed();
      else this.#breaker.succeeded();
      if (verdict === "quota") await this.#options.budget?.spent?.();
      const pauseMs = answer instanceof NoAnswer
        ? 0
        : Math.max(wanted, this.#pauseOf(answer, attempt));
      if (verdict === "throttled") await (await this.#paced()).pause(pauseMs);
      const again = verdict === "unavailable" || verdict === "throttled";
      if (!again || attempt >= attemptsMax || pauseMs > PAUSE_MAX_MS) {
        if (!(answer instanceof NoAnswer)) return { answer, askedUs };
        throw this.error("PROVIDER_UNAVAILABLE", `no answer came: ${answer.message}`, {
          reason: "provider_error",
          fix: "see that this machine reaches it; the next run asks again",
          cause: answer,
        }, symbol);
      }
      // After a pause of all, the pace waits.
      if (verdict === "throttled") continue;
      await this.#clock.sleep(WAIT_MS * 2 ** (attempt - 1) * (0.5 + random() / 2), signal);
      signal?.throwIfAborted();
    }
  }

  async #once(
    url: URL,
    signal: AbortSignal | undefined,
    symbol: string | undefined,
  ): Promise<HttpAnswer | NoAnswer> {
    const { timeoutMs, bytesMax = BYTES_MAX } = this.#options;
    try {
      const answer = await sendOnce({ method: "GET", ...this.#signed(url) }, {
        bytesMax,
        follow: false,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(signal ? { signal } : {}),
      });
      signal?.throwIfAborted();
      return answer;
    } catch (error) {
      this.#breaker.abandoned();
      if (!(error instanceof AnswerTooLarge)) throw error;
      throw this.error("PROVIDER_ANSWER_INVALID", messageOf(error), {
        reason: "provider_error",
        fix: "ask for a shorter time",
        cause: error,
      }, symbol);
    }
  }

  /** Waits for its turn. */
  async #admitted(signal: AbortSignal | undefined, symbol: string | undefined): Promise<void> {
    const left = this.#breaker.admit();
    if (left > 0) {
      throw this.error("PROVIDER_UNAVAILABLE", "it failed several times in a row: left alone", {
        reason: "provider_error",
        againMs: this.#clock.now() + left,
        fix: `try again in ${Math.ceil(left / 1000)} s`,
      }, symbol);
    }
    const { budget } = this.#options;
    try {
      // Who has nothing left need not wait for a turn.
      if (budget && !await budget.take()) throw this.#usedUp(budget, symbol);
      try {
        await (await this.#paced()).take(signal, PAUSE_MAX_MS);
      } catch (error) {
        await budget?.giveBack?.();
        throw error instanceof Paused ? this.#leftAlone(error, symbol) : error;
      }
    } catch (error) {
      this.#breaker.abandoned();
      throw error;
    }
  }

  #usedUp(budget: Budget, symbol: string | undefined): ProviderError {
    const again = new Date(budget.nextMs()).toISOString();
    return this.error("PROVIDER_QUOTA", "today's requests are used up", {
      reason: "quota",
      againMs: budget.nextMs(),
      fix: `the next run goes on, from ${again} on`,
    }, symbol);
  }

  #leftAlone({ untilMs }: Paused, symbol: string | undefined): ProviderError {
    const again = new Date(untilMs).toISOString();
    return this.error("PROVIDER_QUOTA", `it wants to be left alone until ${again}`, {
      reason: "quota",
      againMs: untilMs,
      fix: "the next run after that goes on",
    }, symbol);
  }

  #paced(): Promise<Pace> {
    return this.#pace ??= this.#openPace();
  }

  async #openPace(): Promise<Pace> {
    const { paces: folder, limits, key, base } = this.#options;
    // Who has another key, or asks another server, has limits of their own.
    const who = await sha256(new TextEncoder().encode(`${base} ${key?.value ?? ""}`));
    const name = `${this.provider}-${who.slice(0, 16)}`;
    return new Pace({ folder, name, limits, clock: this.#clock });
  }

  #judge(answer: HttpAnswer): Judgement {
    // What sends on elsewhere is looked at later.
    if (isRedirect(answer.status)) return { verdict: "fine" };
    return this.#options.judge?.(answer) ?? { verdict: judgedByStatus(answer) };
  }

  /** Milliseconds for which the provider wants to be left alone. */
  #pauseOf({ headers }: HttpAnswer, attempt: number): number {
    const now = this.#clock.now();
    const reset = Number(headers.get("x-ratelimit-reset") ?? Number.NaN);
    return Math.max(
      PAUSE_MS * 2 ** (attempt - 1),
      retryAfterMs(headers.get("retry-after"), now),
      // Seconds since 1970.
      reset > 1e9 && reset < 1e11 ? reset * 1000 - now : 0,
    );
  }

  #assertFine(answer: HttpAnswer, { symbol }: ProviderRequest): void {
    const { verdict, says = beginningOf(answer.text) } = this.#judge(answer);
    if (verdict === "fine") return;
    const { code, reason, fix: usual } = FAILURES[verdict];
    const fix = verdict === "no_access" ? this.#options.accessFix ?? usual : usual;
    const said = says === "" ? "" : `: ${this.#withoutKey(says)}`;
    const againMs = verdict === "quota" ? this.#options.budget?.nextMs() : undefined;
    throw this.error(code, `it answered ${answer.status}${said}`, {
      ...{ reason, fix },
      ...againMs === undefined ? {} : { againMs },
    }, symbol);
  }

  /** Where to ask next: a server elsewhere would get the key, one of this network could be any. */
  #followed(url: URL, location: string, redirects: number, { symbol }: ProviderRequest): URL {
    const next = URL.parse(location, url);
    const stays = next && next.hostname === url.hostname &&
      (next.origin === url.origin || next.protocol === "https:");
    if (stays && redirects < REDIRECTS_MAX) {
      const { parameter } = this.#options.key ?? {};
      // Sent on with all that was asked: the key is put to it again when it is sent.
      if (parameter) next.searchParams.delete(parameter);
      if (redacted(`${next}`) === `${next}`) return next;
      throw this.error("PROVIDER_REDIRECTED", "it sends on to an address with a secret in it", {
        reason: "provider_error",
        fix: "the next run asks again; if that stays, use another provider: addresses are kept",
      }, symbol);
    }
    const where = this.#withoutKey(next?.host ?? location);
    throw this.error("PROVIDER_REDIRECTED", `it sends on to ${where}`, {
      reason: "provider_error",
      fix: "if the provider has moved, set its new address",
    }, symbol);
  }

  /** Some providers say the key in what they say of it. */
  #withoutKey(text: string): string {
    const { value = "" } = this.#options.key ?? {};
    return value === "" ? text : text.replaceAll(value, "***");
  }

  #urlOf({ path, query = {} }: ProviderRequest): URL {
    const base = this.#options.base.replace(/\/+$/, "");
    const url = new URL([base, ...path.map(encodeURIComponent)].join("/"));
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  #signed(url: URL) {
    const { headers = {}, key } = this.#options;
    const whole = new URL(url);
    if (key?.parameter) whole.searchParams.set(key.parameter, key.value);
    const secret = key?.header ? { [key.header]: key.value } : {};
    return { url: `${whole}`, headers: () => ({ ...headers, ...secret }) };
  }

  #nowUs(): number {
    return Math.floor(this.#clock.now() * 1000);
  }
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}
