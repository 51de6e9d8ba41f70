/**
 * How Kafka is installed: its jars by Maven, and an archive of its classes that halves the start.
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Recipe } from "../install.ts";
import { mustRun, run } from "../run.ts";

const PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
const NEED_JAVA = "install a Java runtime, version 17 or newer, such as the package openjdk-17-jre";

/** The recipe of the brokers. */
export const kafkaRecipe: Recipe = {
  name: "kafka",
  requires: async () => {
    await mustRun("java", ["-version"], NEED_JAVA);
    await mustRun("mvn", ["--version"], "install Apache Maven, such as the package maven");
  },
  build: async (folder) => {
    const pom = fileURLToPath(new URL("./pom.xml", import.meta.url));
    Deno.copyFileSync(pom, join(folder, "pom.xml"));
    await run("mvn", ["-B", "-q", PLUGIN, "-DoutputDirectory=libs"], { cwd: folder });
  },
};

/** How Kafka's Java is called. */
export function javaArgs(folder: string, heapMb: number): string[] {
  const config = fileURLToPath(new URL("./log4j2.properties", import.meta.url));
  return [
    `-Xmx${heapMb}m`,
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    `-Dlog4j2.configurationFile=${config}`,
    "-cp",
    classPath(folder),
  ];
}

/** In a fixed order: the archive of classes holds for one order only. */
function classPath(folder: string): string {
  const libs = join(folder, "libs");
  return [...Deno.readDirSync(libs)].map(({ name }) => join(libs, name)).sort().join(":");
}
