import { BucketStore, type BucketStoreOptions } from "../bucket.ts";
import { S3Bucket, type S3Options } from "./bucket.ts";

/** An `ObjectStore` in a bucket of Amazon S3, MinIO or another server that speaks S3. */
export class S3Store extends BucketStore {
  /**
   * Throws if the bucket can't be used: `CONFIG_INVALID`, `BUCKET_MISSING`, `STORE_FORBIDDEN`,
   * `STORE_REGION`, `STORE_UNAVAILABLE`, and `STORE_NOT_CONDITIONAL` if the server would overwrite
   * what it has.
   */
  static async open(options: S3Options & BucketStoreOptions): Promise<S3Store> {
    return await new S3Store(new S3Bucket(options), options).opened();
  }
}
