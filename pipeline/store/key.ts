import { TickhouseError } from "../errors.ts";

/** Throws `KEY_INVALID` unless `key` is an object key that every store keeps as it is. */
export function checkKey(key: string): void {
  const segments = key.split("/");
  const good = segments.every((s) => /^[A-Za-z0-9_=-][A-Za-z0-9._=-]*$/.test(s));
  if (good && key.length <= 1024) return;
  throw new TickhouseError("KEY_INVALID", "not an object key", {
    field: "key",
    value: key,
    fix: "use segments of letters, digits and . _ = -, none starting with a dot",
  });
}

/** Key names of metadata: what S3, which lowers them, and Azure both give back as it was. */
const NAME = /^[a-z][a-z0-9-]{0,63}$/;
/** Printable ASCII that no header trims, and not nothing, which Azure drops. */
const VALUE = /^[!-~]([ -~]*[!-~])?$/;
/** Bytes of names and values together: S3 takes 2 KiB, some of which stores keep for themselves. */
const METADATA_MAX = 1536;

/** Throws `METADATA_INVALID` unless every store gives the metadata back as it is. */
export function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  const refuse = (what: string, name: string, fix: string) => {
    throw new TickhouseError("METADATA_INVALID", what, { field: "metadata", value: name, fix });
  };
  let size = 0;
  for (const [name, value] of Object.entries(metadata)) {
    size += name.length + value.length;
    if (!NAME.test(name)) {
      refuse("not a name of metadata", name, "use lower-case letters, digits and -");
    }
    if (!VALUE.test(value)) {
      refuse("not a value of metadata", `${name}=${value}`, "use ASCII, no spaces at the ends");
    }
    if (size > METADATA_MAX) refuse("too much metadata", name, `use ${METADATA_MAX} bytes at most`);
  }
}

/**
 * The metadata that tells a writer its own object from another's, when it was told that the key is
 * taken after a try whose outcome it never heard. Never shown to callers.
 */
export const WRITER = "tickhouse-writer";

/** Whether a name of the store is no key, but the store's own. */
export function isHidden(name: string): boolean {
  return name.startsWith(".");
}

/** A store's keys below a prefix: callers never see it. */
export class Prefix {
  readonly #text: string;

  /** `prefix` is a key, or empty; throws `KEY_INVALID`. */
  constructor(prefix: string) {
    const trimmed = prefix.replace(/\/$/, "");
    if (trimmed !== "") checkKey(trimmed);
    this.#text = trimmed === "" ? "" : `${trimmed}/`;
  }

  /** The name in the store of a key or of the beginning of one. */
  full(key: string): string {
    return this.#text + key;
  }

  /** The key of a name in the store. */
  strip(name: string): string {
    return name.slice(this.#text.length);
  }
}
