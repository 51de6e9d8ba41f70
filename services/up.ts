/**
 * The verbs `up`, `down` and `status`.
 * @module
 */
import { join } from "node:path";
import { note, print, printJson } from "tickhouse/console.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import { type Group, type GroupOptions, startGroup, variablesOf } from "./group.ts";
import { type Identity, lives } from "./identity.ts";
import type { ServiceName } from "./mod.ts";
import { installAll } from "./recipes.ts";
import { lastLines } from "./kit/run.ts";
import { exportLines, readState, removeState, type State, writeState } from "./state.ts";

/** What `up` takes. */
export interface UpOptions extends GroupOptions {
  /** Where to note what runs. */
  readonly state: string;
  /** Print JSON instead of lines for a shell. */
  readonly json: boolean;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const STOP_MS = 30_000;
const POLL_MS = 50;

/** Starts the servers, prints what to set, and ends them when told to, or when one fails. */
export async function up(names: readonly ServiceName[], options: UpOptions): Promise<number> {
  const { state } = options;
  using _lock = await hold(state);
  const signal = firstSignal();
  note(`installing what is missing of ${names.join(", ")}`);
  // Nothing runs yet: a signal may end this process as it stands.
  const installed = await Promise.race([installAll(names), signal]);
  if (typeof installed === "string") return 130;
  note(`starting ${names.join(", ")}`);
  await using group = await startGroup(names, options);
  await writeState(state, group.services);
  try {
    show(group, options);
    note(`${names.join(", ")}: ready; Ctrl-C ends all`);
    const end = await Promise.race([group.failed, signal]);
    if (end instanceof TickhouseError) throw end;
    note(`${end}: ending`);
    return 0;
  } finally {
    removeState(state);
  }
}

/** Starts a process that does `up`, and returns when all servers are ready. */
export async function upDetached(
  args: readonly string[],
  main: string,
  options: UpOptions,
): Promise<number> {
  const { state, json } = options;
  Deno.mkdirSync(state, { recursive: true });
  const log = join(state, "up.log");
  // It will hold passwords.
  await Deno.writeTextFile(log, "", { mode: 0o600 });
  await Deno.chmod(log, 0o600);
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      'log=$1; shift; exec "$@" >"$log" 2>&1',
      ...["sh", log, Deno.execPath(), "run", "-q", "-P=tools", main, "up", ...args],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: true,
  }).spawn();
  let ended = false;
  child.status.then(() => ended = true);
  for (;;) {
    const found = readState(state);
    if (found?.keeper.pid === child.pid) {
      const variables = variablesOf(found.services);
      if (json) printJson({ variables, services: found.services });
      else print(exportLines(variables).trimEnd());
      note(`ready; \`deno task services down\` ends all; ${log}`);
      child.unref();
      return 0;
    }
    if (ended) {
      const said = lastLines(Deno.readTextFileSync(log), 25);
      throw new TickhouseError("SERVICE_FAILED", `the servers did not start:\n${said}`);
    }
    await pause();
  }
}

/** Ends what an `up` started, wherever that runs, and waits until it is gone. */
export async function down(folder: string): Promise<number> {
  const state = readState(folder);
  if (!state) {
    note("nothing is up");
    return 0;
  }
  // Its own way first: it ends its servers in order.
  await end(state.keeper, "SIGTERM");
  // Whoever is left was left by a keeper that could not.
  for (const process of processesOf(state)) await end(process, "SIGKILL");
  removeState(folder);
  note(`${state.services.map(({ name }) => name).join(", ")}: ended`);
  return 0;
}

/** Shows what is up; 1 if that is nothing, or if some of it has ended. */
export async function status(folder: string, json: boolean): Promise<number> {
  const state = readState(folder);
  const services = await Promise.all((state?.services ?? []).map(async (service) => {
    const living = await Promise.all(service.processes.map(lives));
    return { ...service, running: living.every((one) => one) };
  }));
  if (json) printJson({ services });
  else if (services.length === 0) note("nothing is up");
  for (const { name, running, processes, logFolder } of json ? [] : services) {
    const pids = processes.map(({ pid }) => pid).join(" ");
    print(`${name}: ${running ? "runs" : "ended"} (${pids}), logs in ${logFolder}`);
  }
  return services.length > 0 && services.every(({ running }) => running) ? 0 : 1;
}

function show({ services }: Group, { json }: UpOptions): void {
  const variables = variablesOf(services);
  for (const [name, value] of services.flatMap((one) => Object.entries(one.variables))) {
    if (variables[name] !== value) note(`${name} is set by several; the first one's holds`);
  }
  if (!json) return print(exportLines(variables).trimEnd());
  const facts = services.map(({ name, variables, logFolder, pids }) => (
    { name, variables, logFolder, pids }
  ));
  printJson({ variables, services: facts });
}

/** One `up` at a time in a folder. The lock goes with the process. */
async function hold(folder: string): Promise<Deno.FsFile> {
  Deno.mkdirSync(folder, { recursive: true });
  const file = Deno.openSync(join(folder, "lock"), { create: true, write: true });
  if (await file.tryLock(true)) return file;
  file.close();
  throw new TickhouseError("SERVICES_UP", "servers are up already", {
    field: "--state",
    value: folder,
    fix: "end them with `deno task services down`, or give another folder",
  });
}

function firstSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) Deno.addSignalListener(signal, () => resolve(signal));
  });
}

function processesOf(state: State): readonly Identity[] {
  return state.services.flatMap(({ processes }) => processes);
}

/** Sends the signal, and SIGKILL if that does not help in time. */
async function end(process: Identity, signal: Deno.Signal): Promise<void> {
  if (!await lives(process)) return;
  Deno.kill(process.pid, signal);
  const deadline = performance.now() + STOP_MS;
  while (await lives(process)) {
    if (performance.now() > deadline) Deno.kill(process.pid, "SIGKILL");
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
