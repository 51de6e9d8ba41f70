/** Dead letters as a file of lines, each with its payload byte for byte. @module */
import type { Broker } from "../broker/broker.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { TickhouseError } from "../errors.ts";
import { type DeadFilter, matching } from "./filter.ts";
import type { FoundLetter } from "./letters.ts";
import { payloadOf } from "./payload.ts";

/** Characters written at once. */
const WRITE_CHARS = 2 ** 20;

/**
 * Writes the letters that match into a new file and returns how many they are. Secrets in them stay
 * as they are: only this user may read the file. Throws `OPTION_INVALID` if it is there already.
 */
export async function exportLetters(
  broker: Broker,
  datasets: readonly Dataset[],
  filter: DeadFilter,
  path: string,
): Promise<number> {
  const file = await create(path);
  try {
    const count = await write(file, matching(broker, datasets, filter));
    await file.syncData();
    return count;
  } catch (error) {
    await Deno.remove(path);
    throw error;
  } finally {
    file.close();
  }
}

async function write(file: Deno.FsFile, letters: AsyncIterable<FoundLetter>): Promise<number> {
  const encoder = new TextEncoder();
  const seen = new Set<string>();
  let text = "";
  for await (const letter of letters) {
    if (seen.has(letter.name)) continue;
    seen.add(letter.name);
    text += `${JSON.stringify(lineOf(letter))}\n`;
    if (text.length < WRITE_CHARS) continue;
    await writeAll(file, encoder.encode(text));
    text = "";
  }
  await writeAll(file, encoder.encode(text));
  return seen.size;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
}

function lineOf({ dataset, timestampMs, key, headers, value }: FoundLetter) {
  const time = new Date(timestampMs).toISOString();
  return { dataset: dataset.name, topic: dataset.topic, time, key, headers, ...payloadOf(value) };
}

async function create(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AlreadyExists)) throw cause;
    throw new TickhouseError("OPTION_INVALID", "there is such a file, which stays as it is", {
      field: "--to",
      value: path,
      fix: "name a file that is not there yet",
      cause,
    });
  }
}
