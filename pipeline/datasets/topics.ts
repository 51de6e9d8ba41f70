/** Which topic carries which dataset: each one, and each its own dead letters. @module */
import { deadLetterTopic } from "./dataset.ts";
import { DATASETS } from "./datasets.ts";

/**
 * What is wrong with topics by dataset; undefined if nothing is. Two datasets in one topic would
 * each take the other's records for bad ones, and put them into one folder of the lake.
 */
export function topicsFault(pairs: readonly (readonly [string, string])[]): string | undefined {
  const given = new Map<string, string>();
  for (const [name, topic] of pairs) {
    if (!DATASETS.some((dataset) => dataset.name === name)) {
      const names = DATASETS.map((dataset) => dataset.name).join(", ");
      return `there is no dataset ${name}: use ${names}`;
    }
    if (given.has(name)) return `${name} stands there twice`;
    given.set(name, topic);
  }
  const carried = DATASETS.map(({ name, topic }) => ({ name, topic: given.get(name) ?? topic }));
  for (const { name, topic } of carried.filter((one) => given.has(one.name))) {
    const twin = carried.find((one) => one.name !== name && isSame(one.topic, topic));
    if (twin) return `one topic can't carry both ${name} and ${twin.name}`;
    const foreign = DATASETS.find((one) => one.name !== name && isSame(one.topic, topic));
    if (foreign) {
      return `${topic} is the default topic of ${foreign.name}: its records may be there`;
    }
    const letters = [...carried, ...DATASETS].map((one) => deadLetterTopic(one.topic));
    if (letters.some((one) => isSame(one, topic))) return `${topic} is a topic of dead letters`;
  }
  return undefined;
}

/** As Kafka compares names, and as a file system may that folders are made in. */
function isSame(a: string, b: string): boolean {
  const plain = (name: string) => name.toLowerCase().replaceAll("_", ".");
  return plain(a) === plain(b);
}
