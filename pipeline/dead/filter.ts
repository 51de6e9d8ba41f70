/** Which dead letters are meant. @module */
import type { Broker } from "../broker/broker.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { TickhouseError } from "../errors.ts";
import { type FoundLetter, readLetters } from "./letters.ts";

/** Which dead letters are meant. Default: all. */
export interface DeadFilter {
  /** A part of the reason, in upper or lower case. */
  readonly reason?: string;
  /** The topic that they came from, or the dataset of that topic. */
  readonly topic?: string;
}

/** Reads the letters that are meant; repeats are among them. Throws `OPTION_INVALID`. */
export async function* matching(
  broker: Broker,
  datasets: readonly Dataset[],
  { reason = "", topic }: DeadFilter,
): AsyncGenerator<FoundLetter> {
  const part = reason.toLowerCase();
  for (const dataset of ofTopic(datasets, topic)) {
    for await (const letter of readLetters(broker, dataset)) {
      if (letter.reason.toLowerCase().includes(part)) yield letter;
    }
  }
}

function ofTopic(datasets: readonly Dataset[], topic: string | undefined): readonly Dataset[] {
  if (topic === undefined) return datasets;
  const found = datasets.filter((one) => one.topic === topic || one.name === topic);
  if (found.length > 0) return found;
  throw new TickhouseError("OPTION_INVALID", "no dataset is on this topic", {
    field: "--topic",
    value: topic,
    fix: `use ${datasets.map((one) => one.topic).join(", ")}`,
  });
}
