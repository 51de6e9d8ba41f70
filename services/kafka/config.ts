/**
 * The settings of a broker.
 * @module
 */
import { LOOPBACK } from "../kit/ports.ts";
import type { Certificates } from "./certificates.ts";

/** What differs between the brokers of a cluster. */
export interface NodePorts {
  /** From 1. */
  readonly node: number;
  /** Clients without encryption. */
  readonly plain: number;
  /** What those clients are told to call: the port of a proxy, or `plain`. */
  readonly advertised: number;
  /** Brokers among themselves, never through a proxy. */
  readonly internal: number;
  /** The metadata quorum. */
  readonly controller: number;
  /** Clients with password and encryption. */
  readonly saslSsl: number;
  /** Clients with encryption. */
  readonly ssl: number;
}

/** A user that the brokers know from the start. */
export interface User {
  readonly name: string;
  readonly password: string;
}

/** Certificates and user for the listeners with encryption. */
export interface Security extends Certificates {
  /** May log in. */
  readonly user: User;
}

/** The properties of one broker; `all` are the brokers of the cluster. */
export function brokerProperties(
  own: NodePorts,
  all: readonly NodePorts[],
  folder: string,
  security: Security | undefined,
): Record<string, string | number> {
  const copies = Math.min(3, all.length);
  const secure = security === undefined ? {} : secureProperties(security);
  const listeners = [
    ["PLAINTEXT", own.plain, own.advertised],
    ["INTERNAL", own.internal, own.internal],
    ...(security ? [["SASL_SSL", own.saslSsl, own.saslSsl], ["SSL", own.ssl, own.ssl]] : []),
  ];
  const url = (name: unknown, port: unknown) => `${name}://${LOOPBACK}:${port}`;
  return {
    "process.roles": "broker,controller",
    "node.id": own.node,
    "controller.quorum.voters": all.map(({ node, controller }) =>
      `${node}@${LOOPBACK}:${controller}`
    ).join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "INTERNAL",
    listeners: [
      ...listeners.map(([name, port]) => url(name, port)),
      url("CONTROLLER", own.controller),
    ].join(","),
    "advertised.listeners": listeners.map(([name, , port]) => url(name, port)).join(","),
    "listener.security.protocol.map":
      "PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL",
    "log.dirs": folder,
    "default.replication.factor": copies,
    "min.insync.replicas": Math.max(1, copies - 1),
    "offsets.topic.replication.factor": copies,
    "transaction.state.log.replication.factor": copies,
    "transaction.state.log.min.isr": Math.max(1, copies - 1),
    "share.coordinator.state.topic.replication.factor": copies,
    "share.coordinator.state.topic.min.isr": Math.max(1, copies - 1),
    "unclean.leader.election.enable": "false",
    "auto.create.topics.enable": "false",
    ...smallProperties,
    ...quickProperties,
    ...secure,
  };
}

// One machine: few threads and few partitions of its own topics.
const smallProperties = {
  "num.network.threads": 2,
  "num.io.threads": 4,
  "background.threads": 2,
  "offsets.topic.num.partitions": 4,
  "transaction.state.log.num.partitions": 4,
  "share.coordinator.state.topic.num.partitions": 4,
  "log.cleaner.dedupe.buffer.size": 16 << 20,
};

// A dead broker is noticed and replaced within seconds, so that tests need not wait for long;
// not shorter, or a busy machine would lose brokers that live.
const quickProperties = {
  "broker.heartbeat.interval.ms": 500,
  "broker.session.timeout.ms": 4000,
  "controller.quorum.election.timeout.ms": 1000,
  "controller.quorum.fetch.timeout.ms": 2000,
  "replica.lag.time.max.ms": 5000,
  "group.initial.rebalance.delay.ms": 0,
  "group.min.session.timeout.ms": 1000,
  "group.consumer.min.session.timeout.ms": 1000,
  "group.consumer.session.timeout.ms": 6000,
  "group.consumer.min.heartbeat.interval.ms": 250,
  "group.consumer.heartbeat.interval.ms": 1000,
  "log.retention.check.interval.ms": 2000,
  "log.initial.task.delay.ms": 1000,
};

function secureProperties({ keystore, ca, user }: Security): Record<string, string> {
  const prefix = "org.apache.kafka.common.security";
  const scram = `${prefix}.scram.ScramLoginModule required;`;
  return {
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": keystore,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": ca,
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    "listener.name.sasl_ssl.plain.sasl.jaas.config":
      `${prefix}.plain.PlainLoginModule required user_${user.name}="${user.password}";`,
    "listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config": scram,
    "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": scram,
  };
}

/** As Kafka reads it. */
export function asProperties(properties: Readonly<Record<string, string | number>>): string {
  return Object.entries(properties).map(([name, value]) => `${name}=${value}\n`).join("");
}
