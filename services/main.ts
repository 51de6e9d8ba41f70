/**
 * The command line of the servers: `deno task services <verb>`.
 * @module
 */
import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { resolve } from "node:path";
import { note, print, printJson } from "tickhouse/console.ts";
import { messageOf, TickhouseError } from "tickhouse/errors.ts";
import { installAll } from "./recipes.ts";
import { STATE_FOLDER } from "./state.ts";
import { down, status, up, upDetached } from "./up.ts";
import { SERVICE_NAMES, type ServiceName, VERSIONS } from "./kit/versions.ts";

const DEFAULT: readonly ServiceName[] = ["kafka", "minio"];
const BROKERS_MAX = 9;

const program = new Command("services")
  .description("Real servers on loopback, without containers.")
  .showHelpAfterError("(--help shows what there is)")
  .exitOverride((error) => Deno.exit(error.exitCode === 0 ? 0 : 2));

const json = ["--json", "print the result as JSON", false] as const;
const state = ["--state <folder>", "where what runs is noted", STATE_FOLDER] as const;
const all = `${SERVICE_NAMES.join(", ")}`;

program.command("up")
  .description("start servers, print what to set, and end them at Ctrl-C")
  .argument("[names...]", `${all}; default: ${DEFAULT.join(" ")}`)
  .option("--brokers <n>", "brokers of Kafka; with three, one may die", brokers, 1)
  .option("--secure", "Kafka with encryption and passwords", false)
  .option("--data <folder>", "keep the data there; default: it goes at the end")
  .option("--detach", "return when all are ready; `down` ends them", false)
  .option(...state)
  .option(...json)
  .action((given, { detach, data, ...flags }) =>
    verb(async () => {
      const names = checked(given, DEFAULT);
      const folder = resolve(flags.state);
      const kept = data === undefined ? {} : { data: resolve(data) };
      const options = { ...flags, ...kept, state: folder };
      if (!detach) return await up(names, options);
      const args = [...names, "--brokers", `${flags.brokers}`, "--state", folder];
      if (flags.secure) args.push("--secure");
      if (kept.data !== undefined) args.push("--data", kept.data);
      return await upDetached(args, import.meta.url, options);
    })
  );

program.command("down")
  .description("end what `up` started, here or in another terminal")
  .option(...state)
  .action((flags) => verb(() => down(resolve(flags.state))));

program.command("status")
  .description("show what is up; exit status 1 if nothing is, or if some of it has ended")
  .option(...state)
  .option(...json)
  .action((flags) => verb(() => status(resolve(flags.state), flags.json)));

program.command("install")
  .description("install servers that are missing, and fix those that are damaged")
  .argument("[names...]", `${all}; default: all`)
  .option("--verify", "read every file again; without it sizes are compared", false)
  .option(...json)
  .action((given, flags) =>
    verb(async () => {
      const names = checked(given, SERVICE_NAMES);
      const folders = await installAll(names, { verify: flags.verify });
      if (flags.json) printJson(folders);
      else for (const name of names) print(`${name} ${VERSIONS[name]}: ${folders[name]}`);
      return 0;
    })
  );

function checked(given: readonly string[], fallback: readonly ServiceName[]): ServiceName[] {
  const names = given.map((name) => {
    const known = SERVICE_NAMES.find((one) => one === name);
    if (known) return known;
    throw new TickhouseError("SERVICE_UNKNOWN", "there is no such server", {
      field: "name",
      value: name,
      fix: `use ${all}`,
    });
  });
  return names.length === 0 ? [...fallback] : [...new Set(names)];
}

function brokers(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= BROKERS_MAX) return value;
  throw new InvalidArgumentError(`Use a whole number from 1 to ${BROKERS_MAX}.`);
}

/** Runs a verb and ends the process with its status: 2 for what the user can fix, 70 for a bug. */
async function verb(run: () => Promise<number>): Promise<void> {
  try {
    Deno.exit(await run());
  } catch (error) {
    if (error instanceof TickhouseError) {
      note(`error ${error.code}: ${error.message}`);
      Deno.exit(2);
    }
    note(`unexpected error: ${error instanceof Error ? error.stack : messageOf(error)}`);
    Deno.exit(70);
  }
}

await program.parseAsync(Deno.args, { from: "user" });
