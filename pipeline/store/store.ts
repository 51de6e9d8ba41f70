/**
 * The object store port: named, immutable blobs with metadata, created only if absent.
 * @module
 */

/** What is known of an object without reading it. */
export interface ObjectInfo {
  /** Its name. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** As it was given when the object was made. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A bucket or directory of objects. Keys are `/`-separated segments of [A-Za-z0-9._=-]. */
export interface ObjectStore extends AsyncDisposable {
  /**
   * Creates the object from a local file, atomically, and only if the key is free.
   * Returns false, and changes nothing, if the key is taken.
   */
  createFromFile(key: string, path: string, metadata: Record<string, string>): Promise<boolean>;
  /** What is known of the object; undefined if there is none. */
  head(key: string): Promise<ObjectInfo | undefined>;
  /** Copies the object into a local file; throws `OBJECT_MISSING`. */
  download(key: string, path: string): Promise<void>;
  /** Keys below `prefix`, ascending. */
  list(prefix: string): AsyncIterable<string>;
  /** The next path segments below `prefix` (which ends in "/" or is empty), ascending. */
  folders(prefix: string): Promise<string[]>;
}
