/** What records without an identity of their own are known by. @module */
import { sha256 } from "../../sha256.ts";

const ORIGIN_CHARS_MAX = 56;

/** What identities begin with that are made of a message's place. */
export async function originOf(topic: string, id: string): Promise<string> {
  // One that is deleted and created again counts its offsets from 0, which are other messages.
  const hash = (await sha256(new TextEncoder().encode(`${topic} ${id}`))).slice(0, 8);
  return `${topic.slice(-ORIGIN_CHARS_MAX)}#${hash}`;
}
