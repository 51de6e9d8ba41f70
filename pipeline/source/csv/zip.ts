/** The one file in a zip archive. @module */
import { TickhouseError } from "../../errors.ts";

/** Where the packed bytes of a file lie in the archive. */
export interface ZipEntry {
  readonly name: string;
  /** Of the packed bytes. */
  readonly start: number;
  /** Bytes, packed. */
  readonly size: number;
  /** Or stored as they are. */
  readonly deflated: boolean;
  /** CRC-32 of the unpacked bytes. */
  readonly crc: number;
}

const END_MAGIC = 0x06054b50;
const ENTRY_MAGIC = 0x02014b50;
const END_BYTES = 22;
const COMMENT_BYTES_MAX = 0xffff;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;

/** The archive's only file, folders and macOS's own entries aside. Throws `CSV_PACKED`. */
export async function onlyEntry(path: string): Promise<ZipEntry> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const tail = await viewAt(file, Math.max(0, size - END_BYTES - COMMENT_BYTES_MAX), size);
  let end = tail.byteLength - END_BYTES;
  while (end >= 0 && tail.getUint32(end, true) !== END_MAGIC) end--;
  if (end < 0) throw packed(path, "its end is missing", "fetch or copy it again");
  const [length, start] = [tail.getUint32(end + 12, true), tail.getUint32(end + 16, true)];
  const directory = await viewAt(file, start, start + length);
  const found = entriesOf(directory).filter(({ name }) =>
    !name.endsWith("/") && !name.startsWith("__MACOSX/")
  );
  const [only] = found;
  if (!only || found.length > 1) {
    const names = found.slice(0, 5).map(({ name }) => name).join(", ");
    throw packed(
      path,
      `it holds ${found.length} files${names && `: ${names}`}`,
      "unpack it, and name one of its files",
    );
  }
  if (only.flags & ENCRYPTED || only.method !== STORED && only.method !== DEFLATED) {
    const what = only.flags & ENCRYPTED ? "encrypted" : "packed by a method that is not known here";
    throw packed(path, `${only.name} is ${what}`, "unpack it first");
  }
  const local = await viewAt(file, only.offset, only.offset + 30);
  const names = local.getUint16(26, true) + local.getUint16(28, true);
  return {
    name: only.name,
    start: only.offset + 30 + names,
    size: only.size,
    deflated: only.method === DEFLATED,
    crc: only.crc,
  };
}

function entriesOf(directory: DataView) {
  const entries = [];
  for (let at = 0; at + 46 <= directory.byteLength;) {
    if (directory.getUint32(at, true) !== ENTRY_MAGIC) break;
    const [name, extra, comment] = [28, 30, 32].map((i) => directory.getUint16(at + i, true));
    const bytes = new Uint8Array(directory.buffer, directory.byteOffset + at + 46, name);
    entries.push({
      name: new TextDecoder().decode(bytes),
      flags: directory.getUint16(at + 8, true),
      method: directory.getUint16(at + 10, true),
      crc: directory.getUint32(at + 16, true),
      size: directory.getUint32(at + 20, true),
      offset: directory.getUint32(at + 42, true),
    });
    at += 46 + (name ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return entries;
}

async function viewAt(file: Deno.FsFile, from: number, to: number): Promise<DataView> {
  const { buffer, byteLength } = await bytesAt(file, from, to);
  return new DataView(buffer, 0, byteLength);
}

/** The bytes of the file from a place up to another, or to its end. */
export async function bytesAt(
  file: Deno.FsFile,
  from: number,
  to: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(Math.max(0, to - from));
  await file.seek(from, Deno.SeekMode.Start);
  let at = 0;
  while (at < bytes.length) {
    const count = await file.read(bytes.subarray(at));
    if (count === null) break;
    at += count;
  }
  return bytes.subarray(0, at);
}

function packed(path: string, what: string, fix: string): TickhouseError {
  return new TickhouseError("CSV_PACKED", `the zip archive can't be read: ${what}`, {
    field: "file",
    value: path,
    fix,
  });
}
