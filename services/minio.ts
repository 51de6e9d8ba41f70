/**
 * MinIO: an object store that speaks S3.
 * @module
 */
import { join } from "node:path";
import { goRecipe, install } from "./kit/install.ts";
import { answers, LOOPBACK } from "./kit/ports.ts";
import { BUCKETS, makeBuckets, s3Variables } from "./kit/s3.ts";
import { secret, type StartOptions } from "./kit/service.ts";
import { type Single, startSingle } from "./kit/single.ts";

/** How MinIO is installed. */
export const minioRecipe = goRecipe("minio", "github.com/minio/minio");

/** A running MinIO. */
export type Minio = Single;

/** Starts MinIO with the buckets raw, real-time and processed. */
export async function startMinio(options: StartOptions = {}): Promise<Minio> {
  const folder = await install(minioRecipe, options);
  return await startSingle("minio", options, (home, port) => {
    const access = { user: "tickhouse", password: secret(home) };
    return {
      program: join(folder, "minio"),
      args: ["server", "--quiet", "--address", `${LOOPBACK}:${port}`, home.make("data")],
      env: {
        MINIO_ROOT_USER: access.user,
        MINIO_ROOT_PASSWORD: access.password,
        MINIO_BROWSER: "off",
        MINIO_UPDATE: "off",
      },
      ready: () => answers(`http://${LOOPBACK}:${port}/minio/health/ready`),
      furnish: (port) => makeBuckets(port, access, BUCKETS),
      variables: (endpoint) => s3Variables(endpoint, access),
    };
  });
}
