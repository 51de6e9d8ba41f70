import { messageOf, TickhouseError } from "../errors.ts";
import { isDiskFull } from "../disk.ts";
import { Silence } from "./remote.ts";
import { removeIfThere } from "../remove.ts";

/**
 * Writes chunks to a neighbour of `path` that is renamed when all `size` bytes are there, so that
 * no half file is ever seen under `path`. Throws `DISK_FULL`, `Silence` if bytes are missing, and what `chunks` throws.
 */
export async function saveStream(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  size: number,
): Promise<void> {
  const staged = `${path}.${crypto.randomUUID()}.part`;
  try {
    const written = await writeAll(chunks, staged);
    if (written !== size) throw new Silence(`${written} of ${size} bytes came`);
    await Deno.rename(staged, path);
  } catch (error) {
    await removeIfThere(staged);
    throw error;
  }
}

async function writeAll(chunks: AsyncIterable<Uint8Array>, path: string): Promise<number> {
  using file = await onDisk(path, () => Deno.open(path, { createNew: true, write: true }));
  let written = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      at += await onDisk(path, () => file.write(chunk.subarray(at)));
    }
    written += chunk.length;
  }
  return written;
}

/** Tells a failing disk from a failing transfer. */
async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const full = isDiskFull(cause);
    throw new TickhouseError(full ? "DISK_FULL" : "FILE_WRITE", messageOf(cause), {
      field: "file",
      value: path,
      fix: full ? "free space on the disk; no file was half written" : "check the folder",
      cause,
    });
  }
}

/** Bytes of a file that is to become an object; throws `STORE_WRITE` if it can't be read. */
export async function sizeOfSource(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch (cause) {
    throw new TickhouseError("STORE_WRITE", messageOf(cause), {
      field: "file",
      value: path,
      cause,
    });
  }
}

/** A file's bytes in pieces of `size`, the last perhaps shorter; each is a new array. */
export async function* partsOf(
  path: string,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path, { read: true });
  for (;;) {
    const part = new Uint8Array(size);
    let filled = 0;
    while (filled < size) {
      const read = await file.read(part.subarray(filled));
      if (read === null) break;
      filled += read;
    }
    if (filled > 0) yield part.subarray(0, filled);
    if (filled < size) return;
  }
}
