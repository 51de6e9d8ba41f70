/**
 * Answers as no provider should send them, out of one that is in order: truncated, huge, wrongly
 * typed, hostile. Seeded, so that what fails is found again by its number.
 *
 * ```ts ignore
 * fuzz({ texts: [answer], cases: 100_000 }, (text) => {
 *   const parsed = parseAnswer(text);
 *   assertValid(parsed);
 * });
 * ```
 * @module
 */
import { TickhouseError } from "../errors.ts";

/** Uniform in [0, 1), the same for the same seed. */
export type Uniform = () => number;

/** What is fuzzed. */
export interface FuzzOptions {
  /** Answers that are in order; short ones make more cases a second. */
  readonly texts: readonly string[];
  readonly cases: number;
  /** Default: 1. */
  readonly seed?: number;
}

/** JSON that belongs nowhere: what one value is replaced by. */
const HOSTILE: readonly string[] = [
  ...["null", "true", "false", "0", "-0", "-1", "1", "1e999", "-1e999", "1e-400", "1e308", "0.1"],
  ...[
    "9007199254740993",
    "-9223372036854775809",
    "253402300800",
    "1e15",
    "123456789012345678901234",
  ],
  ...["1.7976931348623157e308", "5e-324", "1732545000.5", "946684800", "-62135596801"],
  ...[`""`, `" "`, `"NaN"`, `"Infinity"`, `"-Infinity"`, `"None"`, `"null"`, `"undefined"`, `"-"`],
  ...[`"1e999"`, `"0x10"`, `"1_000"`, `"1,000.5"`, `"１２"`, `"1.2.3"`, `"+5"`, `".5"`, `"5."`],
  ...[`"1e5"`, `" 1 "`, `"12\\u0000"`, `"\\ud800"`, `"\\u202e1"`, `"'; DROP TABLE bars; --"`],
  ...[`"<script>alert(1)</script>"`, `"../../etc/passwd"`, `"\\u0000"`, `"2026-02-30"`],
  ...[`"9999-99-99 99:99:99"`, `"2026-11-01 01:30:00"`, `"2026-03-08 02:30:00"`, `"Mars/Olympus"`],
  ...[`"__proto__"`, `"constructor"`, `"toString"`, `"hasOwnProperty"`, `"valueOf"`],
  ...["[]", "{}", "[[]]", "[null]", "[[[[[[[[]]]]]]]]", `{"__proto__":{"polluted":1}}`],
  ...[`{"constructor":{"prototype":{"polluted":1}}}`, `{"length":1e9}`, `{"toString":1}`],
  ...[`{"valueOf":null,"toString":null}`, `{"toJSON":1}`, `[{"__proto__":null}]`, `{"0":1}`],
];

/** Names of fields that mean something to the language. */
const NAMES: readonly string[] = [
  ...["__proto__", "constructor", "prototype", "toString", "valueOf", "length", "then", "toJSON"],
  ...["", " ", "0", "\\u0000", "NaN"],
];

/** What stands anywhere in a text that is no JSON any more. */
const SHREDS: readonly string[] = [
  ...["", "\u0000", "\ufeff", "\ud800", "}", "]", "{", "[", ",", ":", `"`, "\\", "NaN", "Infinity"],
  ...["-", "//", "\r\n", "<html>", "null", "undefined", "\u2028"],
];

/** Numbers of the seed (mulberry32). */
export function seeded(seed: number): Uniform {
  let state = seed | 0;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(state ^ state >>> 15, 1 | state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}

/** One of them. */
export function pick<T>(random: Uniform, all: readonly T[]): T {
  const one = all[Math.floor(random() * all.length)];
  if (one === undefined) throw new TypeError("there is nothing to pick from");
  return one;
}

/** A place of a text of JSON: of a value, or of the name of a field. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly isName: boolean;
}

/** Makes damaged texts out of one that is in order. */
export class Mutator {
  readonly #text: string;
  readonly #spans: readonly Span[];

  /** `text` is JSON. */
  constructor(text: string) {
    this.#text = JSON.stringify(JSON.parse(text));
    this.#spans = spansOf(this.#text);
  }

  /** One damaged text; two of three are still JSON. */
  next(random: Uniform): string {
    let text = this.#replaced(random);
    if (random() < 0.33) text = torn(text, random);
    return text;
  }

  /** One to four values or names replaced, left out or doubled. */
  #replaced(random: Uniform): string {
    const count = 1 + Math.floor(random() * 4);
    const chosen = Array.from({ length: count }, () => pick(random, this.#spans))
      .sort((a, b) => a.from - b.from);
    let text = "";
    let at = 0;
    for (const { from, to, isName } of chosen) {
      if (from < at) continue; // It lies within one that is replaced already.
      text += this.#text.slice(at, from) + this.#other(from, to, isName, random);
      at = to;
    }
    return text + this.#text.slice(at);
  }

  #other(from: number, to: number, isName: boolean, random: Uniform): string {
    const here = this.#text.slice(from, to);
    if (isName) return `"${pick(random, NAMES)}"`;
    const kind = random();
    if (kind < 0.7) return pick(random, HOSTILE);
    if (kind < 0.8) return this.#at(pick(random, this.#spans));
    if (kind < 0.88) return `"${here.replaceAll(/["\\]/g, "")}"`; // A number as a text.
    if (kind < 0.94) return `[${here},${here}]`;
    if (kind < 0.97) return "[".repeat(200) + here + "]".repeat(200);
    return `"${pick(random, ["9", "A", "\\u0000", "é"]).repeat(1 + Math.floor(random() * 2000))}"`;
  }

  #at({ from, to }: Span): string {
    return this.#text.slice(from, to);
  }
}

/** Cut off, or with something in its middle that does not belong there. */
function torn(text: string, random: Uniform): string {
  const at = Math.floor(random() * (text.length + 1));
  const kind = random();
  if (kind < 0.5) return text.slice(0, at);
  if (kind < 0.9) {
    const left = Math.floor(random() * 4);
    return text.slice(0, at) + pick(random, SHREDS) + text.slice(at + left);
  }
  return kind < 0.95 ? text + text : pick(random, SHREDS).repeat(1 + Math.floor(random() * 50));
}

/** All values and names of the text, which is JSON without blanks. */
function spansOf(text: string): Span[] {
  const spans: Span[] = [];
  let at = 0;
  const string = () => {
    const from = at++;
    while (text[at] !== `"`) at += text[at] === "\\" ? 2 : 1;
    at++;
    return from;
  };
  const value = () => {
    const from = at;
    const opens = text[at];
    if (opens === "{" || opens === "[") {
      const closes = opens === "{" ? "}" : "]";
      at++;
      while (text[at] !== closes) {
        if (text[at] === ",") at++;
        if (opens === "{") {
          const name = string();
          spans.push({ from: name, to: at, isName: true });
          at++;
        }
        value();
      }
      at++;
    } else if (opens === `"`) string();
    else while (at < text.length && !",]}".includes(text[at] ?? "")) at++;
    spans.push({ from, to: at, isName: false });
  };
  value();
  return spans;
}

/**
 * Calls `check` with each damaged text. It may throw a `TickhouseError`; what else it throws is
 * thrown with number and text of the case. Prototypes must be as they were. Returns how many were
 * refused.
 */
export function fuzz(
  { texts, cases, seed = 1 }: FuzzOptions,
  check: (text: string, random: Uniform) => void,
): number {
  const mutators = texts.map((text) => new Mutator(text));
  return fuzzCases({ cases, seed }, (random) => pick(random, mutators).next(random), check);
}

/** As `fuzz`, of values that are made otherwise. */
export function fuzzCases<T>(
  { cases, seed = 1 }: Pick<FuzzOptions, "cases" | "seed">,
  make: (random: Uniform) => T,
  check: (value: T, random: Uniform) => void,
): number {
  let refused = 0;
  for (let number = 0; number < cases; number++) {
    const random = seeded(seed * 1_000_003 + number);
    const value = make(random);
    try {
      check(value, random);
    } catch (error) {
      if (!(error instanceof TickhouseError)) throw failed(number, value, error);
      refused++;
    }
  }
  const polluted = Object.keys(Object.prototype).concat(Object.keys(Array.prototype));
  if (polluted.length > 0 || "polluted" in {}) {
    throw new Error(`a prototype has got ${polluted.join(", ")}`);
  }
  return refused;
}

function failed(number: number, value: unknown, cause: unknown): Error {
  const text = typeof value === "string" ? JSON.stringify(value) : Deno.inspect(value);
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Error(`case ${number}: ${why}\n${text.slice(0, 2000)}`, { cause });
}

/** An odd text in place of a symbol. */
export function oddSymbol(random: Uniform): string {
  const parts = [
    ...["AAPL", "BRK.B", "^GSPC", "BTC-USD", "0700.HK", "../x", "%2e%2e", "\0", ".", "..", "/"],
    ...[
      "\\",
      "'",
      `"`,
      ";",
      "--",
      "?",
      "#",
      "&",
      "=",
      "%00",
      "%",
      " ",
      "\n",
      "\u202e",
      "é",
      "\ud800",
    ],
    ...[
      "$",
      "@",
      ":",
      "+",
      "~",
      "|",
      "*",
      "con",
      "nul",
      "A".repeat(40),
      "x".repeat(10_240),
      "file:",
    ],
    ...[
      "https://169.254.169.254/",
      "${PATH}",
      "$(id)",
      "`id`",
      "__proto__",
      "%c0%ae",
      "a",
      "Z",
      "9",
    ],
  ];
  const count = 1 + Math.floor(random() * 4);
  return Array.from({ length: count }, () => pick(random, parts)).join("");
}
