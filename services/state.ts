/**
 * What is up, on disk: so that `down`, `status` and the tests find it.
 * @module
 */
import { join } from "node:path";
import type { Service, ServiceName } from "./mod.ts";
import { variablesOf } from "./group.ts";
import { identify, type Identity } from "./identity.ts";

/** A started server as others find it. */
export interface Started {
  readonly name: ServiceName;
  readonly variables: Readonly<Record<string, string>>;
  readonly logFolder: string;
  readonly processes: readonly Identity[];
}

/** All that one `up` started. */
export interface State {
  /** The process that holds them. */
  readonly keeper: Identity;
  readonly services: readonly Started[];
}

const STATE = "state.json";
const ENV = "env";

/** Where `up` notes what it started, unless told otherwise. */
export const STATE_FOLDER = ".tickhouse/services";

/** Notes what runs, for this process as the keeper. The files hold passwords: mode 0600. */
export async function writeState(folder: string, services: readonly Service[]): Promise<void> {
  const started = await Promise.all(services.map(async ({ name, variables, logFolder, pids }) => {
    const found = await Promise.all(pids.map(identify));
    const processes = found.filter((one) => one !== undefined);
    return { name, variables, logFolder, processes };
  }));
  const keeper = await identify(Deno.pid) ?? { pid: Deno.pid, born: "" };
  const state: State = { keeper, services: started };
  replace(join(folder, ENV), exportLines(variablesOf(services)));
  replace(join(folder, STATE), JSON.stringify(state, null, 2) + "\n");
}

/** What was noted last, or undefined. */
export function readState(folder: string): State | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(join(folder, STATE))) as State;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Forgets it. */
export function removeState(folder: string): void {
  for (const name of [STATE, ENV]) {
    try {
      Deno.removeSync(join(folder, name));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Variables as a shell reads them. */
export function exportLines(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join("");
}

function quote(value: string): string {
  return /^[\w.:/,@+-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

/** A reader sees the old or the new text, never half of one. */
function replace(path: string, text: string): void {
  Deno.writeTextFileSync(`${path}.new`, text, { mode: 0o600 });
  Deno.renameSync(`${path}.new`, path);
}
