import { AzureContainer } from "./container.ts";
import type { AzureOptions } from "./service.ts";
import { BucketStore, type BucketStoreOptions } from "../bucket.ts";

/** An `ObjectStore` in a container of Azure Blob Storage. */
export class AzureStore extends BucketStore {
  /**
   * Throws if the container can't be used: `CONFIG_INVALID`, `BUCKET_MISSING`, `STORE_FORBIDDEN`,
   * `STORE_UNAVAILABLE`.
   */
  static async open(options: AzureOptions & BucketStoreOptions): Promise<AzureStore> {
    return await new AzureStore(new AzureContainer(options), options).opened();
  }
}
