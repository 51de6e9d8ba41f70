import { TickhouseError } from "../errors.ts";
import type { TopicSpec } from "./broker.ts";

/** Throws `TOPIC_INVALID` for names and numbers of partitions that no broker takes. */
export function checkTopic({ name, partitions }: TopicSpec): void {
  if (!/^[A-Za-z0-9._-]{1,249}$/.test(name)) {
    throw new TickhouseError("TOPIC_INVALID", "not a topic name", {
      field: "topic",
      value: name,
      fix: "use 1 to 249 letters, digits, dots, underscores and hyphens",
    });
  }
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > 1024) {
    throw new TickhouseError("TOPIC_INVALID", "not a number of partitions", {
      field: "partitions",
      value: partitions,
      fix: "use a whole number from 1 to 1024",
    });
  }
}
