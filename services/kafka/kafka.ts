/**
 * Apache Kafka: one broker or a cluster, each node broker and controller at once (KRaft).
 * @module
 */
import { join } from "node:path";
import { TickhouseError } from "tickhouse/errors.ts";
import { install } from "../kit/install.ts";
import { freePorts, LOOPBACK } from "../kit/ports.ts";
import type { ServerProcess } from "../kit/process.ts";
import { Home, secret, type Service, type StartOptions, withFreshPorts } from "../kit/service.ts";
import { certificates } from "./certificates.ts";
import { brokerProperties, type NodePorts, type Security } from "./config.ts";
import { type Java, newBroker, newClusterId, prepare } from "./node.ts";
import { kafkaJava, kafkaRecipe } from "./recipe.ts";

/** How the cluster is. */
export interface KafkaOptions extends StartOptions {
  /** How many brokers. Default: 1; with three, one may die. */
  readonly brokers?: number;
  /** Listeners with encryption and passwords too. Default: false. */
  readonly secure?: boolean;
  /**
   * Options of Java. Default: a quick start on 256 MB of heap; for throughput rather something like
   * `["-Xmx512m"]`.
   */
  readonly javaOptions?: readonly string[];
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
  const java = await kafkaJava(folder, options.javaOptions);
  return await withFreshPorts(() => startCluster(java, options));
}

async function startCluster(java: Java, options: KafkaOptions): Promise<Kafka> {
  const home = new Home("kafka", options.data);
  const servers = new Map<number, ServerProcess>();
  try {
    const ports = await choosePorts(options);
    const security = options.secure ? await secure(home) : undefined;
    const id = clusterId(home);
    const prepared = ports.map(async (own) => {
      const folder = home.make(`node-${own.node}`);
      const properties = {
        ...brokerProperties(own, ports, folder, security),
        ...options.properties,
      };
      const config = await prepare(java, home, own.node, properties, id, security?.user);
      return newBroker(java, home, own.node, config);
    });
    for (const [i, server] of (await Promise.all(prepared)).entries()) servers.set(i + 1, server);
    await Promise.all([...servers.values()].map((server) => server.start()));
    return cluster(home, ports, servers, security);
  } catch (error) {
    await Promise.all([...servers.values()].map((server) => server.end()));
    await home.end();
    throw error;
  }
}

async function secure(home: Home): Promise<Security> {
  const user = { name: "tickhouse", password: secret(home) };
  return { ...await certificates(home.make("secret")), user };
}

async function choosePorts(options: KafkaOptions): Promise<NodePorts[]> {
  const { brokers = 1 } = options;
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

/** Kept with the data. */
function clusterId(home: Home): string {
  const path = join(home.folder, "cluster-id");
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const id = newClusterId();
    Deno.writeTextFileSync(path, id);
    return id;
  }
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
  const saslBrokers = security ? ports.map(({ saslSsl }) => address(saslSsl)) : [];
  return {
    name: "kafka",
    variables: {
      TICKHOUSE_BROKER: "kafka",
      TICKHOUSE_KAFKA_BROKERS: (security ? saslBrokers : brokers).join(","),
      ...(security && secureVariables(security)),
    },
    logFolder: home.logFolder,
    get pids() {
      return all.flatMap(({ pid }) => pid === undefined ? [] : [pid]);
    },
    failed: Promise.race(all.map(({ failed }) => failed)),
    unref: () => all.forEach((one) => one.unref()),
    get nodes() {
      return ports.map(({ node, plain }) => ({ node, port: plain, pid: server(node).pid }));
    },
    brokers,
    saslBrokers,
    sslBrokers: security ? ports.map(({ ssl }) => address(ssl)) : [],
    kill: (node) => server(node).kill(),
    stop: (node) => server(node).stop(),
    start: (node) => server(node).start(),
    pause: (node) => server(node).signal("SIGSTOP"),
    resume: (node) => server(node).signal("SIGCONT"),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(all.map((one) => one.end()));
      await home.end();
    },
  };
}

function secureVariables({ ca, user }: Security): Record<string, string> {
  return {
    TICKHOUSE_KAFKA_SECURITY: "SASL_SSL",
    TICKHOUSE_KAFKA_SASL_MECHANISM: "SCRAM-SHA-512",
    TICKHOUSE_KAFKA_USERNAME: user.name,
    TICKHOUSE_KAFKA_PASSWORD: user.password,
    TICKHOUSE_KAFKA_CA: ca,
  };
}
