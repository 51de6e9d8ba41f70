/**
 * `deno task compose:pin`: asks the registries which bytes the images' tags mean today, and writes
 * their digests into docker-compose.yml and the Dockerfile. `--check` writes nothing; its exit
 * status is 1 if an image has no digest.
 * @module
 */
import { messageOf, TickhouseError } from "tickhouse/errors.ts";

/** An image as Compose names it. */
export interface Image {
  /** Host of its registry. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  /** `sha256:…`, where it is pinned. */
  readonly digest: string | undefined;
}

/** Files that name images. */
export const FILES = ["docker-compose.yml", "services/snowflake/Dockerfile"] as const;

const HUB = "registry-1.docker.io";
const LINE = /^(\s*image:\s*|FROM\s+)(\S+)$/gm;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const TIMEOUT_MS = 30_000;
/** Of an image for several machines, the list; else the image itself. */
const ACCEPT = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Reads `name:tag` or `name:tag@sha256:…`. Throws `IMAGE_INVALID`. */
export function imageOf(reference: string): Image {
  const [named = "", digest] = reference.split("@", 2);
  const match = /^(.+):([\w][\w.-]{0,127})$/.exec(named);
  if (!match || (digest !== undefined && !DIGEST.test(digest))) {
    throw new TickhouseError("IMAGE_INVALID", "it names no tag, or a digest that is none", {
      field: "image",
      value: reference,
      fix: "write it as name:tag",
    });
  }
  const [, name = "", tag = ""] = match;
  const [first = "", ...rest] = name.split("/");
  // As Docker: what looks like a host is one, and what has no owner is the library's.
  const hosted = rest.length > 0 && /[.:]|^localhost$/.test(first);
  const repository = hosted ? rest.join("/") : rest.length > 0 ? name : `library/${name}`;
  return { registry: hosted ? first : HUB, repository, tag, digest };
}

/** The images that a text names, in order. */
export function imagesIn(text: string): string[] {
  return [...text.matchAll(LINE)].map(([, , reference = ""]) => reference);
}

/** The text with each image's digest as the registry has it now. Throws `REGISTRY_…`. */
export async function pinned(
  text: string,
  digest: (image: Image) => Promise<string>,
): Promise<string> {
  const found = new Map<string, string>();
  for (const reference of new Set(imagesIn(text))) {
    const named = reference.split("@")[0] ?? "";
    found.set(reference, `${named}@${await digest(imageOf(reference))}`);
  }
  return text.replace(LINE, (_, head: string, reference: string) => {
    return head + found.get(reference);
  });
}

/** The digest of what the tag names, computed from the bytes and compared with what is said. */
export async function digestOf(image: Image, scheme = "https"): Promise<string> {
  const { registry, repository, tag } = image;
  const url = `${scheme}://${registry}/v2/${repository}/manifests/${tag}`;
  let response = await ask(url, {}, image);
  if (response.status === 401) {
    const token = await tokenFor(response.headers.get("www-authenticate") ?? "", image);
    await response.body?.cancel();
    response = await ask(url, { authorization: `Bearer ${token}` }, image);
  }
  const bytes = await response.bytes();
  if (!response.ok) throw refused(image, `the registry answers ${response.status}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  const digest = `sha256:${hash}`;
  const said = response.headers.get("docker-content-digest") ?? digest;
  if (said !== digest) throw refused(image, `the registry says ${said}, its bytes are ${digest}`);
  return digest;
}

async function tokenFor(challenge: string, image: Image): Promise<string> {
  const part = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
  const realm = part("realm");
  if (!/^Bearer /i.test(challenge) || !realm || !URL.canParse(realm)) {
    throw refused(image, "the registry asks for a log-in");
  }
  const url = new URL(realm);
  url.searchParams.set("service", part("service") ?? "");
  url.searchParams.set("scope", `repository:${image.repository}:pull`);
  const response = await ask(url.href, {}, image);
  const { token, access_token } = response.ok ? await response.json() : { token: undefined };
  const found: unknown = token ?? access_token;
  if (typeof found === "string") return found;
  throw refused(image, "the registry gives no token");
}

async function ask(url: string, headers: Record<string, string>, image: Image): Promise<Response> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return await fetch(url, { headers: { accept: ACCEPT, ...headers }, signal });
  } catch (cause) {
    throw refused(image, `the registry does not answer: ${messageOf(cause)}`, cause);
  }
}

function refused({ registry, repository, tag }: Image, what: string, cause?: unknown) {
  return new TickhouseError("REGISTRY_REFUSED", what, {
    field: "image",
    value: `${registry}/${repository}:${tag}`,
    fix: "check the name and the tag in services/kit/versions.ts, and the network",
    cause,
  });
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args.includes("--check"));
  } catch (error) {
    if (!(error instanceof TickhouseError)) throw error;
    console.error(`error ${error.code}: ${error.message}`);
    Deno.exitCode = 2;
  }
}

async function main(check: boolean): Promise<number> {
  // All are asked before any file changes.
  const texts: [string, string][] = [];
  let open = 0;
  for (const file of FILES) {
    const text = Deno.readTextFileSync(file);
    for (const reference of new Set(imagesIn(text))) {
      if (imageOf(reference).digest) continue;
      open++;
      if (check) console.error(`${file}: ${reference} has no digest`);
    }
    if (!check) texts.push([file, await pinned(text, digestOf)]);
  }
  for (const [file, text] of texts) {
    Deno.writeTextFileSync(file, text);
    console.error(`${file}: ${imagesIn(text).length} images pinned`);
  }
  return check && open > 0 ? 1 : 0;
}
