/**
 * Servers that the tests of a file share.
 * @module
 */
import { dirname } from "node:path";
import { startGroup } from "./group.ts";
import type { ServiceName } from "./mod.ts";
import { readState } from "./state.ts";

/** A server that others use too: nobody ends it or removes what it holds. */
export interface Shared {
  /** As a user sets them. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Gives the named servers to a test file; call it at the top level of the file, outside of any test.
 * They end with the process. Those that the variable TICKHOUSE_SERVICES_ENV tells of are used (it
 * names the file `env` that `services up` wrote), the rest is started. As others may use them at
 * the same time, a test takes names of its own for topics, buckets and subjects.
 *
 * ```ts ignore
 * const { kafka } = await withServices(["kafka"]);
 * const brokers = kafka.variables.TICKHOUSE_KAFKA_BROKERS;
 * ```
 */
export async function withServices<N extends ServiceName>(
  names: readonly N[],
): Promise<Record<N, Shared>> {
  const env = Deno.env.get("TICKHOUSE_SERVICES_ENV");
  const running = env ? readState(dirname(env))?.services ?? [] : [];
  const absent = names.filter((name) => !running.some((one) => one.name === name));
  const started = absent.length > 0 ? (await startGroup(absent)).services : [];
  for (const service of started) service.unref();
  const shared = [...running, ...started].map(({ name, variables }) => [name, { variables }]);
  return Object.fromEntries(shared);
}
