/** Names of instruments on their way into addresses, keys of objects and names of files. @module */
import { TickhouseError } from "../errors.ts";

const CHARS_MAX = 32;
/** Of ^GSPC, BRK.B, BTC-USD, ES=F, EURUSD=X, M&M.NS, OANDA:EUR_USD, BTC/USD and their kin. */
const SYMBOL = /^[A-Za-z0-9^$#._][A-Za-z0-9.^=:_/&$#+@-]*$/;

/** Throws `SYMBOL_INVALID` unless it can be the name of an instrument at a provider. */
export function checkSymbol(symbol: string): string {
  // Of dots and slashes alone a part of a path is made, which some servers resolve.
  const climbs = symbol.split("/").some((part) => /^\.*$/.test(part));
  if (symbol.length <= CHARS_MAX && SYMBOL.test(symbol) && !climbs) return symbol;
  throw new TickhouseError("SYMBOL_INVALID", "no symbol of an instrument", {
    field: "symbol",
    value: symbol,
    fix:
      `use 1 to ${CHARS_MAX} letters, digits and . - ^ = : / _ & $ # + @, such as AAPL, BRK.B, ` +
      "^GSPC or BTC-USD",
  });
}

/**
 * The symbols, each checked and once, in the order given. Throws `SYMBOL_INVALID`, also where two
 * differ in capitals alone: providers take them for one.
 */
export function checkSymbols(symbols: readonly string[]): string[] {
  const checked = [...new Set(symbols.map(checkSymbol))];
  const other = new Map<string, string>();
  for (const symbol of checked) {
    const same = other.get(symbol.toUpperCase());
    if (same !== undefined) {
      throw new TickhouseError("SYMBOL_INVALID", `providers take it for ${same}`, {
        field: "symbol",
        value: symbol,
        fix: "name one of the two",
      });
    }
    other.set(symbol.toUpperCase(), symbol);
  }
  if (checked.length > 0) return checked;
  throw new TickhouseError("SYMBOL_INVALID", "there is none", {
    field: "symbols",
    fix: "name at least one, separated by commas",
  });
}

/**
 * The symbol as a segment of an object's key or a file's name: what these do not take stands as
 * `=` and two hexadecimal digits a byte, so that no two symbols have the same. ^GSPC is `=5EGSPC`.
 */
export function segmentOf(symbol: string): string {
  const bytes = new TextEncoder().encode(symbol);
  const parts = Array.from(bytes, (byte, i) => {
    const character = String.fromCharCode(byte);
    const stays = /[A-Za-z0-9_-]/.test(character) || character === "." && i > 0;
    return stays ? character : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  });
  return parts.join("");
}
