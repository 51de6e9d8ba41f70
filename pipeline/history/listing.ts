/** What a provider tells of a symbol, kept. @module */
import type { MetadataStore, Series } from "../metadata/metadata.ts";
import type { SymbolReference } from "../metadata/symbols.ts";
import type { Listing } from "./provider.ts";

/**
 * Keeps where a symbol is listed, as the provider tells it, from that day on; told otherwise than
 * before, the symbol means something else from that day on, and what changed is returned.
 */
export async function keepListing(
  { symbols }: Pick<MetadataStore, "symbols">,
  { provider, symbol }: Pick<Series, "provider" | "symbol">,
  { exchange, currency, name }: Listing,
  day: string,
): Promise<string | undefined> {
  if (exchange === null && currency === null && name === null) return undefined;
  const known = await symbols.at(provider, symbol, day);
  const told: SymbolReference = {
    ...{ provider, symbol, instrument: symbol, exchange, currency, name },
    ...{ validFrom: known ? day : null, validTo: null, source: provider },
  };
  if (!known) {
    await symbols.add(told);
    return undefined;
  }
  // A name in other words is no other listing; who keeps more by hand keeps it.
  const differs = known.source === provider &&
    (other(known.exchange, exchange) || other(known.currency, currency));
  if (!differs) return undefined;
  if (known.validFrom === day) return undefined;
  await symbols.end(provider, symbol, day);
  await symbols.add(told);
  return `it is listed at ${exchange ?? "?"} in ${currency ?? "?"} now, ` +
    `at ${known.exchange ?? "?"} in ${known.currency ?? "?"} before`;
}

function other(before: string | null, now: string | null): boolean {
  return before !== null && now !== null && before !== now;
}
