/**
 * Processes told apart though their ids are used again.
 * @module
 */

/** A process as it was when it was noted. */
export interface Identity {
  readonly pid: number;
  /** When it began, as the system tells it. */
  readonly born: string;
}

/** Notes a running process; undefined if there is none with that id. */
export async function identify(pid: number): Promise<Identity | undefined> {
  const born = await (Deno.build.os === "linux" ? bornByProc(pid) : bornByPs(pid));
  return born === undefined ? undefined : { pid, born };
}

/** Whether it is still there: the process, not only the id. */
export async function lives({ pid, born }: Identity): Promise<boolean> {
  return (await identify(pid))?.born === born;
}

// By cat: Deno lets only a process with all permissions read there.
async function bornByProc(pid: number): Promise<string | undefined> {
  const text = await output("cat", [`/proc/${pid}/stat`]);
  // The name, in brackets, may hold anything. After it: state, …, start time in ticks.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? undefined : fields[19];
}

async function bornByPs(pid: number): Promise<string | undefined> {
  const text = await output("ps", ["-o", "stat=,lstart=", "-p", `${pid}`]);
  const [state = "", ...born] = text.trim().split(/\s+/);
  return state === "" || state.startsWith("Z") ? undefined : born.join(" ");
}

/** What it printed: nothing if there is no such process. */
async function output(program: string, args: string[]): Promise<string> {
  const env = { LC_ALL: "C" };
  const { stdout } = await new Deno.Command(program, { args, env, stderr: "null" }).output();
  return new TextDecoder().decode(stdout);
}
