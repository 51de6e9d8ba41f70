/**
 * Real object stores for the tests, and buckets in them.
 * @module
 */
import { BlobServiceClient } from "@azure/storage-blob";
import { Client } from "minio";
import { AzureStore } from "tickhouse/store/azure/azure.ts";
import type { BucketStoreOptions } from "tickhouse/store/bucket.ts";
import { S3Store } from "tickhouse/store/s3/s3.ts";
import type { ObjectStore } from "tickhouse/store/store.ts";

/** What a test may set. */
export interface OpenOptions extends BucketStoreOptions {
  /** In the server's stead. */
  readonly url?: string;
  readonly bucket?: string;
  readonly secret?: string;
  readonly proxy?: string;
  readonly requestMs?: number;
  readonly attemptsMax?: number;
  readonly signal?: AbortSignal;
}

/** An empty bucket. */
export interface Fresh {
  /** A store in it. */
  open(options?: OpenOptions): Promise<ObjectStore>;
  /** Code that opens a store in it, for another process: an expression of type Promise<Store>. */
  script(options?: OpenOptions): string;
  /** Uploads that were begun and not ended. */
  unfinished(): Promise<string[]>;
}

/** A server. */
export interface Place {
  readonly name: string;
  readonly url: string;
  /** A part of its secret that must not be seen anywhere. */
  readonly secret: string;
  fresh(): Promise<Fresh>;
}

let count = 0;

/** A server that speaks S3. */
export function s3Place(name: string, url: string, accessKey: string, secretKey: string): Place {
  const { hostname, port } = new URL(url);
  const admin = new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    region: "us-east-1",
    accessKey,
    secretKey,
  });
  const fresh = async (): Promise<Fresh> => {
    const bucket = `test-${Date.now()}-${count++}`;
    await admin.makeBucket(bucket, "us-east-1");
    const options = ({ url: endpoint = url, secret, ...more }: OpenOptions) => {
      return { endpoint, bucket, accessKey, secretKey: secret ?? secretKey, ...more };
    };
    return {
      open: (more = {}) => S3Store.open(options(more)),
      script: (more = {}) =>
        `(await import("tickhouse/store/s3/s3.ts")).S3Store.open(${JSON.stringify(options(more))})`,
      unfinished: async () => {
        const { uploads } = await admin.listIncompleteUploadsQuery(bucket, "big", "", "", "");
        return uploads.map((upload) => upload.key);
      },
    };
  };
  return { name, url, secret: secretKey, fresh };
}

/** A server that speaks Azure Blob, given by its connection string. */
export function azurePlace(name: string, connectionString: string): Place {
  const admin = BlobServiceClient.fromConnectionString(connectionString);
  const { origin } = new URL(admin.url);
  const secret = /AccountKey=([^;]*)/.exec(connectionString)?.[1] ?? "";
  const fresh = async (): Promise<Fresh> => {
    const own = `test-${Date.now()}-${count++}`;
    const container = admin.getContainerClient(own);
    await container.create();
    const options = (
      { url = origin, secret: other = secret, bucket = own, ...more }: OpenOptions,
    ) => {
      const changed = connectionString.replace(origin, url).replace(secret, other);
      return { connectionString: changed, container: bucket, ...more };
    };
    return {
      open: (more = {}) => AzureStore.open(options(more)),
      script: (more = {}) => {
        const text = JSON.stringify(options(more));
        return `(await import("tickhouse/store/azure/azure.ts")).AzureStore.open(${text})`;
      },
      unfinished: async () => {
        const blobs = container.listBlobsFlat({ includeUncommitedBlobs: true, prefix: "big" });
        const names = (await Array.fromAsync(blobs)).map((blob) => blob.name);
        const whole = (await Array.fromAsync(container.listBlobsFlat())).map((blob) => blob.name);
        return names.filter((blob) => !whole.includes(blob));
      },
    };
  };
  return { name, url: origin, secret, fresh };
}
