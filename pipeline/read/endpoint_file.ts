/** The file by which a reader finds the process that holds the warehouse. @module */
import { join } from "node:path";
import { z } from "zod";

const ENDPOINT = z.object({
  url: z.url(),
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

/** Writes the file whole, readable by its owner only: it holds the token. */
export async function writeEndpoint(home: string, endpoint: EndpointFile): Promise<void> {
  await Deno.mkdir(home, { recursive: true });
  const draft = `${endpointPath(home)}.${endpoint.pid}`;
  await Deno.writeTextFile(draft, JSON.stringify(endpoint), { mode: 0o600 });
  // The mode above holds for a new file only.
  await Deno.chmod(draft, 0o600);
  await Deno.rename(draft, endpointPath(home));
}

/** The endpoint that the file names, or undefined if there is none, or no sound one. */
export async function readEndpoint(home: string): Promise<EndpointFile | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(endpointPath(home));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const parsed = ENDPOINT.safeParse(parseJson(text));
  return parsed.success ? parsed.data : undefined;
}

/** Removes the file if it still is the one with this token. */
export async function removeEndpoint(home: string, token: string): Promise<void> {
  if ((await readEndpoint(home))?.token !== token) return;
  await Deno.remove(endpointPath(home)).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A damaged file is the same as none: it is written anew by the next process that streams.
    return undefined;
  }
}
