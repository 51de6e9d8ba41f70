/**
 * What Kafka's clients throw, as errors a person can act on.
 * @module
 */
import type { ErrorCode } from "../../error_codes.ts";
import { protocolErrors, protocolErrorsCodesById } from "@platformatic/kafka";
import { type Kind, messageOf, TickhouseError } from "../../errors.ts";
import type { KafkaConnection } from "./options.ts";

/** What was tried, for the message. */
export interface Attempt {
  /** Such as `append to ticks`. */
  readonly what: string;
  readonly connection: KafkaConnection;
  /** The topic concerned, as the user names it. */
  readonly topic?: string;
}

interface Rule {
  readonly code: ErrorCode;
  readonly kind: Kind;
  /** The setting to look at. */
  readonly field?: string;
  readonly fix: string;
  readonly test: RegExp;
}

/**
 * The first rule that any part of the error fits is what it is. Order matters: a wrong password
 * ends the connection too, and a lost connection ends in a time-out.
 */
const RULES: readonly Rule[] = [
  {
    code: "KAFKA_AUTHENTICATION",
    kind: "terminal",
    field: "TICKHOUSE_KAFKA_PASSWORD",
    fix: "check user name, password and TICKHOUSE_KAFKA_SASL_MECHANISM",
    test:
      /SASL_AUTHENTICATION_FAILED|UNSUPPORTED_SASL_MECHANISM|ILLEGAL_SASL_STATE|SASLAuthentication|PLT_KFK_AUTHENTICATION/,
  },
  {
    code: "KAFKA_TLS",
    kind: "terminal",
    field: "TICKHOUSE_KAFKA_CA",
    fix: "name the PEM file of the authority that signed the broker's certificate",
    test:
      /UnknownIssuer|invalid peer certificate|SELF_SIGNED|UNABLE_TO_|CERT_|NotValidForName|self.signed/,
  },
  {
    code: "KAFKA_TLS",
    kind: "terminal",
    field: "TICKHOUSE_KAFKA_SECURITY",
    fix: "use SSL or SASL_SSL for a listener with encryption, else PLAINTEXT or SASL_PLAINTEXT",
    test:
      /Broker requires TLS|InvalidContentType|TLS handshake failed|corrupt message|wrong version/,
  },
  {
    code: "SOURCE_FENCED",
    kind: "terminal",
    fix: "another ingest of the same source has taken over: run one at a time",
    test: /PRODUCER_FENCED|INVALID_PRODUCER_EPOCH|TRANSACTION_COORDINATOR_FENCED/,
  },
  {
    code: "KAFKA_FORBIDDEN",
    kind: "terminal",
    field: "TICKHOUSE_KAFKA_USERNAME",
    fix: "let the cluster's administrator grant this user the topic, group and transactions",
    test: /AUTHORIZATION_FAILED/,
  },
  {
    code: "TOPIC_UNKNOWN",
    kind: "terminal",
    field: "topic",
    fix: "start `deno task ingest` or `deno task stream`, which make the topics they use",
    test: /UNKNOWN_TOPIC_OR_PARTITION|UNKNOWN_TOPIC_ID|Unknown topic/,
  },
  {
    code: "TOPIC_INVALID",
    kind: "terminal",
    field: "topic",
    fix: "use another name, number of partitions or TICKHOUSE_KAFKA_REPLICATION",
    test: /INVALID_TOPIC_EXCEPTION|INVALID_PARTITIONS|INVALID_REPLICATION_FACTOR|POLICY_VIOLATION/,
  },
  {
    code: "RECORD_TOO_LARGE",
    kind: "terminal",
    field: "topic",
    fix: "raise max.message.bytes of the topic, or send smaller messages",
    test: /MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE/,
  },
  {
    code: "KAFKA_REPLICAS",
    kind: "transient",
    fix: "start the brokers that are down: fewer replicas are in step than the topic asks for",
    test: /NOT_ENOUGH_REPLICAS/,
  },
  {
    code: "KAFKA_UNREACHABLE",
    kind: "transient",
    field: "TICKHOUSE_KAFKA_BROKERS",
    fix: "start Kafka, or name brokers that can be reached from here",
    test:
      /ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ECONNRESET|EPIPE|ETIMEDOUT|PLT_KFK_NETWORK|Connection|timed out|closed/,
  },
];

/** The error as one of ours; one that already is stays what it is. */
export function kafkaError(cause: unknown, attempt: Attempt): TickhouseError {
  if (cause instanceof TickhouseError) return cause;
  const parts = partsOf(cause);
  const texts = parts.map(textOf);
  const { brokers, password } = attempt.connection;
  const rule = RULES.find(({ test }) => texts.some((text) => test.test(text)));
  const told = texts.findLast((text) => !rule || rule.test.test(text)) ?? messageOf(cause);
  const what = hide(`could not ${attempt.what}: ${told}`, password);
  if (!rule) return unknownError(what, parts, cause);
  const value = rule.field === "topic"
    ? attempt.topic
    : rule.field === "TICKHOUSE_KAFKA_BROKERS"
    ? brokers.join(",")
    : undefined;
  return new TickhouseError(rule.code, what, {
    ...(rule.field === undefined ? {} : { field: rule.field }),
    ...(value === undefined ? {} : { value }),
    kind: rule.kind,
    fix: rule.fix,
    cause: new Error(hide(messageOf(cause), password)),
  });
}

/** The name of one of Kafka's error numbers, such as `OFFSET_OUT_OF_RANGE`. */
export function errorName(code: number): string {
  return protocolErrorsCodesById[code] ?? `ERROR_${code}`;
}

/** An answer's error number as an error; transient where Kafka says that a retry may help. */
export function answerError(code: number, attempt: Attempt): TickhouseError {
  const name = errorName(code);
  const known = protocolErrors[name];
  const cause = Object.assign(new Error(known?.message ?? name), {
    apiId: name,
    canRetry: known?.canRetry ?? false,
  });
  return kafkaError(cause, attempt);
}

/** True if any part of the error is of that name, as Kafka names its errors. */
export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return partsOf(error).some((part) => names.includes(String(Reflect.get(part, "apiId"))));
}

function unknownError(what: string, parts: readonly object[], cause: unknown): TickhouseError {
  const retriable = parts.some((part) =>
    Reflect.get(part, "canRetry") === true || Reflect.get(part, "retriable") === true
  );
  return new TickhouseError("KAFKA_ERROR", what, {
    kind: retriable ? "transient" : "terminal",
    fix: retriable ? "try again" : "see the broker's log",
    cause: new Error(messageOf(cause)),
  });
}

/** The error, what it was made of and what caused it, outermost first. */
function partsOf(error: unknown, depth = 0): object[] {
  if (typeof error !== "object" || error === null || depth > 8) return [];
  const nested: unknown = Reflect.get(error, "errors");
  const inner = Array.isArray(nested) ? nested.slice(-8) : [];
  return [
    error,
    ...inner.flatMap((one) => partsOf(one, depth + 1)),
    ...partsOf(Reflect.get(error, "cause"), depth + 1),
    ...partsOf(Reflect.get(error, "originalError"), depth + 1),
  ];
}

function textOf(part: object): string {
  const named = ["apiId", "code", "type", "name"].map((key) => Reflect.get(part, key))
    .find((text) => typeof text === "string" && text !== "Error");
  return `${named ?? "Error"}: ${messageOf(part).replaceAll("\n", " ").slice(0, 300)}`;
}

function hide(text: string, secret: string | undefined): string {
  return secret ? text.replaceAll(secret, "***") : text;
}
