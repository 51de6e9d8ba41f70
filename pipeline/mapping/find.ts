/** Which mapping is meant. @module */
import { datasetNamed } from "../datasets/datasets.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import { BUILT_IN } from "./builtin.ts";
import { type CheckedMapping, checkMapping, type Mapping, parseMappings } from "./mapping.ts";

/** What is asked for. */
export interface Wanted {
  readonly topic: string;
  /** A mapping, or the name of one. Default: the one that is declared for the topic. */
  readonly mapping?: string | Mapping | undefined;
  /** Those that are declared, which go before those that are built in. */
  readonly declared: readonly Mapping[];
  readonly datasets: readonly Dataset[];
}

/** The mapping, checked. Throws `MAPPING_MISSING`, `MAPPING_INVALID`, `DATASET_UNKNOWN`. */
export function findMapping({ topic, mapping, declared, datasets }: Wanted): CheckedMapping {
  const ofTopic = declared.filter((one) => one.topic === topic);
  const found = typeof mapping === "object"
    ? parseMappings(mapping, "mapping")[0]
    : mapping === undefined
    ? onlyOne(topic, ofTopic)
    : [...declared, ...BUILT_IN].find(({ name }) => name === mapping);
  if (!found) throw missing(topic, typeof mapping === "string" ? mapping : undefined, declared);
  const others = ofTopic.filter(({ name }) => name !== found.name);
  return checkMapping(found, datasetNamed(found.dataset, datasets), topic, others);
}

/** The mappings of a file; none for no file. Throws `MAPPING_INVALID`. */
export async function readMappings(path: string): Promise<Mapping[]> {
  if (path === "") return [];
  let declared: unknown;
  try {
    declared = JSON.parse(await Deno.readTextFile(path));
  } catch (cause) {
    const isJson = cause instanceof SyntaxError;
    throw new TickhouseError(
      "MAPPING_INVALID",
      isJson ? `it is not JSON: ${cause.message}` : `it can't be read: ${messageOf(cause)}`,
      {
        field: "TICKHOUSE_MAPPINGS",
        value: path,
        fix: isJson
          ? "write a mapping, or a list of them, as docs/topics.md has them"
          : "name a file that this user may read",
        cause,
      },
    );
  }
  return parseMappings(declared, path);
}

function onlyOne(topic: string, found: readonly Mapping[]): Mapping | undefined {
  if (found.length <= 1) return found[0];
  throw new TickhouseError("MAPPING_MISSING", "several mappings are declared for it", {
    field: "topic",
    value: topic,
    fix: `name one, --mapping ${
      found.map(({ name }) => name).join(" or ")
    }; others run beside it ` +
      "with --log-only",
  });
}

function missing(
  topic: string,
  name: string | undefined,
  declared: readonly Mapping[],
): TickhouseError {
  const names = [...declared, ...BUILT_IN].map((one) => one.name).join(", ");
  if (name !== undefined) {
    return new TickhouseError("MAPPING_MISSING", "there is no mapping of that name", {
      field: "--mapping",
      value: name,
      fix: `use one of ${names}, or declare it in the file that TICKHOUSE_MAPPINGS names`,
    });
  }
  return new TickhouseError("MAPPING_MISSING", "no mapping is declared for this topic", {
    field: "topic",
    value: topic,
    fix: `see \`deno task preview --topic ${topic}\`, which proposes one, or name one by ` +
      `--mapping: ${names}`,
  });
}
