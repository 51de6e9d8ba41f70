/** Installs what others use, once, into the cache of the servers. @module */
import { join } from "node:path";
import { cacheFolder } from "tickhouse/install/python.ts";

/** The folder of the installed program, which `build` has put there; else what is missing is thrown. */
export async function installPeer(
  name: string,
  version: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cacheFolder(), `${name}-${version}`);
  Deno.mkdirSync(cacheFolder(), { recursive: true });
  using lock = Deno.openSync(`${folder}.lock`, { create: true, write: true });
  await lock.lock(true);
  const mark = join(folder, "installed");
  try {
    Deno.statSync(mark);
    return folder;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  console.error(`${name} ${version}: installing`);
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  Deno.mkdirSync(folder);
  await build(folder);
  Deno.writeTextFileSync(mark, `${version}\n`);
  return folder;
}
