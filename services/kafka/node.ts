/**
 * One node of a Kafka cluster: formatted, then run.
 * @module
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ServerProcess } from "../kit/process.ts";
import { run } from "../kit/run.ts";
import type { Home } from "../kit/service.ts";
import { asProperties, type User } from "./config.ts";

/** How Java is called. */
export interface Java {
  /** The jars, in a fixed order. */
  readonly classPath: string;
  /** Options of the virtual machine. */
  readonly options: readonly string[];
}

/** A quick start and little memory, where throughput does not matter. */
export const QUICK: readonly string[] = ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

/** 16 random bytes as Kafka writes them; its tools would take one that starts with - for an option. */
export function newClusterId(): string {
  return randomBytes(16).toString("base64url").replace(/^-/, "A");
}

/** Writes the settings of a node, formats its folder unless it is, and returns the settings' path. */
export async function prepare(
  java: Java,
  home: Home,
  node: number,
  properties: Readonly<Record<string, string | number>>,
  clusterId: string,
  user?: User,
): Promise<string> {
  const config = join(home.folder, `node-${node}.properties`);
  Deno.writeTextFileSync(config, asProperties(properties), { mode: 0o600 });
  const scram = !user ? [] : ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
    "--add-scram",
    `${mechanism}=[name=${user.name},password=${user.password}]`,
  ]);
  const format = ["kafka.tools.StorageTool", "format", "--ignore-formatted"];
  const args = [...format, "--cluster-id", clusterId, "--config", config, ...scram];
  await run("java", [...javaArgs(java), ...args], {
    env: { CLASSPATH: java.classPath },
    ...(user ? { secret: user.password } : {}),
  });
  return config;
}

/** The server of a prepared node. */
export function newBroker(java: Java, home: Home, node: number, config: string): ServerProcess {
  return new ServerProcess({
    name: `kafka node ${node}`,
    program: "java",
    args: [...javaArgs(java), "kafka.Kafka", config],
    env: { CLASSPATH: java.classPath },
    log: join(home.logFolder, `node-${node}.log`),
    temporary: home.temporary,
    ready: (printed) => printed.includes("Kafka Server started"),
  });
}

function javaArgs({ options }: Java): string[] {
  const logging = fileURLToPath(new URL("./log4j2.properties", import.meta.url));
  return [...options, `-Dlog4j2.configurationFile=${logging}`];
}
