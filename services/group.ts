/**
 * Several servers that start and end together.
 * @module
 */
import type { TickhouseError } from "tickhouse/errors.ts";
import { type Service, type ServiceName, startService } from "./mod.ts";
import { installAll } from "./recipes.ts";

/** How they are started. */
export interface GroupOptions {
  /** Brokers of Kafka. Default: 1. */
  readonly brokers?: number;
  /** Kafka with encryption and passwords. Default: false. */
  readonly secure?: boolean;
  /** A folder that keeps the data. Default: temporary ones. */
  readonly data?: string;
}

/** Running servers; dispose of it to end them all. */
export interface Group extends AsyncDisposable {
  /** In the order asked for. */
  readonly services: readonly Service[];
  /** Comes when one ends though nobody asked it to. */
  readonly failed: Promise<TickhouseError>;
}

/** Installs what is missing and starts all; if one does not start, none is left running. */
export async function startGroup(
  names: readonly ServiceName[],
  options: GroupOptions = {},
): Promise<Group> {
  await installAll(names);
  const { brokers, secure, data } = options;
  const kept = data === undefined ? {} : { data };
  const forKafka = {
    ...kept,
    ...(brokers === undefined ? {} : { brokers }),
    ...(secure === undefined ? {} : { secure }),
  };
  const starts = await Promise.allSettled(
    names.map((name): Promise<Service> => startService(name, name === "kafka" ? forKafka : kept)),
  );
  const services = starts.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
  const end = async () => {
    await Promise.all(services.map((service) => service[Symbol.asyncDispose]()));
  };
  const failure = starts.find((one) => one.status === "rejected");
  if (failure) {
    await end();
    throw failure.reason;
  }
  const failed = Promise.race(services.map((service) => service.failed));
  return { services, failed, [Symbol.asyncDispose]: end };
}

/** The variables of all; where two set the same, the first one's hold. */
export function variablesOf(
  services: readonly Pick<Service, "variables">[],
): Record<string, string> {
  const all: Record<string, string> = {};
  for (const { variables } of services) {
    for (const [name, value] of Object.entries(variables)) all[name] ??= value;
  }
  return all;
}
