/**
 * The C library, by its full path: where a process may open named libraries only, Deno looks for a
 * bare name in the working folder.
 * @module
 */

const FOLDERS = ["/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/"];
const TRIPLETS = [`${Deno.build.arch}-linux-gnu/`, ""];

const PATHS: Readonly<Partial<Record<typeof Deno.build.os, readonly string[]>>> = {
  linux: FOLDERS.flatMap((folder) => TRIPLETS.map((triplet) => `${folder}${triplet}libc.so.6`)),
  darwin: ["/usr/lib/libSystem.B.dylib"],
};

/** Where it may lie: what a process must be allowed to open. */
export const LIBC_PATHS: readonly string[] = PATHS[Deno.build.os] ?? [];

/** Opens it; undefined where there is none, such as with musl, or where a symbol of it is missing. */
export function openLibc<S extends Deno.ForeignLibraryInterface>(
  symbols: S,
): Deno.DynamicLibrary<S> | undefined {
  let refused: unknown;
  for (const path of LIBC_PATHS) {
    try {
      return Deno.dlopen(path, symbols);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) refused = error;
    }
  }
  // Without the permission memory would creep up in silence.
  if (refused) throw refused;
  return undefined;
}
