/**
 * `deno task <verb>`: installs what the verb needs, reads the settings, and starts the verb with
 * what these name and no more. A set in deno.json can't do that: it knows no variables, so neither
 * a home elsewhere, nor the temporary folder, nor the hosts of your servers.
 * @module
 */
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TickhouseError } from "../errors.ts";
import { ensurePackages, partsOf } from "../install/packages.ts";
import { cacheFolder, pacesFolder } from "../install/python.ts";
import { seenFrom } from "./paths.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));
const args = seenFrom(Deno.env.get("INIT_CWD") ?? Deno.cwd(), Deno.args);
const project = dirname(dirname(dirname(main)));
/** Of a process that a signal ended, the status is this and its number. */
const SIGNALLED = 128;
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

const command = new Deno.Command(Deno.execPath(), {
  // Verbs see no variable of the system.
  env: { TICKHOUSE_CACHE: dirname(cacheFolder()) },
  args: ["run", "-q", "--config", join(project, "deno.json"), ...await program(), ...args],
  stdin: "inherit",
  stdout: "inherit",
  stderr: "inherit",
});
// Before there is a child: a signal in between would end this process and leave the verb behind.
for (const signal of SIGNALS) {
  Deno.addSignalListener(signal, () => {
    try {
      // From a terminal it has come to the child too, which takes both for one.
      child.kill(signal === "SIGBREAK" ? "SIGINT" : signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended.
    }
  });
}
const child = command.spawn();
const { code, signal } = await child.status;
Deno.exit(signal === null ? code : Math.max(code, SIGNALLED));

/**
 * The verb and its flags, or this again when the settings can be read only now; ends with 2 where
 * packages can't be installed, where there is no `.env` to be read, or no name for Deno.
 */
async function program(): Promise<string[]> {
  try {
    if (await ensurePackages(partsOf(undefined, args), { root: project })) {
      return ["-P=launch", fileURLToPath(import.meta.url)];
    }
    // They import packages: not before these are there.
    const { keepSecrets, readDotEnv } = await import("../config/config.ts");
    const { configOf, permissionFlags, realPath } = await import("./permissions.ts");
    const environment = Deno.env.toObject();
    const dotEnv = readDotEnv(".env");
    keepSecrets(environment, dotEnv);
    const config = configOf(args, environment, dotEnv);
    await ensurePackages(partsOf(config, args), { root: project });
    const flags = permissionFlags(config, args, {
      project,
      folder: Deno.cwd(),
      // Where Deno makes temporary files.
      temp: Deno.build.os === "windows" ? tmpdir() : Deno.env.get("TMPDIR") || "/tmp",
      deno: Deno.execPath(),
      paces: pacesFolder(),
      stages: Deno.env.get("TICKHOUSE_SERVICES_SNOWFLAKE_STAGES"),
      real: realPath,
    });
    return [...flags, main];
  } catch (error) {
    if (!(error instanceof TickhouseError)) throw error;
    console.error(`error ${error.code}: ${error.message}`);
    Deno.exit(2);
  }
}
