/** The file by which a reader finds the process that holds the warehouse. @module */
import { join } from "node:path";
import { z } from "zod";
import { messageOf, TickhouseError } from "../errors.ts";
import { removeIfThere } from "../remove.ts";

const ENDPOINT = z.object({
  url: z.string(),
  token: z.string(),
  pid: z.int(),
  startedAt: z.string(),
});

/** Where the endpoint listens and what it wants to see. */
export type EndpointFile = z.infer<typeof ENDPOINT>;

/** Path of the file in a home. */
export function endpointPath(home: string): string {
  return join(home, "endpoint.json");
}

/** Where an endpoint listens, and nowhere else: what is sent there has the token with it. */
const LOOPBACK = /^http:\/\/127\.0\.0\.1:\d{1,5}$/;
/** What can travel in a header. */
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * Writes the file whole, readable by its owner only: it holds the token. Throws `ENDPOINT_INVALID`
 * where a folder or another user's file is in its place.
 */
export async function writeEndpoint(home: string, endpoint: EndpointFile): Promise<void> {
  await Deno.mkdir(home, { recursive: true });
  const draft = `${endpointPath(home)}.${endpoint.pid}`;
  await Deno.writeTextFile(draft, JSON.stringify(endpoint), { mode: 0o600 });
  // The mode above holds for a new file only.
  await Deno.chmod(draft, 0o600);
  try {
    await Deno.rename(draft, endpointPath(home));
  } catch (cause) {
    await Deno.remove(draft);
    throw invalid(home, `it can't be written: ${messageOf(cause)}`, cause);
  }
}

/**
 * The endpoint that the file names, or undefined if there is none, or no sound one: the next process
 * that streams writes it again. Throws `ENDPOINT_INVALID` for what none of them ever wrote.
 */
export async function readEndpoint(home: string): Promise<EndpointFile | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(endpointPath(home));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw invalid(home, `it can't be read: ${messageOf(error)}`, error);
  }
  const { data } = ENDPOINT.safeParse(parseJson(text));
  if (data && !LOOPBACK.test(data.url)) {
    throw invalid(home, `it leads to ${data.url}, and not to this machine's loopback`);
  }
  if (data && !TOKEN.test(data.token)) throw invalid(home, "its token can't be sent");
  return data;
}

function invalid(home: string, what: string, cause?: unknown): TickhouseError {
  return new TickhouseError("ENDPOINT_INVALID", what, {
    field: endpointPath(home),
    fix: "remove it: a stream that runs has to be started again, and writes its own",
    cause,
  });
}

/** Removes the file if it still is the one with this token. */
export async function removeEndpoint(home: string, token: string): Promise<void> {
  if ((await ownOrNone(home))?.token !== token) return;
  await removeIfThere(endpointPath(home));
}

/** What was put in the file's place meanwhile is not ours to judge. */
async function ownOrNone(home: string): Promise<EndpointFile | undefined> {
  try {
    return await readEndpoint(home);
  } catch (error) {
    if (error instanceof TickhouseError) return undefined;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A damaged file is the same as none: it is rewritten by the next process that streams.
    return undefined;
  }
}
