/**
 * What all servers that speak S3 have in common.
 * @module
 */
import { Client } from "minio";
import { LOOPBACK } from "./ports.ts";

/** Made once the store is ready. */
export const BUCKETS = ["raw", "real-time", "processed"] as const;

/** A user of the store. */
export interface Access {
  readonly user: string;
  readonly password: string;
}

const REGION = "us-east-1";

/** Makes the buckets that are not there. */
export async function makeBuckets(
  port: number,
  { user, password }: Access,
  buckets: readonly string[],
): Promise<void> {
  const client = new Client({
    endPoint: LOOPBACK,
    port,
    useSSL: false,
    accessKey: user,
    secretKey: password,
    region: REGION,
  });
  for (const bucket of buckets) {
    if (!await client.bucketExists(bucket)) await client.makeBucket(bucket, REGION);
  }
}

/** What a user sets to use the store. */
export function s3Variables(endpoint: string, { user, password }: Access): Record<string, string> {
  return {
    TICKHOUSE_STORE: "s3",
    TICKHOUSE_S3_ENDPOINT: endpoint,
    TICKHOUSE_S3_ACCESS_KEY: user,
    TICKHOUSE_S3_SECRET_KEY: password,
    TICKHOUSE_S3_REGION: REGION,
  };
}
