import { assert, assertEquals } from "@std/assert";
import {
  AuthenticationError,
  MultipleErrors,
  NetworkError,
  ProtocolError,
} from "@platformatic/kafka";
import { answerError, errorName, isNamed, kafkaError } from "./errors.ts";

const connection = { brokers: ["a:1", "b:2"], username: "u", password: "s3cret" };
const attempt = { what: "append to ticks", topic: "ticks", connection };

Deno.test("kafkaError() finds the cause below what the clients wrap around it", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), {
    code: "ECONNREFUSED",
  });
  const wrapped = (cause: Error) =>
    new MultipleErrors("failed 9 times.", [
      new MultipleErrors("no broker", [new NetworkError("Connection failed.", { cause })]),
    ]);
  const cases: [Error, string, string, string | undefined][] = [
    [wrapped(refused), "KAFKA_UNREACHABLE", "transient", "TICKHOUSE_KAFKA_BROKERS"],
    [
      wrapped(new AuthenticationError("SASL authentication failed.")),
      "KAFKA_AUTHENTICATION",
      "terminal",
      "TICKHOUSE_KAFKA_PASSWORD",
    ],
    [
      wrapped(new Error("invalid peer certificate: UnknownIssuer")),
      "KAFKA_TLS",
      "terminal",
      "TICKHOUSE_KAFKA_CA",
    ],
    [wrapped(new ProtocolError("INVALID_PRODUCER_EPOCH")), "SOURCE_FENCED", "terminal", undefined],
    [
      new ProtocolError("TOPIC_AUTHORIZATION_FAILED"),
      "KAFKA_FORBIDDEN",
      "terminal",
      "TICKHOUSE_KAFKA_USERNAME",
    ],
    [new ProtocolError("NOT_ENOUGH_REPLICAS"), "KAFKA_REPLICAS", "transient", undefined],
    [new ProtocolError("MESSAGE_TOO_LARGE"), "RECORD_TOO_LARGE", "terminal", "topic"],
    [new ProtocolError("KAFKA_STORAGE_ERROR"), "KAFKA_ERROR", "transient", undefined],
    [new TypeError("a bug"), "KAFKA_ERROR", "terminal", undefined],
  ];
  for (const [cause, code, kind, field] of cases) {
    const error = kafkaError(cause, attempt);
    assertEquals([error.code, error.kind, error.field], [code, kind, field], cause.message);
    assert(error.message.includes("append to ticks"), error.message);
  }
});

Deno.test("kafkaError() never tells the password, and leaves errors of ours alone", () => {
  const error = kafkaError(new Error("user u with s3cret was refused: closed"), attempt);
  assert(!Deno.inspect(error, { depth: 9 }).includes("s3cret"));
  assertEquals(kafkaError(error, attempt), error);
});

Deno.test("answerError() and isNamed() know Kafka's numbers and names", () => {
  assertEquals([errorName(1), errorName(29)], [
    "OFFSET_OUT_OF_RANGE",
    "TOPIC_AUTHORIZATION_FAILED",
  ]);
  assertEquals(answerError(29, attempt).code, "KAFKA_FORBIDDEN");
  const nested = new MultipleErrors("x", [new ProtocolError("TOPIC_ALREADY_EXISTS")]);
  assert(isNamed(nested, "TOPIC_ALREADY_EXISTS") && !isNamed(nested, "NONE"));
});
