/**
 * versitygw: a second, independent server that speaks S3, over a folder.
 * @module
 */
import { join } from "node:path";
import { goRecipe, install } from "./kit/install.ts";
import { accepts, LOOPBACK } from "./kit/ports.ts";
import { BUCKETS, makeBuckets, s3Variables } from "./kit/s3.ts";
import { secret, type StartOptions } from "./kit/service.ts";
import { type Single, startSingle } from "./kit/single.ts";

/** How versitygw is installed. */
export const versitygwRecipe = goRecipe("versitygw", "github.com/versity/versitygw/cmd/versitygw");

/** Starts versitygw with the buckets raw, real-time and processed. */
export async function startVersitygw(options: StartOptions = {}): Promise<Single> {
  const folder = await install(versitygwRecipe, options);
  return await startSingle("versitygw", options, (home, port) => {
    const access = { user: "tickhouse", password: secret(home) };
    // Not every file system keeps extended attributes; the sidecar folder holds them instead.
    const posix = ["posix", "--sidecar", home.make("sidecar"), home.make("data")];
    return {
      program: join(folder, "versitygw"),
      args: ["--quiet", "--port", `${LOOPBACK}:${port}`, ...posix],
      env: { ROOT_ACCESS_KEY: access.user, ROOT_SECRET_KEY: access.password },
      ready: () => accepts(port),
      furnish: (port) => makeBuckets(port, access, BUCKETS),
      variables: (endpoint) => s3Variables(endpoint, access),
    };
  });
}
