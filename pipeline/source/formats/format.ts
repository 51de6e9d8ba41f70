/** What a vendor's file looks like, as data. @module */

/** A vendor's layout. Names of columns count in small letters and without anything but letters, digits and %. */
export interface FileFormat {
  /** As `--format` names it. */
  readonly name: string;
  /** Whose it is, without a full stop. */
  readonly meaning: string;
  /** Headers that are this format's, each whole and in its order. */
  readonly headers?: readonly (readonly string[])[];
  /** A file without a header: the columns by place, null for those that mean nothing here. */
  readonly headerless?: {
    readonly columns: readonly (string | null)[];
    /** Whether the first row's cells can be of it. */
    readonly looks: (cells: readonly string[]) => boolean;
  };
  /** Beside the header: pattern of a line before it, or of the first row's time. */
  readonly preamble?: RegExp;
  /** Pattern that the times of the first row must match. */
  readonly firstTime?: RegExp;
  /** Pattern of the file's name, without folder; its groups `symbol` and `interval` count. */
  readonly fileName?: RegExp;
  /** Whether the header alone is not enough: others write the same. Default: false. */
  readonly needsName?: boolean;
  /** A line that is no record, such as a note at the end. */
  readonly footer?: RegExp;
  /** Name of the dataset. */
  readonly dataset: "ticks" | "bars" | "quotes" | "index_bars";
  /** Names in the file by column of the dataset, where they are not the usual ones; null: none is. */
  readonly columns?: Readonly<Record<string, string | null>>;
  /** Column of the day's clock, where day and time of day have a column each. */
  readonly clock?: string;
  /** Values of all rows. */
  readonly constants?: Readonly<Record<string, string>>;
  /** By column of the dataset: what the file's values are here. */
  readonly values?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What numbers in the column of times count. */
  readonly numbers?: "excel" | "yyyymm" | "yyyymmdd" | "s" | "ms" | "us" | "ns" | "digits";
  /** Of days such as 03/04/2024, unless the file itself says otherwise. */
  readonly dateOrder?: "mdy" | "dmy";
  /** IANA name of the zone of times without an offset. */
  readonly timeZone?: string;
  readonly decimal?: "." | ",";
  readonly thousands?: "." | "," | " " | "'";
  /** Whether prices can be zero or below. */
  readonly signed?: boolean;
  /** Whether no trade's id comes twice for a symbol, on whatever day. */
  readonly uniqueIds?: boolean;
}
