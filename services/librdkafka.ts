/**
 * librdkafka, the C client, out of the wheel that PyPI has of it: nothing is compiled, and all that
 * it needs besides libc is inside.
 * @module
 */
import { join } from "node:path";
import { TickhouseError } from "tickhouse/errors.ts";
import { cacheFolder, holdFolder, type InstallOptions } from "./install.ts";
import { damaged, writeManifest } from "./manifest.ts";
import { demand, PYTHON } from "./needs.ts";
import { run } from "./run.ts";

/** The version that is installed: of the wheel, and of the library inside. */
export const LIBRDKAFKA_VERSION = "2.16.1";

const LABEL = `librdkafka ${LIBRDKAFKA_VERSION}`;
/** Where wheels keep libraries, on Linux and on macOS. */
const LIBRARY = /^librdkafka.*\.(so(\.\d+)*|dylib)$/;

/** Path of the shared object, after installing it if it lacks or is damaged. */
export async function installLibrdkafka(options: InstallOptions = {}): Promise<string> {
  const { verify = false, cache = cacheFolder(), note = console.error } = options;
  const folder = join(cache, `librdkafka-${LIBRDKAFKA_VERSION}`);
  using _lock = await holdFolder(folder);
  const fault = await damaged(folder, verify);
  if (fault) {
    note(`${LABEL}: ${fault}; installing`);
    await build(folder);
  }
  return libraryIn(folder);
}

/** Beside its place first, renamed when whole. */
async function build(folder: string): Promise<void> {
  const neighbour = `${folder}.new`;
  remove(neighbour);
  Deno.mkdirSync(neighbour);
  await demand(PYTHON);
  const wheel = `confluent-kafka==${LIBRDKAFKA_VERSION}`;
  const download = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"];
  await run("python3", [...download, "--dest", neighbour, wheel]);
  const [file = ""] = [...Deno.readDirSync(neighbour)].map(({ name }) => name);
  await run("python3", ["-m", "zipfile", "-e", join(neighbour, file), neighbour]);
  keepLibraries(neighbour);
  libraryIn(neighbour);
  await writeManifest(neighbour);
  remove(folder);
  Deno.renameSync(neighbour, folder);
}

/** Python's part is of no use here. */
function keepLibraries(folder: string): void {
  for (const { name } of Deno.readDirSync(folder)) {
    if (name !== "confluent_kafka.libs" && name !== "confluent_kafka") remove(join(folder, name));
  }
  const python = join(folder, "confluent_kafka");
  for (const { name } of Deno.readDirSync(python)) {
    if (name !== ".dylibs") remove(join(python, name));
  }
}

function libraryIn(folder: string): string {
  for (const part of ["confluent_kafka.libs", join("confluent_kafka", ".dylibs")]) {
    const found = names(join(folder, part)).find((name) => LIBRARY.test(name));
    if (found) return join(folder, part, found);
  }
  throw new TickhouseError("INSTALL_FAILED", "the wheel has no librdkafka for this system", {
    field: "folder",
    value: folder,
    mend: "install librdkafka by the system's packages, such as librdkafka1",
  });
}

function names(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
