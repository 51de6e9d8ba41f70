/** Topics of others by their name, and as notebooks open them. @module */
import { TickhouseError } from "../../errors.ts";
import type {
  SourceContext,
  SourceEntry,
  SourceOptions,
  SourceSpec,
  TopicAccess,
} from "../entry.ts";

/** What to do with a topic; see `SourceOptions`. */
export type TopicOf = Pick<SourceOptions, "mapping" | "toEnd" | "limit">;

/** The messages of a topic of others, as records of the mapping's dataset. */
export function topic(name: string, options: TopicOf = {}): SourceSpec {
  return async (context) => {
    const access = accessOf(context, name);
    const [{ TopicSource }, { findMapping }] = await Promise.all([
      import("./topic.ts"),
      import("../../mapping/find.ts"),
    ]);
    const { mapping, toEnd, limit } = options;
    const declared = await access.mappings();
    const checked = findMapping({ topic: name, mapping, declared, datasets: context.datasets });
    return new TopicSource({
      topic: name,
      checked,
      open: access.open,
      toLines: access.toLines(checked.mapping.format ?? "json"),
      onNote: context.onNote,
      beginAnew: context.config.beginAnew,
      ...(toEnd === undefined ? {} : { toEnd }),
      ...(limit === undefined ? {} : { limit }),
    });
  };
}

/** The topics that can be read. Throws `OPTION_INVALID` for one that tickhouse itself writes. */
export function accessOf({ topics }: SourceContext, name: string): TopicAccess {
  if (!topics) {
    throw new TickhouseError("OPTION_INVALID", "no topics of others can be read here", {
      field: "--topic",
      value: name,
      fix: "open it by house.stream({ source: topic(…) })",
    });
  }
  if (!topics.own.includes(name)) return topics;
  throw new TickhouseError("OPTION_INVALID", "tickhouse writes its own records to this topic", {
    field: "--topic",
    value: name,
    fix: "name a topic of the producers; if theirs has this name, give tickhouse's another: " +
      "TICKHOUSE_TOPICS, or TICKHOUSE_KAFKA_PREFIX",
  });
}

/** `--source topic`. */
export const topicEntry: SourceEntry = {
  name: "topic",
  meaning: "a topic of others, by a mapping: --topic, --mapping",
  open: ({ topic: name, ...options }) => {
    if (name !== undefined) return topic(name, options);
    throw new TickhouseError("OPTION_INVALID", "which topic?", {
      field: "--topic",
      fix: "name the topic that the producers write",
    });
  },
};
