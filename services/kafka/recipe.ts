/**
 * How Kafka is installed: its jars by Maven, and an archive of its classes that halves the start.
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Recipe } from "../kit/install.ts";
import { JAVA, MAVEN, OPENSSL } from "../kit/needs.ts";
import { freePorts } from "../kit/ports.ts";
import { run } from "../kit/run.ts";
import { Home } from "../kit/service.ts";
import { brokerProperties } from "./config.ts";
import { type Java, newBroker, newClusterId, prepare, QUICK } from "./node.ts";
import { exists } from "tickhouse/house/home.ts";

const PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";

/** The recipe of the brokers. */
export const kafkaRecipe: Recipe = {
  name: "kafka",
  needs: [MAVEN],
  runsOn: [JAVA, OPENSSL],
  build: async (folder) => {
    const pom = fileURLToPath(new URL("./pom.xml", import.meta.url));
    Deno.copyFileSync(pom, join(folder, "pom.xml"));
    await run("mvn", ["-B", "-q", PLUGIN, "-DoutputDirectory=libs"], { cwd: folder });
  },
  // The archive holds for one path and one Java only.
  settle: async (folder) => {
    const path = await archivePath(folder);
    if (!exists(path)) await makeArchive(folder, path);
  },
};

/** What runs the brokers of an installed Kafka; `options` instead of those for a quick start. */
export async function kafkaJava(folder: string, options = QUICK): Promise<Java> {
  const archive = `-XX:SharedArchiveFile=${await archivePath(folder)}`;
  return { classPath: classPath(folder), options: [...options, archive] };
}

/** In a fixed order: the archive of classes holds for one order only. */
function classPath(folder: string): string {
  const libs = join(folder, "libs");
  return [...Deno.readDirSync(libs)].map(({ name }) => join(libs, name)).sort().join(":");
}

async function archivePath(folder: string): Promise<string> {
  const id = createHash("sha256").update(await javaVersion()).digest("hex").slice(0, 12);
  return join(folder, `classes-${id}.jsa`);
}

async function javaVersion(): Promise<string> {
  return await run("java", ["--version"]);
}

/** Runs a broker once, which leaves the classes that it used. */
async function makeArchive(folder: string, path: string): Promise<void> {
  const home = new Home("kafka", undefined);
  try {
    const [plain = 0, internal = 0, controller = 0] = freePorts(3);
    const own = { node: 1, plain, advertised: plain, internal, controller, saslSsl: 0, ssl: 0 };
    const properties = brokerProperties(own, [own], home.make("node-1"), undefined);
    const java = { classPath: classPath(folder), options: QUICK };
    const config = await prepare(java, home, 1, properties, newClusterId());
    const noting = { ...java, options: [...QUICK, `-XX:ArchiveClassesAtExit=${path}.new`] };
    const broker = newBroker(noting, home, 1, config);
    await broker.start();
    await broker.stop();
    Deno.renameSync(`${path}.new`, path);
  } finally {
    await home.end();
  }
}
