/**
 * What an installed server is made of, so that damage is seen before it is used.
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";

const FILE = "manifest.json";

type Manifest = Record<string, { readonly bytes: number; readonly sha256: string }>;

/** Notes size and checksum of every file in the folder. Links are left out: they hold no bytes. */
export async function writeManifest(folder: string): Promise<void> {
  const manifest: Manifest = {};
  for (const path of files(folder)) {
    const full = join(folder, path);
    manifest[path] = { bytes: Deno.statSync(full).size, sha256: await sha256(full) };
  }
  Deno.writeTextFileSync(join(folder, FILE), JSON.stringify(manifest));
}

/** What is wrong with the folder, or undefined. `full` compares checksums too, not only sizes. */
export async function damaged(folder: string, full: boolean): Promise<string | undefined> {
  const text = read(join(folder, FILE));
  if (text === undefined) return "not installed";
  const manifest = parse(text);
  if (!manifest) return `${FILE} is not whole`;
  for (const [path, { bytes, sha256: sum }] of Object.entries(manifest)) {
    const full_ = join(folder, path);
    const size = sizeOf(full_);
    if (size === undefined) return `${path} is missing`;
    if (size !== bytes) return `${path} has ${size} bytes instead of ${bytes}`;
    if (full && await sha256(full_) !== sum) return `${path} was changed`;
  }
  return undefined;
}

function parse(text: string): Manifest | undefined {
  try {
    return JSON.parse(text) as Manifest;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function* files(folder: string, prefix = ""): Generator<string> {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(join(folder, prefix))) {
    const path = join(prefix, name);
    if (isDirectory) yield* files(folder, path);
    else if (isFile) yield path;
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const chunk = new Uint8Array(1 << 20);
  for (let read = await file.read(chunk); read !== null; read = await file.read(chunk)) {
    hash.update(chunk.subarray(0, read));
  }
  return hash.digest("hex");
}
