/** What a feed would store, seen before a row is. @module */

/** Something that was concluded of a file. */
export interface Conclusion {
  /** What it is about, such as `interval`. */
  readonly what: string;
  /** Such as `1h: 1 hour is the commonest distance (2 times)`. */
  readonly says: string;
}

/** A row as it would be stored: text by column, times in ISO 8601 and UTC; null for no value. */
export type FileRow = Readonly<Record<string, string | null>>;

/** What a feed would store. */
export interface FilePreview {
  /** Name of the dataset. */
  readonly dataset: string;
  /** What was concluded. */
  readonly conclusions: readonly Conclusion[];
  /** The first rows, in the order in which they are read. */
  readonly first: readonly FileRow[];
  /** The last rows; none where all are among the first, or to read so far would take long. */
  readonly last: readonly FileRow[];
  /** Rows among the looked at that would be refused, and why. */
  readonly refused: readonly { readonly at: string; readonly reason: string }[];
}
