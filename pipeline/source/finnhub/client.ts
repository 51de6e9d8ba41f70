/** How Finnhub is asked. @module */
import type { Config } from "../../config/config.ts";
import type { HttpAnswer } from "../../http.ts";
import type { ProviderClient } from "../../provider/client.ts";
import { ProviderError } from "../../provider/errors.ts";
import { KeyedClient } from "../../provider/keyed.ts";
import { beginningOf, judgedByStatus, type Judgement } from "../../provider/verdict.ts";
import type { ProviderAccess } from "../entry.ts";

/** As rows and the ledger name it. */
export const FINNHUB = "finnhub";

/** What free keys may ask; all keys have the second one. https://finnhub.io/docs/api/rate-limit */
const LIMITS = [{ requests: 60, seconds: 60 }, { requests: 30, seconds: 1 }] as const;

/** The key. Throws `PROVIDER_ACCESS` without one. */
export function keyOf({ finnhubKey }: Pick<Config, "finnhubKey">): string {
  if (finnhubKey !== "") return finnhubKey;
  throw new ProviderError("PROVIDER_ACCESS", "Finnhub wants a key, and none is set", {
    field: "TICKHOUSE_FINNHUB_KEY",
    reason: "no_access",
    fix: "set it, free from finnhub.io/register; `deno task services up feeds` has a stand-in " +
      "that needs none of your own",
  });
}

/** A client of its REST API. Throws `PROVIDER_ACCESS` without a key. */
export function finnhubClient(
  config: Pick<Config, "finnhubKey" | "finnhubUrl">,
  { paces, clock }: Pick<ProviderAccess, "paces" | "clock">,
): ProviderClient {
  return new KeyedClient({
    provider: FINNHUB,
    base: config.finnhubUrl,
    key: { value: keyOf(config), header: "X-Finnhub-Token" },
    limits: LIMITS,
    judge: judgeFinnhub,
    paces,
    ...(clock ? { clock } : {}),
    accessFix: "see TICKHOUSE_FINNHUB_KEY, and what its plan includes",
  });
}

/** What an answer means: its status does, its body says why, as JSON or as text. */
export function judgeFinnhub(answer: HttpAnswer): Judgement {
  const says = errorOf(answer.text);
  const verdict = judgedByStatus(answer);
  if (verdict !== "fine") return says === undefined ? { verdict } : { verdict, says };
  if (says === undefined) return { verdict };
  // None was seen under status 200; if one comes, it is no answer.
  return { verdict: /limit/i.test(says) ? "throttled" : "bad_request", says };
}

function errorOf(text: string): string | undefined {
  // Answers with data are long, errors are not.
  if (text.length > 2_000 || !text.trimStart().startsWith('{"error"')) return undefined;
  try {
    const { error } = JSON.parse(text) as { readonly error?: unknown };
    return typeof error === "string" ? beginningOf(error) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // Whoever reads the answer says so.
    throw error;
  }
}

/** The body as JSON. Throws `PROVIDER_ANSWER_INVALID`. */
export function jsonOf(client: ProviderClient, text: string, symbol: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw client.invalid("it is no JSON", symbol, cause);
  }
}

/** Nobody trades under that name, as far as Finnhub knows. */
export function unknownSymbol(client: ProviderClient, symbol: string): ProviderError {
  return client.error(
    "PROVIDER_SYMBOL_UNKNOWN",
    "Finnhub answers all zeros, as it does of symbols that it does not know",
    {
      reason: "unknown_symbol",
      fix: "see how Finnhub writes it: AAPL, BRK.B, BINANCE:BTCUSDT, OANDA:EUR_USD",
    },
    symbol,
  );
}
