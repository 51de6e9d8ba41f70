/**
 * MinIO: an object store that speaks S3.
 * @module
 */
import { join } from "node:path";
import { install, type Recipe } from "./install.ts";
import { answers, freePorts, LOOPBACK } from "./ports.ts";
import { ServerProcess } from "./process.ts";
import { mustRun, run } from "./run.ts";
import { BUCKETS, makeBuckets, password, s3Variables } from "./s3.ts";
import { Home, type Service, type StartOptions, withFreshPorts } from "./service.ts";
import { VERSIONS } from "./versions.ts";

/** How MinIO is installed: compiled by Go, some minutes once. */
export const minioRecipe: Recipe = {
  name: "minio",
  requires: async () => {
    await mustRun("go", ["version"], "install Go 1.24 or newer (https://go.dev/dl)");
  },
  build: async (folder) => {
    const module = `github.com/minio/minio@${VERSIONS.minio}`;
    await run("go", ["install", module], { env: { GOBIN: folder } });
  },
};

/** A running MinIO. */
export interface Minio extends Service {
  /** Such as http://127.0.0.1:9000. */
  readonly endpoint: string;
  /** Ends the server; the data stays. */
  stop(): Promise<void>;
  /** Ends it without a chance to put anything in order. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
  /** Makes it hang: connections are taken, nothing is answered. */
  pause(): void;
  /** Lets it go on. */
  resume(): void;
}

/** Starts MinIO with the buckets raw, real-time and processed. */
export async function startMinio(options: StartOptions = {}): Promise<Minio> {
  const program = join(await install(minioRecipe, options), "minio");
  return await withFreshPorts(() => startOn(program, options));
}

async function startOn(program: string, options: StartOptions): Promise<Minio> {
  const [port = 0] = freePorts(1);
  const home = new Home("minio", options.data);
  const endpoint = `http://${LOOPBACK}:${port}`;
  const access = { user: "tickhouse", password: password(home) };
  const server = new ServerProcess({
    name: "minio",
    program,
    args: ["server", "--quiet", "--address", `${LOOPBACK}:${port}`, home.make("data")],
    env: {
      MINIO_ROOT_USER: access.user,
      MINIO_ROOT_PASSWORD: access.password,
      MINIO_BROWSER: "off",
      MINIO_UPDATE: "off",
    },
    log: join(home.logFolder, "minio.log"),
    remove: home.remove,
    ready: () => answers(`${endpoint}/minio/health/ready`),
  });
  try {
    await server.start();
    await makeBuckets(port, access, BUCKETS);
  } catch (error) {
    await server.kill();
    home.end();
    throw error;
  }
  return {
    name: "minio",
    endpoint,
    variables: s3Variables(endpoint, access),
    logFolder: home.logFolder,
    get pids() {
      return server.pid === undefined ? [] : [server.pid];
    },
    failed: server.failed,
    stop: () => server.stop(),
    kill: () => server.kill(),
    start: () => server.start(),
    pause: () => server.signal("SIGSTOP"),
    resume: () => server.signal("SIGCONT"),
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      home.end();
    },
  };
}
