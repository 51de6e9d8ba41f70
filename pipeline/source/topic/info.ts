/** What a log says of a topic of others. @module */
import type { Broker, TopicInfo } from "../../broker/broker.ts";
import { TickhouseError } from "../../errors.ts";

const NAMED_MAX = 12;

/** The topic. Throws `TOPIC_UNKNOWN`, naming some that there are. */
export async function infoOf(
  log: Pick<Broker, "topic" | "topics">,
  topic: string,
): Promise<TopicInfo> {
  const info = await log.topic(topic);
  if (info) return info;
  const names = (await log.topics()).map(({ name }) => name).sort();
  const some = names.length > NAMED_MAX ? [...names.slice(0, NAMED_MAX), "…"] : names;
  const there = names.length === 0
    ? "there is none that this user sees"
    : `there are ${some.join(", ")}`;
  throw new TickhouseError("TOPIC_UNKNOWN", "there is no such topic", {
    field: "topic",
    value: topic,
    fix: `name one that the producers write, and that this user may describe and read: ${there}`,
  });
}
