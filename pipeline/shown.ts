/**
 * What may be shown: nothing that steers a terminal, and no secret. Everything printed passes here,
 * and so does every message of an error.
 * @module
 */

/** Stands where a secret was. */
export const SECRET = "(secret)";

/** C0 but newline and tab, DEL, C1, separators of lines, and what turns the direction of text. */
// deno-lint-ignore no-control-regex
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * The text with characters that steer a terminal written as `\u001b`: the same that JSON means by
 * it, so that JSON stays what it is. Newlines and tabs stay.
 */
export function visible(text: string): string {
  return text.replaceAll(STEERING, escaped);
}

/** The same for what is to stay in its line, or its cell. */
export function visibleLine(text: string): string {
  return visible(text).replaceAll(/[\n\t]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Parameters of URLs and connection strings whose value nobody may see. */
const PARAMETERS = "sig|signature|x-amz-signature|x-amz-credential|x-amz-security-token|" +
  "x-goog-signature|x-goog-credential|token|access_?token|refresh_?token|id_?token|password|" +
  "passwd|pwd|secret|client_?secret|api_?key|accountkey|sharedaccesskey|sharedaccesssignature";

/** What is secret wherever it stands, and how it is left out. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // User and password of a URL; a password may hold an @.
  [/:\/\/[^\s/?#"'<>\\]*@/g, `://${SECRET}@`],
  // A SAS has several parameters: all that follows it is secret.
  [/\b(sharedaccesssignature=)[^\s;"'<>\\]+/gi, `$1${SECRET}`],
  [
    new RegExp(`(^|[?&;,\\s"'])(${PARAMETERS})=(?!\\(secret\\))[^\\s&;"'<>\\\\]+`, "gi"),
    `$1$2=${SECRET}`,
  ],
  [/\b(bearer\s+|snowflake token=")[\w.~+/-]{12,}=*/gi, `$1${SECRET}`],
  [/\b(basic\s+)[\w+/-]{16,}=*/gi, `$1${SECRET}`],
  // A token of JSON, such as those that log in to Snowflake.
  [/\beyJ[\w-]{8,512}\.[\w-]{8,8192}\.[\w-]*/g, SECRET],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, SECRET],
];

/** Shorter ones would be found in any text, and give themselves away by what is left out. */
const LENGTH_MIN = 6;
/** Shorter ones are left out only where they stand as a word of their own. */
const LENGTH_UNIQUE = 12;

/** What `keepSecret` was told, longest first. */
const kept: { readonly text: string; readonly found: RegExp }[] = [];

/** From now on the value is left out of everything shown, also as a URL and as JSON write it. */
export function keepSecret(value: string): void {
  const text = value.trim();
  const forms = [value, text, encodeURIComponent(text.toWellFormed()), quoted(text), plain(text)];
  for (const form of forms) {
    if (form.length < LENGTH_MIN || kept.some((one) => one.text === form)) continue;
    const literal = form.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    const whole = form.length < LENGTH_UNIQUE
      ? `(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`
      : literal;
    kept.push({ text: form, found: new RegExp(whole, "gu") });
  }
  kept.sort((a, b) => b.text.length - a.text.length);
}

/** The text without what the process was told to keep, and without what looks like a secret. */
export function redacted(text: string): string {
  const known = kept.reduce((rest, { found }) => rest.replaceAll(found, SECRET), text);
  return PATTERNS.reduce((rest, [found, left]) => rest.replaceAll(found, left), known);
}

/** User and password before a host, of an address or of host:port. */
const USER_INFO = /(:\/\/|(?<=^|[\s,])(?=[^\s,/:@]{2,}:(?!\/\/)))([^\s,]*)@/g;

/** The value of a setting that is no secret as a whole: of host:port the user is left out too. */
export function redactedSetting(value: string): string {
  return redacted(value.replaceAll(USER_INFO, `$1${SECRET}@`));
}

/** Passwords that are in the value of a setting. */
export function passwordsIn(value: string): string[] {
  return [...value.matchAll(USER_INFO)].map(([, , info = ""]) => info.slice(info.indexOf(":") + 1));
}

/** The text as it may be shown. */
export function shown(text: string): string {
  return visible(redacted(text));
}

/** The value with all its texts redacted; names of fields stay. */
export function redactedValue(value: unknown): unknown {
  if (typeof value === "string") return redacted(value);
  if (Array.isArray(value)) return value.map(redactedValue);
  if (typeof value !== "object" || value === null || "toJSON" in value) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, redactedValue(v)]));
}

function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Nothing was encoded.
  }
}
