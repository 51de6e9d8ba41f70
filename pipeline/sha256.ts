/** The SHA-256 of the bytes, in lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** The SHA-256 of a file's bytes, which are read as a whole. */
export async function sha256OfFile(path: string): Promise<string> {
  return await sha256(await Deno.readFile(path));
}
