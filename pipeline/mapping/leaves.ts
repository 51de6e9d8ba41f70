/** What stands in messages: places with the values seen there. @module */
import { Numeral, parseNumerals } from "../datasets/digits.ts";
import { pathText } from "./path.ts";

/** A value that was seen: text, a boolean, or a number as it is written. */
export type Seen = string | boolean | Numeral;

/** A place in the messages. */
export interface Leaf {
  /** As a mapping names it. */
  readonly path: string;
  /** Its last name. */
  readonly name: string;
  /** Names of the list that it is in; undefined for none. */
  readonly list: string | undefined;
  /** Values that were seen, none twice. */
  readonly values: readonly Seen[];
  /** Indices of the messages that have it. */
  readonly messages: ReadonlySet<number>;
}

const VALUES_MAX = 20;
const DEPTH_MAX = 6;

/** The places of all messages, in the order in which they are met; what is no JSON is passed over. */
export function leavesOf(messages: readonly string[]): Leaf[] {
  const found = new Map<string, Leaf & { values: Seen[]; messages: Set<number> }>();
  const look = (value: unknown, names: string[], list: string[] | undefined, at: number): void => {
    if (value === null || names.length > DEPTH_MAX) return;
    if (isCodes(value) && names.length > 0) {
      look(value.map(String).join(" "), names, list, at);
      return;
    }
    if (Array.isArray(value)) {
      // A list in a list can't be named.
      if (list === undefined) { for (const one of value) look(one, [], names, at); }
      return;
    }
    if (typeof value === "object" && !(value instanceof Numeral)) {
      for (const [name, one] of Object.entries(value)) {
        if (/^$|^\*+$|["\\[\]]/.test(name)) continue;
        look(one, [...names, name], list, at);
      }
      return;
    }
    const name = names.at(-1);
    if (name === undefined) return;
    const path = pathText(list, names);
    const leaf = found.get(path) ?? {
      ...{ path, name, list: list?.join("."), values: [], messages: new Set<number>() },
    };
    found.set(path, leaf);
    leaf.messages.add(at);
    const seen = value as Seen;
    const isNew = !leaf.values.some((one) => String(one) === String(seen));
    if (isNew && leaf.values.length < VALUES_MAX) leaf.values.push(seen);
  };
  messages.forEach((message, at) => {
    const value = parsed(message);
    if (value !== undefined) look(value, [], undefined, at);
  });
  return [...found.values()];
}

function parsed(message: string): unknown {
  try {
    const value = parseNumerals(message);
    return typeof value === "object" && !(value instanceof Numeral) ? value : undefined;
  } catch {
    return undefined; // Refused when it is read; nothing to learn from here.
  }
}

/** A list of texts and numbers, such as a trade's conditions. */
function isCodes(value: unknown): value is (string | Numeral)[] {
  return Array.isArray(value) && value.length > 0 &&
    value.every((one) => typeof one === "string" || one instanceof Numeral);
}
