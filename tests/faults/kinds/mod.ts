/** All kinds of faults. @module */
import type { Kind } from "../kind.ts";
import { clusterKinds } from "./cluster.ts";
import { diskFull } from "./disk.ts";
import { embeddedKinds } from "./embedded.ts";
import { groupKinds } from "./group.ts";
import { killAt, killAtRandom } from "./kill.ts";
import { letterKinds } from "./letters.ts";
import { logKinds } from "./log.ts";
import { networkKinds } from "./network.ts";
import { partitionKinds } from "./partitions.ts";
import { producerKinds } from "./producer.ts";
import { registryKinds } from "./registry.ts";
import { serverKinds, storeKinds, storeRefuses } from "./store.ts";

/** Every kind, in the order of the report. */
export const KINDS: readonly Kind[] = [
  killAt("read", 2),
  killAt("dead letter", 3),
  killAt("claim", 2),
  killAt("upload", 5),
  killAt("insert", 2),
  killAt("commit", 5),
  killAt("group commit", 2),
  killAtRandom,
  ...storeKinds,
  storeRefuses,
  ...serverKinds,
  ...networkKinds,
  ...clusterKinds,
  ...groupKinds,
  ...letterKinds,
  ...registryKinds,
  ...logKinds,
  diskFull,
  ...producerKinds,
  ...partitionKinds,
  ...embeddedKinds,
];
