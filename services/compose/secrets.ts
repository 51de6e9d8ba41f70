/**
 * `deno task compose:env`: passwords for docker-compose.yml, made once and kept in `.env`.
 * @module
 */
import { parseEnv } from "node:util";

/** What Compose and tickhouse both read. */
export interface Secret {
  readonly name: string;
  /** A value, given those that are there. */
  readonly make: (known: Readonly<Record<string, string | undefined>>) => string;
}

const KEY_BYTES = 64;

/** In the order in which they are made. */
export const SECRETS: readonly Secret[] = [
  { name: "TICKHOUSE_S3_ACCESS_KEY", make: () => "tickhouse" },
  { name: "TICKHOUSE_S3_SECRET_KEY", make: password },
  { name: "PGPASSWORD", make: password },
  { name: "TICKHOUSE_SNOWFLAKE_PASSWORD", make: password },
  { name: "AZURITE_KEY", make: () => random(KEY_BYTES).toBase64() },
  {
    name: "TICKHOUSE_AZURE_CONNECTION",
    make: ({ AZURITE_KEY }) =>
      `DefaultEndpointsProtocol=http;AccountName=tickhouse;AccountKey=${AZURITE_KEY};` +
      "BlobEndpoint=http://127.0.0.1:10000/tickhouse",
  },
];

/** The text of `.env` with what is missing; what has a value keeps it. */
export function withSecrets(text: string): { readonly text: string; readonly made: string[] } {
  const known: Record<string, string | undefined> = parseEnv(text);
  const made: string[] = [];
  let lines = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  for (const { name, make } of SECRETS) {
    if (known[name]) continue;
    const value = make(known);
    known[name] = value;
    made.push(name);
    // A line that sets it to nothing would, further down, win over the new one.
    const empty = new RegExp(`^(?:export[ \\t]+)?${name}[ \\t]*=[^\\n]*\\n`, "gm");
    lines = `${lines.replace(empty, "")}${name}=${value}\n`;
  }
  return { text: lines, made };
}

/** Brings the file up to that, for its owner only. Returns the names that were made. */
export function writeSecrets(path: string): string[] {
  const place = realPath(path);
  const { text, made } = withSecrets(read(place));
  // Whole or not at all: there are passwords in it that are nowhere else.
  const fresh = `${place}.new`;
  remove(fresh);
  Deno.writeTextFileSync(fresh, text, { mode: 0o600, createNew: true });
  Deno.renameSync(fresh, place);
  return made;
}

function password(): string {
  return crypto.randomUUID();
}

function random(bytes: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(bytes));
}

/** A link stays one. */
function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return path;
    throw error;
  }
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

if (import.meta.main) {
  const made = writeSecrets(".env");
  console.error(made.length > 0 ? `.env: made ${made.join(", ")}` : ".env: nothing was missing");
}
