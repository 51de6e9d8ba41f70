/** Messages of Finnhub's WebSocket. @module */
import { valueText } from "../../provider/answer.ts";
import { beginningOf } from "../../provider/verdict.ts";

/** A message, read. */
export type Message =
  | { readonly kind: "trade"; readonly data: readonly unknown[] }
  | { readonly kind: "ping" }
  /** Finnhub says that something is wrong. */
  | { readonly kind: "error"; readonly says: string }
  /** It is no message as documented. */
  | { readonly kind: "fault"; readonly fault: string };

const PING: Message = { kind: "ping" };

/** Reads a message; its trades are looked at later, one by one. */
export function parseMessage(text: string): Message {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { kind: "fault", fault: `the message is no JSON: ${beginningOf(text)}` };
  }
  if (typeof json !== "object" || json === null) {
    return { kind: "fault", fault: `the message is ${valueText(json)}: no object` };
  }
  const { type, data, msg } = json as {
    readonly type?: unknown;
    readonly data?: unknown;
    readonly msg?: unknown;
  };
  if (type === "ping") return PING;
  if (type === "error") {
    return { kind: "error", says: typeof msg === "string" ? msg : valueText(msg) };
  }
  if (type !== "trade") return { kind: "fault", fault: `type is ${valueText(type)}: not known` };
  if (Array.isArray(data)) return { kind: "trade", data };
  return { kind: "fault", fault: `data is ${valueText(data)}: no list of trades` };
}
