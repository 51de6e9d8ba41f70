/**
 * Servers of one process.
 * @module
 */
import { join } from "node:path";
import { freePorts, LOOPBACK } from "./ports.ts";
import { type ProcessOptions, ServerProcess } from "./process.ts";
import { Home, type Service, type StartOptions, withFreshPorts } from "./service.ts";
import type { ServiceName } from "./versions.ts";

/** A running server of one process. */
export interface Single extends Service {
  /** Where it listens, such as http://127.0.0.1:9000. */
  readonly endpoint: string;
  /** The port of it. */
  readonly port: number;
  /** Ends the server; the data stays. */
  stop(): Promise<void>;
  /** Ends it without a chance to put anything in order. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and data. */
  start(): Promise<void>;
  /** Makes it hang: connections are taken, nothing is answered. */
  pause(): void;
  /** Lets it go on. */
  resume(): void;
}

/** What one kind of server makes of a folder and a port. */
export interface Plan extends Omit<ProcessOptions, "name" | "log" | "temporary"> {
  /** Default: http. */
  readonly scheme?: string;
  /** What a user sets. */
  readonly variables: (endpoint: string) => Record<string, string>;
  /** Called once, when it is ready for the first time: what it must hold. */
  readonly furnish?: (port: number) => Promise<void>;
}

/** Starts a server of one process on a free port and waits until it is ready. */
export async function startSingle(
  name: ServiceName,
  options: StartOptions,
  plan: (home: Home, port: number) => Plan | Promise<Plan>,
): Promise<Single> {
  return await withFreshPorts(async () => {
    const [port = 0] = freePorts(1);
    const home = new Home(name, options.data);
    try {
      return await startPlan(name, home, port, await plan(home, port));
    } catch (error) {
      await home.end();
      throw error;
    }
  });
}

async function startPlan(name: ServiceName, home: Home, port: number, plan: Plan): Promise<Single> {
  const log = join(home.logFolder, `${name}.log`);
  const server = new ServerProcess({ ...plan, name, log, temporary: home.temporary });
  try {
    await server.start();
    await plan.furnish?.(port);
  } catch (error) {
    await server.end();
    throw error;
  }
  const endpoint = `${plan.scheme ?? "http"}://${LOOPBACK}:${port}`;
  return {
    name,
    endpoint,
    port,
    variables: plan.variables(endpoint),
    logFolder: home.logFolder,
    get pids() {
      return server.pid === undefined ? [] : [server.pid];
    },
    failed: server.failed,
    unref: () => server.unref(),
    stop: () => server.stop(),
    kill: () => server.kill(),
    start: () => server.start(),
    pause: () => server.signal("SIGSTOP"),
    resume: () => server.signal("SIGCONT"),
    [Symbol.asyncDispose]: async () => {
      await server.end();
      await home.end();
    },
  };
}
