/** Keys, which some providers repeat in what they answer. @module */
import { sha256 } from "../sha256.ts";
import {
  type ClientOptions,
  type ProviderAnswer,
  ProviderClient,
  type ProviderRequest,
} from "./client.ts";

/** Stands where a key was. */
const ERASED = "***";
/** Shorter keys are left out only where they stand as a word of their own. */
const UNIQUE_CHARS = 12;

/** Leaves the key out of texts, also as URLs and as JSON write it. */
export function keyEraser(key: string): (text: string) => string {
  if (key === "") return (text) => text;
  const encoded = encodeURIComponent(key.toWellFormed());
  const forms = [
    ...[key, encoded, encoded.replaceAll(/%../g, (code) => code.toLowerCase())],
    ...[`${new URLSearchParams({ key })}`.slice("key=".length), JSON.stringify(key).slice(1, -1)],
  ];
  const literals = [...new Set(forms)].sort((a, b) => b.length - a.length)
    .map((form) => form.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  const any = `(${literals.join("|")})`;
  const whole = key.length < UNIQUE_CHARS ? `(?<![\\p{L}\\p{N}])${any}(?![\\p{L}\\p{N}])` : any;
  const found = new RegExp(whole, "gu");
  return (text) => text.replaceAll(found, ERASED);
}

/**
 * Asks a provider that wants a key. `***` stands in its place in the text of each answer, so that
 * whatever is kept or told of it has none. That is the only change made; the hash is that of the
 * text as it is then.
 */
export class KeyedClient extends ProviderClient {
  readonly #erase: (text: string) => string;

  constructor(options: ClientOptions) {
    super(options);
    this.#erase = keyEraser(options.key?.value ?? "");
  }

  override async get(request: ProviderRequest): Promise<ProviderAnswer> {
    const answer = await super.get(request);
    const text = this.#erase(answer.text);
    if (text === answer.text) return answer;
    return { ...answer, text, sha256: await sha256(new TextEncoder().encode(text)) };
  }
}
