import { BlobServiceClient, type StoragePipelineOptions } from "@azure/storage-blob";
import { TickhouseError } from "../../errors.ts";

/** Where the container is, and how it is spoken to. */
export interface AzureOptions {
  /** Of the storage account: with an account key, or a shared access signature. */
  readonly connectionString: string;
  readonly container: string;
  /** URL of an HTTP proxy. Default: none. */
  readonly proxy?: string;
  /** Milliseconds for a request up to its answer, and between pieces of it. Default: 20,000. */
  readonly requestMs?: number;
  /** Attempts at a request, with pauses of some seconds in all. Default: 6. */
  readonly attemptsMax?: number;
  /** Ends what is under way when it aborts. */
  readonly signal?: AbortSignal;
}

/** A client of the account; nothing is sent yet. Throws `CONFIG_INVALID`. */
export function serviceOf({ connectionString, proxy }: AzureOptions): BlobServiceClient {
  // Its own policy waits without a limit, and gives up on 429 at once: the container has another.
  const pipeline = { retryOptions: { maxTries: 1 }, ...proxyOf(proxy) };
  try {
    return BlobServiceClient.fromConnectionString(connectionString, pipeline);
  } catch {
    // What the library says may hold the key.
    throw new TickhouseError("CONFIG_INVALID", "is not a connection string", {
      field: "TICKHOUSE_AZURE_CONNECTION",
      fix: "copy it from the storage account's access keys",
    });
  }
}

function proxyOf(proxy: string | undefined): Pick<StoragePipelineOptions, "proxyOptions"> {
  if (!proxy) return {};
  const { protocol, hostname, port, username, password } = new URL(proxy);
  const user = username ? { username: decodeURIComponent(username) } : {};
  const secret = password ? { password: decodeURIComponent(password) } : {};
  const host = `${protocol}//${hostname}`;
  return { proxyOptions: { host, port: Number(port || 80), ...user, ...secret } };
}
