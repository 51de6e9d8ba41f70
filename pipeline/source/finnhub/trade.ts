/** A trade as Finnhub tells it, by WebSocket and by REST. @module */
import { TICK_PRICE_MAX } from "../../datasets/columns.ts";
import { valueText } from "../../provider/answer.ts";
import { numberText, timeMs } from "./value.ts";

/** What an element of a message has, as far as it is known. */
interface Element {
  readonly s?: unknown;
  readonly p?: unknown;
  readonly v?: unknown;
  readonly t?: unknown;
  readonly c?: unknown;
}

/** More is no size of a trade: what the column holds. */
const SIZE_MAX = 1e19;
const CONDITIONS_CHARS_MAX = 64;
/** What text of a column may be: no JSON. */
const SYMBOL = /^(?![[{])[\x21-\x7e]{1,32}$/;
const CODE = /^(?![[{])[\x21-\x7e]{1,16}$/;
const ID_CHARS_MAX = 96;

/**
 * The trade that was read last. One for all: nothing is made per trade but its texts. Numbers are
 * doubles, as in Finnhub itself, and are written with the fewest digits that mean the same.
 */
export class TradeReader {
  symbol = "";
  /** Milliseconds since 1970. */
  timeMs = 0;
  /** Whether its time came in whole seconds. */
  inSeconds = false;
  price = "";
  size = "";
  /** Codes with spaces between; empty for none. */
  conditions = "";
  /** Why it is no trade; empty if it is one. */
  fault = "";

  /** Reads an element; false if it is no trade, and `fault` says why. */
  read(element: unknown): boolean {
    this.fault = "";
    if (typeof element !== "object" || element === null) return this.#no("element", element, "");
    const { s, p, v, t, c } = element as Element;
    this.symbol = typeof s === "string" ? s : "";
    if (!SYMBOL.test(this.symbol)) return this.#no("s", s, "no symbol");
    return this.values(p, v, t, c);
  }

  /** Reads price, size, time and conditions of a trade of the symbol that is set. */
  values(p: unknown, v: unknown, t: unknown, c: unknown): boolean {
    this.fault = "";
    if (typeof p !== "number" || !(p > 0 && p <= TICK_PRICE_MAX)) {
      return this.#no("p", p, "no price above 0");
    }
    if (typeof v !== "number" || !(v >= 0 && v < SIZE_MAX)) {
      return this.#no("v", v, "no size from 0 on");
    }
    const [price, size] = [numberText(p), numberText(v)];
    if (price === undefined) return this.#no("p", p, "more than 8 decimals");
    if (size === undefined) return this.#no("v", v, "more than 8 decimals");
    const at = timeMs(t);
    if (at === undefined) return this.#no("t", t, "no time in milliseconds or seconds");
    const conditions = conditionsOf(c);
    if (conditions === undefined) return this.#no("c", c, "no list of codes");
    this.price = price;
    this.size = size;
    this.timeMs = at;
    this.inSeconds = at !== t;
    this.conditions = conditions;
    return true;
  }

  /** All that makes a trade itself but its price. */
  get rest(): string {
    return `${this.timeMs} ${this.size} ${this.conditions}`;
  }

  /** Its identity, since Finnhub gives none: equal trades have equal ones. */
  get id(): string {
    const id = `${this.timeMs}:${this.price}:${this.size}` +
      (this.conditions === "" ? "" : `:${this.conditions.replaceAll(" ", ",")}`);
    return id.length <= ID_CHARS_MAX ? id : `${id.slice(0, ID_CHARS_MAX - 9)}~${hash(id)}`;
  }

  /** Its record, as the log has it. */
  line(id: string, receivedUs: number): string {
    const conditions = this.conditions === "" ? "null" : JSON.stringify(this.conditions);
    return `{"symbol":${JSON.stringify(this.symbol)},"price":${this.price},"size":${this.size},` +
      `"event_time":${this.timeMs * 1000},"source":"finnhub","trade_id":${JSON.stringify(id)},` +
      `"conditions":${conditions},"receive_time":${receivedUs}}`;
  }

  #no(field: string, value: unknown, what: string): false {
    const of = this.symbol === "" ? "" : ` ${this.symbol}`;
    this.fault = `finnhub${of}: ${field} is ${valueText(value)}: ${what || "no trade"}`;
    return false;
  }
}

/** Codes with spaces between, empty for none; undefined if it is no list of codes. */
function conditionsOf(c: unknown): string | undefined {
  if (c === null || c === undefined) return "";
  if (!Array.isArray(c)) return undefined;
  let text = "";
  for (const code of c) {
    if (typeof code !== "string" || !CODE.test(code)) return undefined;
    text = text === "" ? code : `${text} ${code}`;
  }
  return text.length > CONDITIONS_CHARS_MAX ? undefined : text;
}

/** FNV-1a, eight hexadecimal digits. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return value.toString(16).padStart(8, "0");
}
