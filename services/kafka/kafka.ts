/**
 * Apache Kafka: one broker or a cluster, each node broker and controller at once (KRaft).
 * @module
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { TickhouseError } from "tickhouse/errors.ts";
import { install } from "../install.ts";
import { freePorts, LOOPBACK } from "../ports.ts";
import { ServerProcess } from "../process.ts";
import { run } from "../run.ts";
import { Home, type Service, type StartOptions, withFreshPorts } from "../service.ts";
import { asProperties, brokerProperties, type NodePorts, type Security } from "./config.ts";
import { javaArgs, kafkaRecipe } from "./recipe.ts";

/** How the cluster is. */
export interface KafkaOptions extends StartOptions {
  /** How many brokers. Default: 1; with three, one may die. */
  readonly brokers?: number;
  /** Listeners with encryption and passwords too. Default: false. */
  readonly secure?: boolean;
  /** Megabytes of Java's heap for each broker. Default: 256. */
  readonly heapMb?: number;
  /** Settings of the brokers that go before those chosen here. */
  readonly properties?: Readonly<Record<string, string | number>>;
  /**
   * The port that clients without encryption are told to call for a node that listens on `port`:
   * for a proxy in between. Called before the node starts. Default: `port`.
   */
  readonly advertised?: (node: number, port: number) => number | Promise<number>;
}

/** One broker. */
export interface KafkaNode {
  /** From 1: what `kill` and `start` take. */
  readonly node: number;
  /** Port of the listener without encryption. */
  readonly port: number;
  /** Process id while it runs. */
  readonly pid: number | undefined;
}

/** A running cluster. */
export interface Kafka extends Service {
  /** The brokers. */
  readonly nodes: readonly KafkaNode[];
  /** As clients want it: host:port, without encryption, through proxies if there are any. */
  readonly brokers: readonly string[];
  /** With encryption and password; empty unless `secure`. */
  readonly saslBrokers: readonly string[];
  /** With encryption only; empty unless `secure`. */
  readonly sslBrokers: readonly string[];
  /** Ends a node without a chance to put anything in order. */
  kill(node: number): Promise<void>;
  /** Ends a node in order: it hands its partitions over first. */
  stop(node: number): Promise<void>;
  /** Starts a node again, on the same ports and data, and waits until it serves. */
  start(node: number): Promise<void>;
  /** Makes a node hang: connections are taken, nothing is answered. */
  pause(node: number): void;
  /** Lets it go on. */
  resume(node: number): void;
}

/** Starts one broker or a cluster and waits until all brokers serve. */
export async function startKafka(options: KafkaOptions = {}): Promise<Kafka> {
  const folder = await install(kafkaRecipe, options);
  return await withFreshPorts(() => startCluster(folder, options));
}

async function startCluster(folder: string, options: KafkaOptions): Promise<Kafka> {
  const { brokers = 1, heapMb = 256 } = options;
  const home = new Home("kafka", options.data);
  const java = javaArgs(folder, heapMb);
  const ports = await choosePorts(brokers, options);
  const security = undefined as Security | undefined;
  const servers = new Map<number, ServerProcess>();
  try {
    const id = clusterId(home);
    const prepared = ports.map(async (own) => {
      const config = join(home.folder, `node-${own.node}.properties`);
      const properties = brokerProperties(own, ports, home.make(`node-${own.node}`), security);
      Deno.writeTextFileSync(config, asProperties({ ...properties, ...options.properties }));
      await format(java, id, config);
      const log = join(home.logFolder, `node-${own.node}.log`);
      servers.set(own.node, broker(own.node, [...java, "kafka.Kafka", config], log, home.remove));
    });
    await Promise.all(prepared);
    await Promise.all([...servers.values()].map((server) => server.start()));
  } catch (error) {
    await Promise.all([...servers.values()].map((server) => server.kill()));
    home.end();
    throw error;
  }
  return cluster(home, ports, servers, security);
}

async function choosePorts(brokers: number, options: KafkaOptions): Promise<NodePorts[]> {
  const free = freePorts(brokers * 5).values();
  const next = () => free.next().value ?? 0;
  const nodes = Array.from({ length: brokers }, async (_, i) => {
    const plain = next();
    const rest = { internal: next(), controller: next(), saslSsl: next(), ssl: next() };
    const advertised = await options.advertised?.(i + 1, plain) ?? plain;
    return { node: i + 1, plain, advertised, ...rest };
  });
  return await Promise.all(nodes);
}

/** Kept with the data: 16 bytes as Kafka writes them. */
function clusterId(home: Home): string {
  const path = join(home.folder, "cluster-id");
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const id = randomBytes(16).toString("base64url");
    Deno.writeTextFileSync(path, id);
    return id;
  }
}

async function format(java: readonly string[], id: string, config: string): Promise<void> {
  const tool = ["kafka.tools.StorageTool", "format", "--ignore-formatted"];
  await run("java", [...java, ...tool, "--cluster-id", id, "--config", config]);
}

function broker(node: number, args: readonly string[], log: string, remove: string): ServerProcess {
  return new ServerProcess({
    name: `kafka node ${node}`,
    program: "java",
    args,
    log,
    remove,
    ready: (printed) => printed.includes("Kafka Server started"),
  });
}

function cluster(
  home: Home,
  ports: readonly NodePorts[],
  servers: ReadonlyMap<number, ServerProcess>,
  security: Security | undefined,
): Kafka {
  const all = [...servers.values()];
  const server = (node: number): ServerProcess => {
    const found = servers.get(node);
    if (found) return found;
    throw new TickhouseError("NODE_UNKNOWN", `the nodes are ${[...servers.keys()].join(", ")}`, {
      field: "node",
      value: node,
    });
  };
  const address = (port: number) => `${LOOPBACK}:${port}`;
  const brokers = ports.map(({ advertised }) => address(advertised));
  return {
    name: "kafka",
    variables: { TICKHOUSE_BROKER: "kafka", TICKHOUSE_KAFKA_BROKERS: brokers.join(",") },
    logFolder: home.logFolder,
    get pids() {
      return all.flatMap(({ pid }) => pid === undefined ? [] : [pid]);
    },
    failed: Promise.race(all.map(({ failed }) => failed)),
    get nodes() {
      return ports.map(({ node, plain }) => ({ node, port: plain, pid: server(node).pid }));
    },
    brokers,
    saslBrokers: security ? ports.map(({ saslSsl }) => address(saslSsl)) : [],
    sslBrokers: security ? ports.map(({ ssl }) => address(ssl)) : [],
    kill: (node) => server(node).kill(),
    stop: (node) => server(node).stop(),
    start: (node) => server(node).start(),
    pause: (node) => server(node).signal("SIGSTOP"),
    resume: (node) => server(node).signal("SIGCONT"),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(all.map((one) => one.stop()));
      home.end();
    },
  };
}
